"""Sensitivity in two-alternative forced choice: d' of each condition (Green & Swets 1966; Macmillan & Creelman 2005)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.design_spec import Condition
from core.inference.answer_table import Floats
from core.inference.outcomes import RIGHT, WRONG, Outcomes
from core.inference.participant_means import participant_mean
from core.inference.proportions import wilson

D_PRIME: Final = (
    "d' = sqrt(2) z(proportion correct) of an unbiased observer in two-alternative forced choice (Green & Swets 1966; Macmillan & "
    "Creelman 2005), after the log-linear correction (correct + 0.5) / (trials + 1) (Hautus 1995), which draws d' of few trials towards 0; "
    "a preference for a side lowers it; side_bias: c = -(z(H) + z(F)) / 2 of all trials, H and F the corrected shares of top chosen where "
    "the strong query is at the top and at the bottom; above 0 where the bottom is preferred, null where sides are not known"
)
OVER_PARTICIPANTS: Final = (
    f"mean of the participants' d', each counting alike, 95 % t interval over participants; pooled: d' of all trials; {D_PRIME}"
)
OF_TRIALS: Final = (
    "d' of all trials, which are taken as independent, 95 % interval: uncorrected d' at the bounds of Wilson's interval, null where that "
    f"is 0 or 1; {{}}; {D_PRIME}"
)
ONE: Final = "one participant"
EQUAL: Final = "all participants' d' are equal, which gives no t interval"


@dataclass(frozen=True, slots=True)
class SignalDetection:
    """Sensitivity in one condition. A bound of the interval is None where it is infinite. `pooled`: d' of all trials together."""

    estimate: float
    interval: tuple[float | None, float | None]
    pooled: float
    side_bias: float | None
    n_trials: int
    n_participants: int
    method: str


def signal_detection(counted: Outcomes) -> Mapping[Condition, SignalDetection]:
    """Return d' of each condition: over participants where there are two or more, else of the trials."""
    score, n = counted.score.sum(axis=2), counted.n.sum(axis=(2, 3))  # both (conditions, participants)
    return {
        name: _of(score[place][n[place] > 0], n[place][n[place] > 0], side_bias(counted.chosen[place]))
        for place, name in enumerate(counted.conditions)
    }


def d_prime(n_correct: ArrayLike, n_trials: ArrayLike) -> Floats:
    """Return d' of counts, log-linearly corrected, of their shape."""
    from scipy.special import ndtri  # at first use: importing it takes long, and pages import this module

    share = (np.asarray(n_correct, dtype=np.float64) + 0.5) / (np.asarray(n_trials, dtype=np.float64) + 1)
    return np.asarray(math.sqrt(2) * ndtri(share), dtype=np.float64)


def side_bias(chosen: NDArray[np.int64]) -> float | None:
    """Return c of counts (top and bottom chosen, 3 outcomes): Macmillan & Creelman's criterion; None unless both sides were right once."""
    top, bottom = (chosen[place] for place in range(2))
    right_at_top, right_at_bottom = top[RIGHT] + bottom[WRONG], bottom[RIGHT] + top[WRONG]
    if not right_at_top or not right_at_bottom:
        return None
    shares = (top[RIGHT] + 0.5) / (right_at_top + 1), (top[WRONG] + 0.5) / (right_at_bottom + 1)
    return -sum(NormalDist().inv_cdf(float(share)) for share in shares) / 2


def _of(score: Floats, n: NDArray[np.int64], bias: float | None) -> SignalDetection:
    n_correct, n_trials = math.fsum(score.tolist()), int(n.sum())
    pooled = float(d_prime(n_correct, n_trials))
    people = participant_mean(d_prime(score, n))
    if people is not None and people.interval is not None:
        return SignalDetection(people.mean, people.interval, pooled, bias, n_trials, len(n), OVER_PARTICIPANTS)
    low, high = (_at(bound) for bound in wilson(n_correct, n_trials))
    return SignalDetection(pooled, (low, high), pooled, bias, n_trials, len(n), OF_TRIALS.format(ONE if len(n) == 1 else EQUAL))


def _at(share: float) -> float | None:
    """Return d' at a proportion, uncorrected; None where it is infinite."""
    return math.sqrt(2) * NormalDist().inv_cdf(share) if 0 < share < 1 else None
