"""The folders of started commands (launch.py): which there are, and what is noted in them; what cannot be understood is left out."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from core.jobs.process import ProcessMark
from core.store.workspace import Workspace, write_whole

STARTED: Final = "started"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: the arguments of `exemplary`, of which study ("" where of none), by whom (None: a name is not known)."""

    arguments: tuple[str, ...]
    about: str
    study: str
    asked_by: str | None
    asked_at: datetime
    expected_s: float | None = None


def folders(workspace: Workspace) -> list[Path]:
    """Return the folders of started commands, the newest first; a folder of another name is none."""
    found = (folder for folder in (workspace.jobs / STARTED).glob("[0-9]*/") if folder.name.isdecimal())
    return sorted(found, key=lambda folder: int(folder.name), reverse=True)


def folder_of(workspace: Workspace, number: int) -> Path:
    """Return the folder of the command of this number."""
    return workspace.jobs / STARTED / f"{number:04d}"


@contextlib.contextmanager
def turn(workspace: Workspace) -> Iterator[None]:
    """Hold the lock of those who start commands: whether one works already is asked, and a new one noted, by one at a time."""
    started = workspace.jobs / STARTED
    started.mkdir(parents=True, exist_ok=True)
    with (started / ".lock").open("a+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def note_asked(workspace: Workspace, asked: Asked) -> Path:
    """Note what was asked under the next number, and return its folder. The caller holds the turn."""
    folder = folder_of(workspace, 1 + max((int(one.name) for one in folders(workspace)), default=0))
    write_whole(folder / "asked.json", json.dumps(asdict(asked), indent=1, default=str).encode())
    return folder


def asked_in(folder: Path) -> Asked | None:
    """Return what was asked, of the fields that are known here; None where that is not noted (yet), or cannot be understood."""
    match _json(folder / "asked.json"):
        case {"arguments": [*arguments], "about": str(about), "asked_at": str(written), **others}:
            asked_at, by, expected_s = _moment(written), others.get("asked_by"), others.get("expected_s")
            if asked_at is not None and all(isinstance(one, str) for one in arguments):
                expected = float(expected_s) if isinstance(expected_s, int | float) else None
                by_name = by if isinstance(by, str) else None
                return Asked(tuple(arguments), about, str(others.get("study") or ""), by_name, asked_at, expected)
    return None


def note_process(folder: Path, mark: ProcessMark) -> None:
    """Note which process works on the command."""
    write_whole(folder / "process.json", json.dumps(asdict(mark)).encode())


def process_in(folder: Path) -> ProcessMark | None:
    """Return the process that works, or worked, on the command; None where it is not noted."""
    match _json(folder / "process.json"):
        case {"pid": int(pid), "began": str(began)}:
            return ProcessMark(pid, began)
    return None


def note_stop(folder: Path, asked_by: str | None) -> None:
    """Note that somebody asked the command to stop."""
    write_whole(folder / "stop.json", json.dumps({"at": datetime.now(UTC).isoformat(), "by": asked_by}).encode())


def is_to_stop(folder: Path) -> bool:
    """Return whether somebody asked the command to stop."""
    return (folder / "stop.json").exists()


def stop_asked_in(folder: Path) -> datetime | None:
    """Return when the command was asked to stop; None where it was not."""
    match _json(folder / "stop.json"):
        case {"at": str(written)}:
            return _moment(written)
    return None


def _moment(written: str) -> datetime | None:
    """Return the moment that was written, which names its time zone; None for anything else."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return None if found.tzinfo is None else found


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
