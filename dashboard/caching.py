"""What this process keeps: values made once for their arguments, by one thread while others wait, shared by all pages and routes.

Streamlit's own caches hash every argument by its content at each look, and a page or a route looks some twenty times
(benchmarks/browse/looks.py).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import update_wrapper
from threading import Condition
from typing import Any, Final, Generic, ParamSpec, TypeVar

from cachetools import LRUCache, cached
from cachetools.keys import hashkey

P = ParamSpec("P")
T = TypeVar("T")
SINGLE: Final = 4  # what there is one of for a workspace: a process serves one, tests several


class Kept(Generic[P, T]):
    """A function whose values are kept, those of the last `n` arguments. Arguments are hashable; errors are not kept."""

    def __init__(self, make: Callable[P, T], n: int) -> None:
        self._values: LRUCache[Hashable, T] = LRUCache(n)
        self._turns = Condition()
        self._cached = cached(self._values, hashkey, condition=self._turns)(make)
        update_wrapper(self, make)
        _ALL.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._cached(*args, **kwargs)

    def forget(self, *args: Hashable) -> None:
        """Drop the value of these arguments, if it is kept."""
        with self._turns:
            self._values.pop(hashkey(*args), None)

    def forget_all(self) -> None:
        """Drop all values."""
        with self._turns:
            self._values.clear()


_ALL: Final[list[Kept[..., Any]]] = []


def kept(n: int = SINGLE) -> Callable[[Callable[P, T]], Kept[P, T]]:
    """Return a decorator that keeps a function's values."""
    return lambda make: Kept(make, n)


def forget_all() -> None:
    """Drop everything that the process keeps."""
    for one in _ALL:
        one.forget_all()
