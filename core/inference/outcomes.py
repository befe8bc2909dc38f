"""Counts of right and wrong answers by participant, condition, confidence and side: what sensitivity and the use of confidence need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.experiment import Side
from core.inference.answer_table import ABSENT, AnswerTable, Floats, Mask

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


def outcomes(main: AnswerTable) -> Outcomes:
    """Return the counts of a table; levels of conditions and participants without any trial are left out."""
    condition, respondent = main["condition"], main["respondent"]
    shape = len(condition.levels), len(respondent.levels), 1 + N_LEVELS
    known = (condition.codes >= 0) & (respondent.codes >= 0)
    cell = condition.codes.astype(np.int64) * shape[1] + respondent.codes
    cell = cell * shape[2] + main.confidence
    outcome = 1 + (main.score > 0.5).astype(np.int8) - (main.score < 0.5)
    if not known.all():
        cell, outcome = cell[known], outcome[known]
    size = int(np.prod(shape))
    n = np.bincount(cell * 3 + outcome, minlength=size * 3).reshape(*shape, 3)
    score = np.bincount(cell, weights=main.score[known], minlength=size).reshape(shape)
    present, there = np.flatnonzero(n.sum(axis=(1, 2, 3))), np.flatnonzero(n.sum(axis=(0, 2, 3)))
    kept = np.ix_(present, there)
    return Outcomes(
        conditions=tuple(condition.levels[code] for code in present),
        n=n[kept].astype(np.int64),
        score=score[kept].astype(np.float64),
        chosen=_chosen(main, outcome, known)[present],
    )


def _chosen(main: AnswerTable, outcome: NDArray[np.int8], known: Mask) -> NDArray[np.int64]:
    """Return the counts by condition, chosen side and outcome; `outcome`: of the `known` rows."""
    condition, choice = main["condition"], main["choice"]
    side = np.array([*(SIDES.index(level) for level in choice.levels), ABSENT])[choice.codes[known]]  # the code -1 takes the last
    cell = ((condition.codes[known].astype(np.int64) * 2 + side) * 3 + outcome)[side >= 0]
    return np.bincount(cell, minlength=len(condition.levels) * 6).reshape(-1, 2, 3).astype(np.int64)
