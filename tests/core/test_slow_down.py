"""Who fails again and again has to wait, each time twice as long; others do not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from core import slow_down
from core.slow_down import FREE, LONGEST_S, SlowDown


def test_the_first_failures_cost_nothing_then_waits_double() -> None:
    """After five failures the waits are 1, 2, 4 ... seconds up to five minutes; a try that comes too early does not count."""
    tries, now, waits = SlowDown(), 0.0, []
    assert [tries.begin("a", now) for _ in range(FREE)] == [0] * FREE
    for _ in range(12):
        wait = tries.begin("a", now)
        assert wait > 0 and tries.begin("a", now + wait / 2) == pytest.approx(wait / 2)
        waits.append(wait)
        now += wait
        assert tries.begin("a", now) == 0
    assert waits[:5] == [1, 2, 4, 8, 16] and waits[-1] == LONGEST_S


def test_others_are_not_slowed() -> None:
    """Each address has failures of its own."""
    tries = SlowDown()
    for _ in range(FREE):
        tries.begin("a", 0)
    assert tries.begin("a", 0) > 0 and tries.begin("b", 0) == 0


def test_a_try_that_is_taken_back_is_no_failure() -> None:
    """However often somebody gets in, they never wait."""
    tries = SlowDown()
    for now in range(3 * FREE):
        assert tries.begin("a", now) == 0
        tries.take_back("a")
    assert not tries._tries


def test_getting_in_between_does_not_help_guessing() -> None:
    """Who fails four times, gets in, and fails four times again waits as whoever fails eight times."""
    tries, now = SlowDown(), 0.0
    for _ in range(FREE - 1):
        assert tries.begin("a", now) == 0
    assert tries.begin("a", now) == 0
    tries.take_back("a")
    assert tries.begin("a", now) == 0 and tries.begin("a", now) == 1.0


def test_an_hour_forgets() -> None:
    """Who left it for an hour begins anew."""
    tries = SlowDown()
    for _ in range(FREE):
        tries.begin("b", 0)
    assert tries.begin("b", 0) > 0 and tries.begin("b", slow_down.FORGOTTEN_S + 2) == 0
    assert [tries.begin("b", slow_down.FORGOTTEN_S + 2) for _ in range(3)] == [0, 0, 0]


def test_tries_at_the_same_time_are_not_all_free() -> None:
    """Of a hundred tries at once only the free ones go through."""
    tries = SlowDown()
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: tries.begin("a", 0.0), range(100)))
    assert sum(wait == 0 for wait in waits) == FREE


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses try, only the latest are remembered."""
    monkeypatch.setattr(slow_down, "MOST", 10)
    tries = SlowDown()
    for who in range(100):
        tries.begin(str(who), 0)
    assert len(tries._tries) == 10 and "99" in tries._tries
