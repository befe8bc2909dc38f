"""Whether confidence tells right answers from wrong ones: the type-2 receiver operating characteristic of each condition.

Of each criterion "confidence at least so high", the share of right answers that pass it (hit) against that of wrong ones (false alarm);
the area under the line is the chance that a right answer has more confidence than a wrong one, ties counting one half (Galvin et al. 2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.inference.answer_table import Floats
from core.inference.outcomes import N_LEVELS, Outcomes
from core.inference.participant_means import ParticipantMean, participant_mean
from core.inference.proportions import Z

TYPE_TWO: Final = (
    "area under the type-2 ROC (Galvin et al. 2003) of pooled trials: the chance that a right answer has more confidence than a wrong one, "
    "ties one half; 95 % score interval with Hanley and McNeil's variance (Newcombe 2006, method 5), which takes trials as independent; "
    "participants: the areas of those with right and wrong answers, 95 % t interval over participants. It depends on how many answers are "
    "right, so that conditions of unlike accuracy are not to be compared by it"
)
HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class RocPoint:
    """The shares of wrong and of right answers with at least this confidence; 4: none."""

    criterion: int
    false_alarm: float
    hit: float


@dataclass(frozen=True, slots=True)
class TypeTwo:
    """The type-2 ROC of one condition: its points from (0, 0) to (1, 1), and the area under them. `n_trials` have a confidence."""

    estimate: float
    interval: tuple[float, float]
    points: tuple[RocPoint, ...]
    participants: ParticipantMean | None
    n_right: int
    n_wrong: int
    n_participants: int
    method: str = TYPE_TWO

    @property
    def n_trials(self) -> int:
        return self.n_right + self.n_wrong


def type_two(counted: Outcomes) -> Mapping[Condition, TypeTwo]:
    """Return the type-2 ROC of each condition that has right and wrong answers with a confidence."""
    pooled = counted.rated.sum(axis=1)  # (conditions, 3 levels, wrong and right)
    has_both = (pooled.sum(axis=1) > 0).all(axis=1)
    return {name: _of(counted.rated[place]) for place, name in enumerate(counted.conditions) if has_both[place]}


def area(counts: NDArray[np.int64]) -> Floats:
    """Return the area under the ROC of counts, (..., 3 levels, wrong and right): (...); NaN without right or without wrong answers."""
    wrong, right = counts[..., 0], counts[..., 1]
    below = np.cumsum(wrong, axis=-1) - wrong
    pairs = (wrong.sum(axis=-1) * right.sum(axis=-1)).astype(np.float64)
    wins = (right * (below + wrong / 2)).sum(axis=-1)
    return np.asarray(np.divide(wins, pairs, out=np.full_like(pairs, np.nan), where=pairs > 0))


def area_interval(estimate: float, n_right: int, n_wrong: int) -> tuple[float, float]:
    """Return the 95 % score interval of an area (Newcombe 2006, Statistics in Medicine 25, 559, method 5): where it is Z errors away."""
    mean_n = (n_right + n_wrong) / 2 - 1

    def error(true: float) -> float:
        spread = 1 + mean_n * ((1 - true) / (2 - true) + true / (1 + true))
        return math.sqrt(true * (1 - true) * spread / (n_right * n_wrong))

    low = _crossing(lambda true: estimate - true > Z * error(true), 0.0, estimate)
    high = _crossing(lambda true: true - estimate <= Z * error(true), estimate, 1.0)
    return low, high


def _of(counts: NDArray[np.int64]) -> TypeTwo:
    """Return the record of counts (participants, 3 levels, wrong and right)."""
    pooled = counts.sum(axis=0)
    n_wrong, n_right = (int(n) for n in pooled.sum(axis=0))
    estimate = float(area(pooled))
    return TypeTwo(
        estimate=estimate,
        interval=area_interval(estimate, n_right, n_wrong),
        points=_points(pooled),
        participants=participant_mean(area(counts), within=(0.0, 1.0)),
        n_right=n_right,
        n_wrong=n_wrong,
        n_participants=int(counts.any(axis=(1, 2)).sum()),
    )


def _points(pooled: NDArray[np.int64]) -> tuple[RocPoint, ...]:
    at_least = np.cumsum(pooled[::-1], axis=0) / pooled.sum(axis=0)  # (criterion 3, 2, 1; wrong and right)
    passing = [RocPoint(N_LEVELS - place, float(wrong), float(right)) for place, (wrong, right) in enumerate(at_least)]
    return RocPoint(N_LEVELS + 1, 0.0, 0.0), *passing


def _crossing(is_before: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a condition that holds at `low` ceases to hold, by halving."""
    if not is_before(low):
        return low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_before(middle) else (low, middle)
    return (low + high) / 2
