"""Commands that are started for somebody as processes of their own: each waits for its turn, is watched, and stopped on request.

jobs/started/0007/
  asked.json       the command, what it is about, who asked, when, how long it is expected to take
  process.json     the process: its number, and when and in which run of the machine it began
  progress.jsonl   as every job's (job.py); "queued" while another job works
  stop.json        present when somebody asked it to stop: who and when
  log.txt          what the command printed

jobs/started/.lock is held from asking whether the very same command works already to noting the new one.

The process belongs to nobody: it outlives the one that started it. One works at a time in a workspace, in the order of their numbers, and
none while a job that was started elsewhere works. What a killed process leaves says so by itself: its mark is no living process's.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from core.errors import StoreBusy, StoreError, UnknownName
from core.jobs import process, started, watch
from core.jobs.job import Job, ending, silent
from core.jobs.pace import Pace, Report, pace, reports
from core.jobs.process import ProcessMark
from core.jobs.started import Asked, folder_of
from core.jobs.watch import JobStatus
from core.store.workspace import Workspace

POLL_S: Final = 0.5  # how often a job looks whether it is its turn
GRACE_S: Final = 10.0  # a job that was asked to stop is given so long before it may be killed
LOG_BYTES: Final = 64 << 10

LaunchState = Literal["queued", "running", "done", "failed", "stopped", "interrupted"]
ALIVE: Final = ("queued", "running")
ENDED: Final[dict[str, LaunchState]] = {"done": "done", "failed": "failed", "stopped": "stopped"}


@dataclass(frozen=True, slots=True)
class Launched:
    """A started command as it is now. `interrupted`: its process died without a word; the same command goes on from there.

    `stop_asked_at`: when it was asked to stop; `can_be_killed`: it was, and still lives after the grace period.
    """

    number: int
    asked: Asked
    state: LaunchState
    process: ProcessMark | None
    last: Report | None
    pace: Pace | None
    began_at: datetime | None
    stop_asked_at: datetime | None

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE

    @property
    def can_be_killed(self) -> bool:
        return self.is_alive and self.stop_asked_at is not None and (datetime.now(UTC) - self.stop_asked_at).total_seconds() > GRACE_S

    @property
    def ended_at(self) -> datetime | None:
        """Return when it was last heard of, once it has ended."""
        return None if self.is_alive or self.last is None else self.last.at


def launch(
    workspace: Workspace,
    arguments: Sequence[str],
    *,
    about: str,
    study: str = "",
    asked_by: str | None = None,
    expected_s: float | None = None,
) -> int:
    """Start `exemplary ARGUMENTS` as a process of its own and return its number; it works when its turn has come.

    Raises StoreBusy where the very same command works or waits already.
    """
    asked = Asked(tuple(arguments), about, study, asked_by, datetime.now(UTC), expected_s)
    with started.turn(workspace):
        same = next((one for one in alive(workspace) if one.asked.arguments == asked.arguments), None)
        if same is not None:
            raise StoreBusy(f"Job {same.number} does exactly this and is {same.state} already; wait for it or cancel it.")
        folder = started.note_asked(workspace, asked)
    number = int(folder.name)
    command = [sys.executable, "-m", "core.cli", "--workspace", str(workspace.root), "--job", str(number), *arguments]
    with (folder / "log.txt").open("ab") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    mark = process.mark_of(child.pid)
    if mark is not None:
        started.note_process(folder, mark)
    threading.Thread(target=child.wait, daemon=True, name=f"job-{number}").start()  # fetches its status: a dead child is none that lives
    return number


def launches(workspace: Workspace, *, most: int | None = None) -> tuple[Launched, ...]:
    """Return the started commands, the newest first; `most`: no more than so many."""
    return tuple(islice((found for folder in started.folders(workspace) if (found := _read(folder)) is not None), most))


def alive(workspace: Workspace) -> tuple[Launched, ...]:
    """Return the started commands that work or wait, the newest first."""
    found = (_read(folder) for folder in started.folders(workspace) if not _has_ended(folder))
    return tuple(one for one in found if one is not None and one.is_alive)


def elsewhere(workspace: Workspace) -> tuple[JobStatus, ...]:
    """Return the jobs at work that no started command works on: those of commands typed in a terminal."""
    own = {one.process.pid for one in alive(workspace) if one.process is not None}
    return tuple(one for one in watch.running(workspace) if watch.worker(workspace, one.name) not in own)


def launched(workspace: Workspace, number: int) -> Launched:
    """Return the started command of this number. Raises UnknownName."""
    folder = folder_of(workspace, number)
    found = _read(folder) if folder.is_dir() else None
    if found is None:
        raise UnknownName("job", str(number), [str(one.number) for one in launches(workspace)])
    return found


def stop(workspace: Workspace, number: int, *, asked_by: str | None = None) -> bool:
    """Ask a job to stop as Ctrl-C does, or take it out of the queue; return whether its process was there to be told."""
    found = launched(workspace, number)
    if not found.is_alive or found.process is None:
        return False
    if found.stop_asked_at is None:  # first the word, then the signal: a process that ends at once has been asked
        started.note_stop(folder_of(workspace, number), asked_by)
    return process.interrupt(found.process)


def kill(workspace: Workspace, number: int) -> bool:
    """End at once a job that was asked to stop and has not; return whether it was there. What it had finished is kept."""
    found = launched(workspace, number)
    if not found.can_be_killed or found.process is None:
        return False
    return process.kill_group(found.process)


def log_of(workspace: Workspace, number: int) -> str:
    """Return the end of what a job printed; of a line that was drawn over and over, as it was last."""
    path = folder_of(workspace, number) / "log.txt"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - LOG_BYTES))
        text = file.read().decode("utf-8", errors="replace")
    lines = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n")]
    return "\n".join(lines).strip()


@contextlib.contextmanager
def attended(workspace: Workspace, number: int) -> Iterator[Job]:
    """In the started process: wait for the turn, let the block work, record how it ends. Raises KeyboardInterrupt where it is to stop."""
    folder = folder_of(workspace, number)
    if not folder.is_dir():
        raise StoreError(f"There is no folder {folder}: --job is given by the dashboard to what it starts.")
    started.note_process(folder, process.own_mark())
    job = Job(folder, silent)
    with ending(job):
        _wait_for_turn(workspace, number, job)
        job.record("running")
        yield job


def _wait_for_turn(workspace: Workspace, number: int, job: Job) -> None:
    """Return when all that were started earlier have ended and no other process works on a job."""
    told, earlier = "", sorted(one.number for one in alive(workspace) if one.number < number)
    while True:
        earlier = [one for one in earlier if launched(workspace, one).is_alive]
        elsewhere = [one.name for one in watch.running(workspace)]
        waits_for = f"job {earlier[0]}" if earlier else next(iter(elsewhere), "")
        if started.is_to_stop(job.folder):
            raise KeyboardInterrupt
        if not waits_for:
            return
        if waits_for != told:
            job.record("queued", label=f"waits for {waits_for}")
            told = waits_for
        time.sleep(POLL_S)


def _read(folder: Path) -> Launched | None:
    asked, mark = started.asked_in(folder), started.process_in(folder)
    if asked is None:
        return None
    lives = _is_starting(asked) if mark is None else process.is_alive(mark)  # looked at before the progress, which is then its last word
    path = folder / "progress.jsonl"
    lines = reports(path) if lives else reports(path, tail_bytes=watch.PROGRESS_TAIL_BYTES)
    return Launched(
        number=int(folder.name),
        asked=asked,
        state=_state(lines, lives=lives, is_stopped=started.is_to_stop(folder)),
        process=mark,
        last=lines[-1] if lines else None,
        pace=pace(lines) if lives else None,
        began_at=_began_at(path),
        stop_asked_at=started.stop_asked_in(folder),
    )


def _has_ended(folder: Path) -> bool:
    """Return whether its progress says so: its end only is read, since there may be many."""
    lines = reports(folder / "progress.jsonl", tail_bytes=watch.PROGRESS_TAIL_BYTES)
    return bool(lines) and lines[-1].state in ENDED


def _is_starting(asked: Asked) -> bool:
    return (datetime.now(UTC) - asked.asked_at).total_seconds() < GRACE_S


def _state(lines: Sequence[Report], *, lives: bool, is_stopped: bool) -> LaunchState:
    said = lines[-1].state if lines else "queued"
    if said in ENDED:
        return ENDED[said]
    if lives:
        return "running" if said == "running" else "queued"
    return "stopped" if is_stopped else "interrupted"


def _began_at(path: Path) -> datetime | None:
    """Return when the job's turn came: its first line that says it runs."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        head = file.read(LOG_BYTES).splitlines()
    for line in head:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            found = json.loads(line)
            if found["state"] == "running":
                return datetime.fromisoformat(found["at"])
    return None
