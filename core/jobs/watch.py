"""Looking at jobs from outside: what runs, how far it is; asking one to stop. (Starting one in a process of its own: launch.py.)"""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.jobs.job import Job, JobState, silent
from core.store.workspace import Workspace

PROGRESS_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as seen from outside; a job whose process died without a word is `stopped`."""

    name: str
    state: JobState
    done: float
    total: float
    label: str
    updated_at: datetime


def statuses(workspace: Workspace) -> tuple[JobStatus, ...]:
    """Return all jobs of the workspace, the most recently active first."""
    found = [status for folder in workspace.jobs.glob("*/") if (status := _status(folder))]
    return tuple(sorted(found, key=lambda status: status.updated_at, reverse=True))


def running(workspace: Workspace) -> tuple[JobStatus, ...]:
    """Return the jobs that a living process is working on."""
    return tuple(status for status in statuses(workspace) if status.state == "running")


def waiting(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of the jobs that wait in the queue or whose process died without a word, the oldest first."""
    found = []
    for folder in workspace.jobs.glob("*/"):
        line = _last_line(folder / "progress.jsonl")
        if line is not None and line["state"] in ("queued", "running") and not _is_held(folder / "lock"):
            found.append((line["at"], folder.name))
    return tuple(name for _, name in sorted(found))


def worker(workspace: Workspace, name: str) -> int | None:
    """Return the number of the process that works, or worked last, on a job; None where it is not known."""
    lock = workspace.jobs / name / "lock"
    written = lock.read_text(encoding="utf-8").strip() if lock.exists() else ""
    return int(written) if written.isdecimal() else None


def cancel(workspace: Workspace, name: str) -> None:
    """Ask a job to stop at its next report."""
    (workspace.jobs / name / "cancel").touch()


def give_up(workspace: Workspace, name: str, reason: str) -> None:
    """Note that a waiting job has failed before it began; a job that somebody works on is left alone."""
    folder = workspace.jobs / name
    if not _is_held(folder / "lock"):
        Job(folder, silent).record("failed", label=reason)


def _status(folder: Path) -> JobStatus | None:
    line = _last_line(folder / "progress.jsonl")
    if line is None:
        return None
    state: JobState = line["state"]
    if state == "running" and not _is_held(folder / "lock"):
        state = "stopped"
    return JobStatus(folder.name, state, line["done"], line["total"], line["label"], datetime.fromisoformat(line["at"]))


def _last_line(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - PROGRESS_TAIL_BYTES))
        lines = file.read().splitlines()
    for line in reversed(lines):
        try:
            return dict(json.loads(line))
        except ValueError:  # torn by a kill in the middle of a write
            continue
    return None


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two watchers do not take each other for the worker
        except BlockingIOError:
            return True
    return False
