"""A process named so that no other is ever taken for it: its number, and when and in which run of the machine it began."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
BOOT: Final = PROC / "sys/kernel/random/boot_id"
STATE, BEGAN = 0, 19  # fields of /proc/PID/stat after the command's name: state and starttime are the 3rd and 22nd of all (proc(5))


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process: a number is given to another one after its end, never with the same `began`."""

    pid: int
    began: str


def mark_of(pid: int) -> ProcessMark | None:
    """Return the mark of the living process of this number; None where there is none, or it has ended and nobody has fetched its status."""
    began = _began_by_proc(pid) if BOOT.exists() else _began_by_ps(pid)
    return None if began is None else ProcessMark(pid, began)


def own_mark() -> ProcessMark:
    """Return the mark of this process."""
    found = mark_of(os.getpid())
    return found or ProcessMark(os.getpid(), "unknown")


def is_alive(mark: ProcessMark) -> bool:
    """Return whether this very process lives."""
    return mark_of(mark.pid) == mark


def interrupt(mark: ProcessMark) -> bool:
    """Send what Ctrl-C sends; return whether the process was there to be told."""
    if not is_alive(mark):
        return False
    try:
        os.kill(mark.pid, signal.SIGINT)
    except ProcessLookupError:  # it ended this moment
        return False
    return True


def kill_group(mark: ProcessMark) -> bool:
    """End the process and all of its group at once, where it leads one; return whether it was there."""
    if not is_alive(mark):
        return False
    try:
        if os.getpgid(mark.pid) == mark.pid:
            os.killpg(mark.pid, signal.SIGKILL)
        else:
            os.kill(mark.pid, signal.SIGKILL)
    except ProcessLookupError:  # it ended this moment
        return False
    return True


def _began_by_proc(pid: int) -> str | None:
    try:
        fields = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return None if fields[STATE] in "ZX" else f"{BOOT.read_text(encoding='ascii').strip()} {fields[BEGAN]}"
    except (OSError, IndexError):
        return None


def _began_by_ps(pid: int) -> str | None:
    found = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    state, _, began = found.partition(" ")
    return None if not began or state.startswith("Z") else " ".join(began.split())
