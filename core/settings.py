"""Machine facts: where the workspace is, which device computes, how much at a time. The only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "full", "half"]

DEFAULT_WORKSPACE = Path("workspace")
WORKSPACE_VARIABLE = "EXEMPLARY_WORKSPACE"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and what computes; never part of a scientific record."""

    workspace: Path
    device: Device = "auto"
    threads: int = 2
    precision: Precision = "auto"  # of rendering; measuring is always in full precision


def read_settings(workspace: str | Path | None = None, device: Device = "auto", precision: Precision = "auto") -> Settings:
    """Return settings: argument, else EXEMPLARY_WORKSPACE, else ./workspace; threads = the cores this process may use."""
    chosen = workspace or os.environ.get(WORKSPACE_VARIABLE) or DEFAULT_WORKSPACE
    return Settings(workspace=Path(chosen).expanduser().resolve(), device=device, threads=_cores(), precision=precision)


def free_memory_bytes() -> int:
    """Return the main memory that is free now; 4 GiB where the system does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 4 << 30


def keep_ray_private(*, is_local: bool) -> None:
    """Set what Ray reads when it is imported: it reports no usage, and one that is local listens on localhost only."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if is_local:  # despite its name Ray reads this on Linux too: without it, it listens on all addresses of the machine
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
