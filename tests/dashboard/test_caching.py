"""What the process keeps: made once, by one thread while others wait, dropped when asked to or when there is too much."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.caching import Kept, forget_all, kept


def test_a_value_is_made_once_for_its_arguments() -> None:
    """The same arguments give the same object; others, or keywords, another."""
    made: list[tuple[int, str]] = []

    @kept()
    def pair(n: int, word: str = "") -> list[object]:
        """Return a list."""
        made.append((n, word))
        return [n, word]

    assert pair(1) is pair(1) and pair(1, word="a") is not pair(1)
    assert made == [(1, ""), (1, "a")] and pair.__doc__ == "Return a list."


def noted(made: list[int], n: int = 4) -> Kept[[int], int]:
    """Return a kept function that notes in `made` what it was called with."""

    @kept(n)
    def one(number: int) -> int:
        made.append(number)
        return number

    return one


def test_only_so_many_are_kept() -> None:
    """The value that was asked for longest ago goes first."""
    made: list[int] = []
    one = noted(made, 2)
    for n in (1, 2, 1, 3, 1, 2):
        assert one(n) == n
    assert made == [1, 2, 3, 2]


def test_forgetting() -> None:
    """One value, or all of every function, are made anew."""
    made: list[int] = []
    one = noted(made)
    one(1), one(2)
    one.forget(1)
    one.forget(9)
    one(1), one(2)
    assert made == [1, 2, 1]
    forget_all()
    one(2)
    assert made == [1, 2, 1, 2]


def test_errors_are_not_kept() -> None:
    """What failed is tried again."""
    tries: list[int] = []

    @kept()
    def later(n: int) -> int:
        tries.append(n)
        if len(tries) == 1:
            raise ValueError("not yet")
        return n

    with pytest.raises(ValueError, match="not yet"):
        later(1)
    assert later(1) == 1 and later(1) == 1 and tries == [1, 1]


def test_threads_wait_for_the_one_that_makes_it() -> None:
    """Eight ask at once, one makes it; somebody who asks for another value does not wait."""
    made: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    @kept()
    def slow(n: int) -> object:
        made.append(n)
        if n == 1:
            begun.set()
            assert go_on.wait(20)
        return object()

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(slow, 1) for _ in range(7)]
        assert begun.wait(20)
        pool.submit(slow, 2).result(20)
        go_on.set()
        assert len({id(one.result(20)) for one in asked}) == 1
    assert sorted(made) == [1, 2]
