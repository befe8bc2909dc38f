"""Proportions with their intervals: Wilson for one, Newcombe for the difference of two, and the spread over participants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.errors import UsageError

CONFIDENCE_LEVEL = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE_LEVEL / 2)

PROPORTION_METHOD = (
    "mean: pooled over trials; two_sem: 2 standard errors over participant means, population sd / sqrt(n) (Borowski et al. 2021); "
    "wilson: Wilson score 95 % interval of the pooled trials"
)


@dataclass(frozen=True, slots=True)
class Proportion:
    """A proportion correct. `two_sem` is None with fewer than two participants; `n_correct` counts an observer's tie as one half."""

    mean: float
    two_sem: float | None
    n_trials: int
    n_participants: int
    n_correct: float
    wilson: tuple[float, float]
    method: str = PROPORTION_METHOD

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "n_correct": whole(self.n_correct), "wilson": list(self.wilson)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Proportion:
        low, high = values["wilson"]
        return cls(**{**values, "n_correct": float(values["n_correct"]), "wilson": (low, high)})


def proportion(by_participant: Sequence[Sequence[float]]) -> Proportion:
    """Return the proportion correct of trials given as one sequence of scores in [0, 1] for each participant."""
    groups = [scores for scores in by_participant if scores]
    return proportion_of([math.fsum(scores) for scores in groups], [len(scores) for scores in groups])


def proportion_of(n_correct: ArrayLike, n: ArrayLike) -> Proportion:
    """Return the proportion correct from each participant's number correct and number of trials, both (participants,)."""
    correct, trials = np.asarray(n_correct, dtype=np.float64), np.asarray(n, dtype=np.int64)
    if not len(trials):
        raise UsageError("A proportion needs at least one trial; there is none.")
    n_correct_in_all, n_trials = math.fsum(correct.tolist()), int(trials.sum())
    return Proportion(
        mean=n_correct_in_all / n_trials,
        two_sem=two_sem(correct / trials),
        n_trials=n_trials,
        n_participants=len(trials),
        n_correct=n_correct_in_all,
        wilson=wilson(n_correct_in_all, n_trials),
    )


def two_sem(participant_means: ArrayLike) -> float | None:
    """Return 2 standard errors of the mean over participants: population sd (ddof 0) / sqrt(n); None for fewer than two."""
    means = np.sort(np.asarray(participant_means, dtype=np.float64))  # sorted: the same number, whoever comes first
    return 2 * float(np.std(means)) / math.sqrt(len(means)) if len(means) > 1 else None


def wilson(n_correct: float, n_trials: int) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson 1927, Journal of the American Statistical Association 22, 209)."""
    if n_trials < 1 or not 0 <= n_correct <= n_trials:
        raise UsageError(f"A Wilson interval needs at least one trial and 0 to all correct; it got {n_correct} of {n_trials}.")
    share = n_correct / n_trials
    widening = 1 + Z**2 / n_trials
    centre = (share + Z**2 / (2 * n_trials)) / widening
    half = Z / widening * math.sqrt(share * (1 - share) / n_trials + Z**2 / (4 * n_trials**2))
    # At 0 and at n the bound is exactly 0 or 1; the formula misses it by rounding.
    return (0.0 if n_correct == 0 else centre - half), (1.0 if n_correct == n_trials else centre + half)


def newcombe(n_correct_a: float, n_a: int, n_correct_b: float, n_b: int) -> tuple[float, float]:
    """Return the 95 % hybrid score interval of the difference of two proportions, A - B (Newcombe 1998, Statistics in Medicine 17, 873,
    method 10: from the two Wilson intervals)."""
    share_a, share_b = n_correct_a / n_a, n_correct_b / n_b
    (low_a, high_a), (low_b, high_b) = wilson(n_correct_a, n_a), wilson(n_correct_b, n_b)
    difference = share_a - share_b
    low = difference - math.hypot(share_a - low_a, high_b - share_b)
    high = difference + math.hypot(high_a - share_a, share_b - low_b)
    return low, high


def newcombe_of_means(mean_a: float, n_a: int, mean_b: float, n_b: int) -> tuple[float, float]:
    """Return the same of two proportions, each as certain as that of so many independent trials."""
    return newcombe(min(mean_a * n_a, n_a), n_a, min(mean_b * n_b, n_b), n_b)  # rounding may go beyond all


def whole(number: float) -> float | int:
    """Return the number as an int where it is whole, so that JSON shows counts as counts."""
    return int(number) if number == int(number) else number
