"""What is said of a started job."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.launch import Launched, LaunchState
from core.jobs.pace import Pace, Report
from core.jobs.started import Asked
from core.services.jobs.job_words import command_of, duration, progress_line, rate

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SECONDS = {"s": 1, "min": 60, "h": 3600}


def job(state: LaunchState, *, label: str = "mining images", done: float = 3, total: float = 9, speed: Pace | None = None) -> Launched:
    last = Report(NOW, state, done, total, label)
    return Launched(7, Asked(("mine",), "mine", "", None, NOW), state, None, last, speed, NOW, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (8.4, "8 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (629, "10 min"),
        (3599, "60 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90000, "25 h"),
    ],
)
def test_a_time_is_told_in_two_units_at_most(seconds: float, words: str) -> None:
    """Seconds while they matter, then minutes, then hours."""
    assert duration(seconds) == words


@given(st.floats(0, 1e6))
def test_a_time_is_told_within_four_percent(seconds: float) -> None:
    """What is told is as long as what was meant, to within a unit that matters."""
    parts = duration(seconds).replace(",", "").split()
    told = sum(int(number) * SECONDS[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True))
    assert abs(told - seconds) <= max(0.5, 0.05 * seconds)


@pytest.mark.parametrize(("a_second", "words"), [(12.345, "12.3 a second"), (1.0, "1 a second"), (0.1, "6 a minute")])
def test_a_slow_rate_is_told_by_the_minute(a_second: float, words: str) -> None:
    """Less than one a second is told by the minute."""
    assert rate(a_second) == words


def test_progress_is_one_line() -> None:
    """How far, how fast and how long yet; of a job that ended otherwise, why; of one that is done, what it did last."""
    assert progress_line(job("running", speed=Pace(0.5, 12.0))) == "mining images: 3 of 9, 30 a minute, 12 s left"
    assert progress_line(job("running", total=0, label="")) == "starts"
    assert progress_line(job("queued", label="waits for job 3")) == "waits for job 3"
    assert progress_line(job("failed", label="No disk.")) == "No disk."
    assert progress_line(job("interrupted")) == "mining images: 3 of 9"


def test_a_command_can_be_typed() -> None:
    """What a shell would take apart is quoted."""
    assert command_of(("synthesize", "--units", "mixed4a:*", "a b")) == "exemplary synthesize --units 'mixed4a:*' 'a b'"
