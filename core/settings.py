"""Machine facts: where the workspace is, which device computes, how much at a time. The only reader of the environment."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "full", "half"]
Engine = Literal["local", "ray"]

DEFAULT_WORKSPACE = Path("workspace")
WORKSPACE_VARIABLE = "EXEMPLARY_WORKSPACE"
_SHARED = Path("/dev/shm")
_RAY_TOKEN = Path("~/.ray/auth_token")  # where Ray keeps the one that it makes


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and what computes; never part of a scientific record."""

    workspace: Path
    device: Device = "auto"
    threads: int = 2
    precision: Precision = "auto"  # of rendering; measuring is always in full precision
    engine: Engine = "local"  # what renders: threads of this process, or a Ray cluster's workers
    ray_address: str | None = None  # HOST:PORT of a running cluster; None: a Ray that is started on this machine for the work


def read_settings(
    workspace: str | Path | None = None,
    device: Device = "auto",
    precision: Precision = "auto",
    *,
    engine: Engine = "local",
    ray_address: str | None = None,
) -> Settings:
    """Return settings: argument, else EXEMPLARY_WORKSPACE, else ./workspace; threads = the cores this process may use."""
    chosen = workspace or os.environ.get(WORKSPACE_VARIABLE) or DEFAULT_WORKSPACE
    folder = Path(chosen).expanduser().resolve()
    return Settings(folder, device=device, threads=_cores(), precision=precision, engine=engine, ray_address=ray_address)


def free_memory_bytes() -> int:
    """Return the main memory that is free now; 4 GiB where the system does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 4 << 30


def free_shared_bytes() -> int | None:
    """Return what is free of the memory that processes share files in (64 MB in all in many a container); None where there is no limit."""
    return shutil.disk_usage(_SHARED).free if _SHARED.is_dir() else None


def keep_ray_private(*, is_local: bool) -> None:
    """Set what Ray reads when it is imported: it reports no usage, shows the token of this user's where there is one, and one that is on
    this machine is met on localhost."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if is_local:  # despite its name Ray reads this on Linux too: without it, it listens on (and looks at) all addresses of the machine
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    if any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")) or _RAY_TOKEN.expanduser().is_file():
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # Ray itself does not where an address is given; a cluster without ignores it


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
