"""Slowing down who tries again and again: after a few failures the next try has to wait, each time twice as long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

FREE: Final = 5  # failures that cost nothing
LONGEST_S: Final = 300.0
FORGOTTEN_S: Final = 3600.0
MOST: Final = 10_000  # whoever is remembered; the longest ago goes first


@dataclass(frozen=True, slots=True)
class _Tries:
    n: int
    last: float
    free_at: float


class SlowDown:
    """Counts failures by who tried. Times are seconds of one clock that never goes back; safe from several threads."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, who: str, now: float) -> float:
        """Return how many seconds `who` must wait; where it is 0 the try counts as failed until `take_back` says otherwise.

        It counts at once, so that many tries at the same time are not all free.
        """
        with self._lock:
            known = self._tries.get(who)
            if known is None or now - known.last > FORGOTTEN_S:
                known = _Tries(0, now, now)
            if now < known.free_at:
                return known.free_at - now
            n = known.n + 1
            wait = 0.0 if n < FREE else min(LONGEST_S, 2.0 ** (n - FREE))
            self._tries[who] = _Tries(n, now, now + wait)
            self._tries.move_to_end(who)
            if len(self._tries) > MOST:
                self._tries.popitem(last=False)
            return 0.0

    def take_back(self, who: str) -> None:
        """Count the last try of `who` not as a failure. Earlier failures stay: whoever knows one passphrase may be guessing another."""
        with self._lock:
            known = self._tries.pop(who, None)
            if known is not None and known.n > 1:
                self._tries[who] = _Tries(known.n - 1, known.last, known.last)
