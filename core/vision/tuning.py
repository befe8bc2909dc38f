"""The search for a diversity weight: the largest with which a group's weakest image still goes beyond the most extreme natural image.

By factors of 10 up or down until one weight held and the next did not, then by bisection of its logarithm (METHOD section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

FACTOR = 10.0
MOST_FACTORS = 4


@dataclass(slots=True)
class Search:
    """The search of one group: ask `weight`, render with it, tell whether it `held`; `best` is the largest that did (None: none did)."""

    weight: float
    n_bisections: int
    best: float | None = None
    worst: float | None = None  # the smallest that did not hold
    n_factors: int = 0
    is_done: bool = False

    def tell(self, held: bool) -> None:
        """Note whether the weight held, and choose the next."""
        if held:
            self.best = self.weight
        else:
            self.worst = self.weight
        if self.best is None or self.worst is None:
            self._by_factor(FACTOR if held else 1 / FACTOR)
        elif self.n_bisections > 0:
            self.n_bisections -= 1
            self.weight = (self.best * self.worst) ** 0.5
        else:
            self.is_done = True

    def _by_factor(self, factor: float) -> None:
        if self.n_factors == MOST_FACTORS:
            self.is_done = True
            return
        self.n_factors += 1
        self.weight *= factor
