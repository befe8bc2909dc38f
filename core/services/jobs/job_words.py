"""What is said of a started job, in a terminal as on a page: its command, how far it is, how long that takes. No torch."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from core.jobs.launch import Launched

MINUTE_S = 60
HOUR_S = 3600


def command_of(arguments: Sequence[str]) -> str:
    """Return the command as one would type it."""
    return shlex.join(["exemplary", *arguments])


def duration(seconds: float) -> str:
    """Return a time in one or two units: 8 s, 3 min 20 s, 2 h 5 min."""
    whole = max(0, round(seconds))
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        minutes, rest = divmod(whole, MINUTE_S)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes + (rest >= 30)} min"
    hours, rest = divmod(whole, HOUR_S)
    minutes = rest // MINUTE_S
    return f"{hours:,} h {minutes} min" if minutes and hours < 24 else f"{hours:,} h"


def progress_line(one: Launched) -> str:
    """Return how far a job is, how fast it goes and how long what it does now still takes; why it ended where it did not end well."""
    last = one.last
    if last is None:
        return "starts" if one.is_alive else ""
    if one.state == "queued":
        return last.label or "starts"
    if one.state != "running":
        return last.label if one.state in ("failed", "stopped") else _far(one)
    speed = "" if one.pace is None else f", {rate(one.pace.rate)}, {duration(one.pace.left_s)} left"
    return f"{_far(one) or 'starts'}{speed}"


def rate(a_second: float) -> str:
    """Return how many a second, or a minute where that is less than one."""
    return f"{a_second:,.3g} a second" if a_second >= 1 else f"{MINUTE_S * a_second:,.3g} a minute"


def _far(one: Launched) -> str:
    last = one.last
    return "" if last is None or not last.total else f"{last.label}: {last.done:,.0f} of {last.total:,.0f}"
