"""A job: a folder with its spec, append-only progress and a lock that one process holds while it works.

jobs/mine-1a2b3c.../
  spec.json        what is asked, and by which command
  progress.jsonl   {"at": ..., "state": "running", "done": 3, "total": 9, "label": "..."}, one line a report
  lock             held (flock) by the working process, which writes its pid into it; free after any kind of death
  cancel           present when somebody asked the job to stop
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from core.errors import ExemplaryError, Interrupted, StoreBusy
from core.store.database import was_interrupted
from core.store.workspace import Workspace, write_whole

JobState = Literal["queued", "running", "done", "failed", "stopped"]
REPORT_INTERVAL_S = 0.25
TRIES, BETWEEN_S = 11, 0.02  # a watcher holds a job's lock for a moment (watch.py), a process that works on it for longer
STOPPED = "interrupted; the same command resumes it"

Progress = Callable[[float, float, str], None]
"""Called with (done, total, label), parts of a thing counted as such; may raise Interrupted to stop the work."""


def silent(done: float, total: float, label: str) -> None:
    """A Progress that tells nobody."""


@dataclass(slots=True)
class Job:
    """A running job of this process: reports progress to its folder and to the caller, and notices when it is asked to stop."""

    folder: Path
    progress: Progress
    _reported_at: float = 0.0

    def report(self, done: float, total: float, label: str) -> None:
        """Record progress (at most four times a second on disk). Raises Interrupted when somebody asked the job to stop."""
        self.progress(done, total, label)
        now = time.monotonic()
        if now - self._reported_at < REPORT_INTERVAL_S and done < total:
            return
        self._reported_at = now
        self.record("running", done=done, total=total, label=label)
        if (self.folder / "cancel").exists():
            raise Interrupted(f"Stopped on request at {done:,.0f} of {total:,.0f}; run the same command to resume.")

    def record(self, state: JobState, *, done: float = 0, total: float = 0, label: str = "") -> None:
        """Append one line to progress.jsonl."""
        line = {"at": datetime.now(UTC).isoformat(), "state": state, "done": done, "total": total, "label": label}
        with (self.folder / "progress.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


@contextlib.contextmanager
def working(workspace: Workspace, name: str, *, spec: object, progress: Progress = silent) -> Iterator[Job]:
    """Hold the job `name` while the block runs, and record how it ended. Raises StoreBusy where another process is at it."""
    folder = workspace.jobs / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as handle:
        _take(handle, name)
        (folder / "cancel").unlink(missing_ok=True)
        write_whole(folder / "spec.json", json.dumps(spec, indent=1, default=str).encode())
        job = Job(folder, progress)
        job.record("running")
        with ending(job):
            yield job


@contextlib.contextmanager
def ending(job: Job) -> Iterator[None]:
    """Record how the block ends. Raises KeyboardInterrupt also where Ctrl-C came in the middle of a query."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        job.record("stopped", label=STOPPED)
        raise
    except BaseException as error:
        if was_interrupted(error):
            job.record("stopped", label=STOPPED)
            raise KeyboardInterrupt from error
        job.record("failed", label=str(error) if isinstance(error, ExemplaryError) else f"{type(error).__name__}: {error}")
        raise
    job.record("done")


def enqueued(workspace: Workspace, name: str, *, spec: object) -> None:
    """Note a job that is to be worked on later. Raises StoreBusy where a process is at it now."""
    folder = workspace.jobs / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as handle:
        _take(handle, name)
        write_whole(folder / "spec.json", json.dumps(spec, indent=1, default=str).encode())
        Job(folder, silent).record("queued", label="waits for `exemplary work`")


def _take(handle: TextIO, name: str) -> None:
    if not any(_is_taken(handle, wait_s) for wait_s in (0.0, *(TRIES - 1) * (BETWEEN_S,))):
        handle.seek(0)
        holder = handle.read().strip() or "unknown"
        raise StoreBusy(f"The job {name} is running already in process {holder}; wait for it or stop that process.")
    handle.seek(0)
    handle.truncate()
    handle.write(str(os.getpid()))
    handle.flush()


def _is_taken(handle: TextIO, wait_s: float) -> bool:
    """Return whether the lock is ours, asked for after a wait."""
    time.sleep(wait_s)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
