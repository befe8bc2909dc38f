"""Rate and time left from the lines of a job's progress."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.pace import WINDOW_S, Report, pace, reports, seconds_by_label

BEGIN = datetime(2026, 1, 2, tzinfo=UTC)


def line(at_s: float, done: float, total: float = 100, label: str = "mining images", state: str = "running") -> Report:
    return Report(BEGIN + timedelta(seconds=at_s), state, done, total, label)


def test_a_steady_pace_is_told() -> None:
    """Ten in ten seconds are one a second, and ninety more take ninety seconds."""
    found = pace([line(second, second) for second in range(11)])
    assert found is not None and found.rate == pytest.approx(1.0) and found.left_s == pytest.approx(90.0)


def test_getting_ready_is_no_pace() -> None:
    """The time in which nothing was done yet, in which a network is loaded, does not count."""
    waited = [line(second, 7) for second in range(20)]
    found = pace([*waited, line(20, 7), line(22, 11), line(24, 15)])
    assert found is not None and found.rate == pytest.approx(2.0)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [line(0, 3)],
        [line(0, 3), line(1, 9)],  # too short
        [line(0, 3), line(9, 3)],  # nothing was done
        [line(0, 3), line(9, 9, state="done")],
        [line(0, 3), line(9, 9, 0)],
        [line(0, 3), line(9, 5, label="ranking layers")],
        [line(0, 3, state="queued"), line(9, 5)],
    ],
)
def test_what_cannot_be_known_is_not_told(lines: list[Report]) -> None:
    """Without two reports of the same work some seconds apart there is no rate."""
    assert pace(lines) is None


def test_only_the_last_minute_counts() -> None:
    """A job that has become faster is as fast as it is now."""
    slow = [line(second, second / 100) for second in range(0, 1000, 5)]
    fast = [line(1000 + second, 10 + second / 2) for second in range(int(WINDOW_S) + 30)]
    found = pace([*slow, *fast])
    assert found is not None and found.rate == pytest.approx(0.5)


@given(st.floats(0.01, 100), st.integers(3, 50), st.floats(0, 1000))
def test_the_pace_is_the_rate_of_any_steady_job(rate: float, n: int, first: float) -> None:
    """Whatever was there before, the rate is that of what is done now, and the time left what it leaves."""
    total = first + 3 * rate * n
    found = pace([line(second, first + rate * second, total) for second in range(n)])
    assert found is not None
    assert found.rate == pytest.approx(rate, rel=1e-6) and found.left_s == pytest.approx(3 * n - (n - 1), rel=1e-6)


def test_seconds_of_each_label_leave_gaps_out() -> None:
    """Work is counted by what it was, without the time between two runs and what was there at a run's begin."""
    first = [line(0, 0), line(10, 5), line(12, 0, label="ranking layers"), line(13, 1, label="ranking layers")]
    later = [line(5000, 5, state="stopped"), line(9000, 50), line(9010, 60)]
    assert seconds_by_label([*first, *later]) == {"mining images": (20.0, 15.0), "ranking layers": (1.0, 1.0)}


def test_lines_that_are_torn_are_left_out(tmp_path: Path) -> None:
    """What a kill left half-written, and the line that the tail begins within, are skipped; a file that is not there has none."""
    path = tmp_path / "progress.jsonl"
    assert reports(path) == ()
    whole = {"at": BEGIN.isoformat(), "state": "running", "done": 1, "total": 2, "label": "x"}
    path.write_text(f'{{"at": "2026\n{json.dumps(whole)}\n{json.dumps(whole)}\n[]\n{{"at": 1}}\n')
    assert reports(path) == (line(0, 1, 2, "x"),) * 2
    assert reports(path, tail_bytes=len(json.dumps(whole)) + 20) == (line(0, 1, 2, "x"),)
