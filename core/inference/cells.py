"""Participants' means in every cell of a design, such as condition x scheme: what paired tests and analyses of variance work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats, Mask
from core.inference.reaction_times import Which
from core.inference.sums import CORRECT, INCORRECT, Sums, over_outcomes

Measure = Literal["accuracy", "reaction_time_all", "reaction_time_correct", "reaction_time_incorrect"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
WHICH_OF: Final[dict[Measure, Which]] = {
    "accuracy": "all",
    "reaction_time_all": "all",
    "reaction_time_correct": "correct",
    "reaction_time_incorrect": "incorrect",
}


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Of every participant with any main trial: `total` of a measure and number `n` of trials, and number `n_main` of main trials, all
    (participants, levels, levels ...).

    `levels`: of each word, in the order of the axes. A participant without a trial in a cell has n = 0 there.
    """

    levels: tuple[tuple[str, ...], ...]
    total: Floats
    n: NDArray[np.int64]
    n_main: NDArray[np.int64]

    @property
    def is_complete(self) -> Mask:
        """Return which participants have trials in every cell, (participants,)."""
        return np.asarray((self.n > 0).all(axis=tuple(range(1, self.n.ndim))))

    @property
    def means(self) -> Floats:
        """Return the means of the participants with trials in every cell, (complete participants, levels, levels ...)."""
        kept = self.is_complete
        return self.total[kept] / self.n[kept]


def cells_of_sums(sums: Sums, levels: tuple[tuple[str, ...], ...], measure: Measure, there: Mask) -> Cells:
    """Return participants' cells of a measure from sums by respondent and combination of these levels; `there`: who has any main trial,
    (respondents,). Levels without any main trial are left out; reaction times are seconds."""
    shape = len(sums.n), *map(len, levels)
    n_main = sums.n.reshape(shape)
    total, n = _of_measure(sums, measure)
    places = []
    for axis in range(1, n_main.ndim):
        seen = n_main.any(axis=tuple(other for other in range(n_main.ndim) if other != axis))
        places.append(np.flatnonzero(seen))
    chosen = np.ix_(np.flatnonzero(there), *places)
    named = tuple(tuple(of[place] for place in present) for of, present in zip(levels, places, strict=True))
    return Cells(named, total.reshape(shape)[chosen], n.reshape(shape)[chosen], n_main[chosen])


def cells_of_level(sums: Sums, levels: tuple[tuple[str, ...], ...], measure: Measure, level: str) -> Cells:
    """Return the cells by the first word only, of the trials that have this level of the second."""
    at = np.arange(len(levels[0])) * len(levels[1]) + levels[1].index(level)
    own = Sums(sums.n[:, at], sums.score[:, at], sums.timed[:, at], sums.time[:, at])
    return cells_of_sums(own, levels[:1], measure, np.asarray(own.n.any(axis=1)))


def single_level(seen: Mask) -> NDArray[np.int64]:
    """Return the one level that each participant was seen with, (participants,), from (participants, levels); -1 for none or several."""
    return np.where(seen.sum(axis=1) == 1, seen @ np.arange(seen.shape[1]), -1).astype(np.int64)


def _of_measure(sums: Sums, measure: Measure) -> tuple[Floats, NDArray[np.int64]]:
    if measure == "accuracy":
        return sums.score, sums.n
    if measure == "reaction_time_all":
        return over_outcomes(sums.time), over_outcomes(sums.timed)
    outcome = CORRECT if measure == "reaction_time_correct" else INCORRECT
    return sums.time[..., outcome], sums.timed[..., outcome]
