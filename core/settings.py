"""Machine facts: where the workspace is, which device computes, how much at a time. The only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Device = Literal["auto", "cpu", "cuda", "mps"]

DEFAULT_WORKSPACE = Path("workspace")
WORKSPACE_VARIABLE = "EXEMPLARY_WORKSPACE"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and what computes; never part of a scientific record."""

    workspace: Path
    device: Device = "auto"
    threads: int = 2


def read_settings(workspace: str | Path | None = None, device: Device = "auto") -> Settings:
    """Return settings: argument, else EXEMPLARY_WORKSPACE, else ./workspace; threads = the cores this process may use."""
    chosen = workspace or os.environ.get(WORKSPACE_VARIABLE) or DEFAULT_WORKSPACE
    return Settings(workspace=Path(chosen).expanduser().resolve(), device=device, threads=_cores())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
