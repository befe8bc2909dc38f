"""What confidence is worth: proportion correct at each level of it, and how well levels order right and wrong answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.inference.answer_table import Floats
from core.inference.outcomes import Outcomes
from core.inference.participant_means import ParticipantMean, participant_mean
from core.inference.proportions import Proportion, Z, proportion_of

CALIBRATION: Final = (
    "levels: proportion correct at each confidence, 1 to 3, over trials; gamma: Goodman and Kruskal's (1954) of pooled trials, pairs of a "
    "right and a wrong answer, ties left out, 95 % normal interval with their asymptotic error (1972), which takes trials as independent, "
    "null where that is 0; participants: mean of the participants' gamma (Nelson 1984), 95 % t interval over participants; slope: least "
    "squares, proportion correct for a step of confidence, pooled trials"
)


@dataclass(frozen=True, slots=True)
class ConfidenceLevel:
    """The proportion correct at one level of confidence."""

    level: int
    correct: Proportion


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidence against correctness in one condition; levels nobody chose are absent. `gamma` is from -1 to 1, None where there is no
    pair of a right and a wrong answer of unlike confidence; `slope` is None where only one level was chosen."""

    levels: tuple[ConfidenceLevel, ...]
    gamma: float | None
    gamma_interval: tuple[float, float] | None
    participants: ParticipantMean | None
    slope: float | None
    n_trials: int
    n_participants: int
    method: str = CALIBRATION


def calibration(counted: Outcomes) -> Mapping[Condition, Calibration]:
    """Return the calibration of each condition that has right or wrong answers with a confidence."""
    return {name: _of(counted.rated[place]) for place, name in enumerate(counted.conditions) if counted.rated[place].any()}


def gamma(counts: NDArray[np.int64]) -> Floats:
    """Return gamma of counts, (..., 3 levels, wrong and right): (...); NaN where no pair is of unlike confidence and correctness."""
    for_it, against = _concordant(counts)
    pairs = for_it + against
    return np.asarray(np.divide(for_it - against, pairs, out=np.full_like(pairs, np.nan), where=pairs > 0))


def gamma_error(counts: NDArray[np.int64]) -> float:
    """Return the asymptotic standard error of gamma of counts (3 levels, wrong and right), which must have a gamma.

    4 / (P + Q)^2 sqrt(sum n_ij (Q C_ij - P D_ij)^2), P and Q twice the concordant and discordant pairs (Goodman & Kruskal 1972).
    """
    wrong, right = counts[:, 0].astype(np.float64), counts[:, 1].astype(np.float64)
    for_right, against_right = _below(wrong), _above(wrong)  # of a right answer: wrong ones of less and of more confidence
    for_wrong, against_wrong = _above(right), _below(right)
    p = 2 * float((right * for_right).sum())
    q = 2 * float((right * against_right).sum())
    squares = (wrong * (q * for_wrong - p * against_wrong) ** 2).sum() + (right * (q * for_right - p * against_right) ** 2).sum()
    return 4 / (p + q) ** 2 * math.sqrt(float(squares))


def _of(counts: NDArray[np.int64]) -> Calibration:
    """Return the record of counts (participants, 3 levels, wrong and right)."""
    pooled = counts.sum(axis=0)
    estimate = float(gamma(pooled))
    error = 0.0 if math.isnan(estimate) else gamma_error(pooled)
    return Calibration(
        levels=tuple(_level(counts[:, place], place + 1) for place in np.flatnonzero(pooled.any(axis=1)).tolist()),
        gamma=None if math.isnan(estimate) else estimate,
        gamma_interval=(max(-1.0, estimate - Z * error), min(1.0, estimate + Z * error)) if error > 0 else None,
        participants=participant_mean(gamma(counts), within=(-1.0, 1.0)),
        slope=_slope(pooled),
        n_trials=int(pooled.sum()),
        n_participants=int(counts.any(axis=(1, 2)).sum()),
    )


def _level(counts: NDArray[np.int64], level: int) -> ConfidenceLevel:
    of_those = counts[counts.any(axis=1)]
    return ConfidenceLevel(level, proportion_of(of_those[:, 1], of_those.sum(axis=1)))


def _slope(pooled: NDArray[np.int64]) -> float | None:
    levels, n = np.arange(1, len(pooled) + 1), pooled.sum(axis=1)
    centred = levels - float((n * levels).sum() / n.sum())
    squares = float((n * centred**2).sum())
    return float((centred * pooled[:, 1]).sum()) / squares if squares > 0 else None


def _concordant(counts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the pairs in which the right answer has more, and less, confidence than the wrong one, both (...)."""
    wrong, right = counts[..., 0].astype(np.float64), counts[..., 1]
    return (right * _below(wrong)).sum(axis=-1), (right * _above(wrong)).sum(axis=-1)


def _below(n: Floats) -> Floats:
    return np.asarray(np.cumsum(n, axis=-1) - n)


def _above(n: Floats) -> Floats:
    return np.asarray(n.sum(axis=-1, keepdims=True) - np.cumsum(n, axis=-1))
