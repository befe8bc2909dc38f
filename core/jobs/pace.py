"""How fast a job goes and how long it still takes, from the last lines of its progress."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

WINDOW_S: Final = 60.0  # a rate is that of the last minute
LEAST_S: Final = 2.0  # of a shorter stretch nothing is said
GAP_S: Final = 60.0  # a longer silence is a time in which nobody worked
TAIL_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Report:
    """One line of a job's progress."""

    at: datetime
    state: str
    done: float
    total: float
    label: str


@dataclass(frozen=True, slots=True)
class Pace:
    """Things a second of what the last label counts, and the seconds until all of them are done."""

    rate: float
    left_s: float


def reports(path: Path, *, tail_bytes: int | None = TAIL_BYTES) -> tuple[Report, ...]:
    """Return the lines of a progress.jsonl, of its end only where `tail_bytes` says so; torn ones are left out."""
    if not path.exists():
        return ()
    with path.open("rb") as file:
        if tail_bytes is not None:
            file.seek(max(0, file.seek(0, 2) - tail_bytes))
        return tuple(one for line in file.read().splitlines() if (one := _report(line)) is not None)


def pace(lines: Sequence[Report]) -> Pace | None:
    """Return the pace of what is done now; None where it is not known yet."""
    last = lines[-1] if lines else None
    if last is None or last.state != "running" or not last.total:
        return None
    first = last
    for one in reversed(lines):
        if (one.label, one.state) != (last.label, "running") or not one.total or (last.at - one.at).total_seconds() > WINDOW_S:
            break
        first = one if one.done < first.done or first is last else first  # while nothing was done yet, it only got ready
    seconds, done = (last.at - first.at).total_seconds(), last.done - first.done
    if seconds < LEAST_S or done <= 0:
        return None
    return Pace(done / seconds, max(0.0, last.total - last.done) * seconds / done)


def seconds_by_label(lines: Iterable[Report]) -> dict[str, tuple[float, float]]:
    """Return for each label how many seconds were worked under it, and how many things were done in them."""
    found: dict[str, tuple[float, float]] = {}
    for one, following in pairwise(lines):
        seconds, done = (following.at - one.at).total_seconds(), following.done - one.done
        if one.label == following.label and one.state == following.state == "running" and 0 <= seconds < GAP_S and done >= 0:
            known = found.get(one.label, (0.0, 0.0))
            found[one.label] = known[0] + seconds, known[1] + done
    return found


def _report(line: bytes) -> Report | None:
    try:
        found: dict[str, Any] = json.loads(line)
        return Report(datetime.fromisoformat(found["at"]), found["state"], found["done"], found["total"], found["label"])
    except (ValueError, KeyError, TypeError):
        return None
