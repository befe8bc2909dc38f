"""Counts of right and wrong answers by participant, condition, confidence and side: what sensitivity and the use of confidence need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.experiment import Side
from core.inference.answer_table import ABSENT, AnswerTable, Floats, Mask
from core.inference.groups import kept_rows, summed

N_LEVELS: Final = 3  # of confidence
WRONG: Final = 0
UNDECIDED: Final = 1  # an observer's tie
RIGHT: Final = 2
SIDES: Final[tuple[Side, ...]] = get_args(Side)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """`n`: number of main trials, (conditions, participants, 1 + confidence levels, 3 outcomes); confidence 0 where none was given.
    `score`: sum of the scores in [0, 1], (conditions, participants, 1 + confidence levels); a tie counts one half.
    `chosen`: number of trials in which the top and the bottom query were chosen, (conditions, 2 sides, 3 outcomes), where it is known."""

    conditions: tuple[Condition, ...]
    n: NDArray[np.int64]
    score: Floats
    chosen: NDArray[np.int64]

    @property
    def rated(self) -> NDArray[np.int64]:
        """Return the trials with a confidence that are wrong or right: (conditions, participants, 3 levels, 2)."""
        return self.n[:, :, 1:, ::2]


def outcomes_of(conditions: tuple[Condition, ...], n: NDArray[np.int64], score: Floats, chosen: NDArray[np.int64]) -> Outcomes:
    """Return the counts from `outcome_counts`; levels of conditions and participants without any trial are left out."""
    present, there = np.flatnonzero(n.sum(axis=(1, 2, 3))), np.flatnonzero(n.sum(axis=(0, 2, 3)))
    kept = np.ix_(present, there)
    return Outcomes(tuple(conditions[code] for code in present), n[kept], score[kept], chosen.sum(axis=1)[present])


def outcome_counts(main: AnswerTable) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Return `n` and `score` as in Outcomes, of all conditions and respondents that are levels, and `chosen`, there (conditions,
    respondents, 2 sides, 3 outcomes)."""
    condition, respondent = main["condition"], main["respondent"]
    shape = len(condition.levels), len(respondent.levels)
    known = (condition.codes >= 0) & (respondent.codes >= 0)
    outcome = 1 + (main.score > 0.5).astype(np.int8) - (main.score < 0.5)
    cell = condition.codes.astype(np.int64) * shape[1] + respondent.codes
    rated = cell * (1 + N_LEVELS) + main.confidence
    side = np.array([*(SIDES.index(level) for level in main["choice"].levels), ABSENT])[main["choice"].codes]  # the code -1 takes the last
    has_side = known & (side >= 0)
    n = _counted(known, rated * 3 + outcome, (*shape, 1 + N_LEVELS, 3))
    rated, scores = kept_rows(known, rated, main.score)
    score, _ = summed(rated, scores, (*shape, 1 + N_LEVELS))
    return n, score, _counted(has_side, (cell * 2 + side) * 3 + outcome, (*shape, 2, 3))


def _counted(kept: Mask, cell: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    (cell,) = kept_rows(kept, cell)
    return np.bincount(cell, minlength=math.prod(shape)).astype(np.int64).reshape(shape)
