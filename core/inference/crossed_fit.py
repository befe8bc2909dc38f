"""The fit of a logistic regression with crossed random effects, and the intervals of its contrast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats
from core.inference.crossed_effects import LEAST_SD, MOST_SD, Counts, find_mode, reliabilities, shares, slope, start
from core.inference.groups import summed
from core.inference.proportions import CONFIDENCE_LEVEL

FIRST_SD: Final = 0.5  # logits: where the search begins
NODES: Final = 31  # of the quadrature over a normal distribution
RELIABILITY_POWER: Final = 0.5  # ours, by simulation (benchmarks/results/coverage_mixed.py): see _estimate


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The maximum. `sd` (4,): intercepts and slopes of the first side, of the second; `fixed` (2,), its `covariance` (2, 2) and what each
    random effect contributes to that, `shares` (4, 2, 2), with so many degrees of freedom each, `df` (4,), and in all at most `most_df`;
    `reliability` (4,), of the levels of each."""

    sd: Floats
    fixed: Floats
    covariance: Floats
    shares: Floats
    df: Floats
    most_df: float
    reliability: Floats
    is_converged: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its 95 % t interval."""

    value: float
    interval: tuple[float, float]
    df: float


def count(first: NDArray[np.int64], second: NDArray[np.int64], is_a: NDArray[np.bool_], score: Floats) -> Counts:
    """Return answers, (n,) each, counted by level of both sides and condition; `first` is the side with more levels."""
    n_first, n_second = int(first.max()) + 1, int(second.max()) + 1
    total, n = summed((first * n_second + second) * 2 + is_a, score, (n_first, n_second, 2))
    at = np.nonzero(n)
    return Counts(at[0], at[1], (at[2] - 0.5).astype(np.float64), n[at].astype(np.float64), total[at], n_first, n_second)


def n_in_both(codes: NDArray[np.int64], is_a: NDArray[np.bool_]) -> int:
    """Return how many levels have answers in both conditions."""
    return len(np.intersect1d(codes[is_a], codes[~is_a]))


def fit(counts: Counts, *, slopes: tuple[int, int]) -> Fit:
    """Return the maximum of the restricted Laplace likelihood; `slopes`: levels of either side that tell a slope, 0 to fit none."""
    from scipy.optimize import minimize  # at first use: importing it takes long, and pages import this module

    free = np.array([True, slopes[0] > 0, True, slopes[1] > 0])
    latest = start(counts)

    def descent(values: Floats) -> tuple[float, Floats]:
        nonlocal latest
        sd = _full(values, free)
        latest, factors = find_mode(counts, sd, latest)
        return -latest.value, -slope(counts, sd, latest, factors).gradient[free]

    bounds = [(LEAST_SD, MOST_SD)] * int(free.sum())
    begin = np.full(len(bounds), FIRST_SD)
    found = minimize(descent, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-8, "gtol": 1e-3})
    sd = _full(found.x, free)
    mode, factors = find_mode(counts, sd, latest)
    return Fit(
        sd=np.where(sd <= LEAST_SD, 0.0, sd),
        fixed=mode.fixed,
        covariance=factors.schur[:2, :2],
        shares=shares(counts, factors),
        df=_degrees(counts, slopes),
        most_df=4.0 * (min(counts.n_first, counts.n_second) - 1),
        reliability=reliabilities(counts, factors),
        is_converged=bool(found.success) and bool((found.x < MOST_SD).all()),
    )


def log_odds_ratio(found: Fit) -> Estimate:
    """Return the contrast A - B in logits."""
    return _estimate(found, float(found.fixed[1]), np.array([0.0, 1.0]))


def difference(found: Fit) -> tuple[Estimate, tuple[float, float]]:
    """Return the difference of the proportions averaged over random effects, A - B, and both proportions; by the delta method."""
    (share_a, steep_a), (share_b, steep_b) = (marginal_proportion(found.fixed, found.sd, x) for x in (0.5, -0.5))
    estimate = _estimate(found, share_a - share_b, np.array([steep_a - steep_b, (steep_a + steep_b) / 2]))
    low, high = estimate.interval
    return Estimate(estimate.value, (max(-1.0, low), min(1.0, high)), estimate.df), (share_a, share_b)


def marginal_proportion(fixed: Floats, sd: Floats, x: float) -> tuple[float, float]:
    """Return a condition's proportion averaged over normal random effects, and its derivative in the linear predictor."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    spread = math.sqrt(float(sd[0] ** 2 + sd[2] ** 2 + x**2 * (sd[1] ** 2 + sd[3] ** 2)))
    correct = 1 / (1 + np.exp(-(fixed[0] + x * fixed[1] + spread * nodes)))
    weights = weights / weights.sum()
    return float(weights @ correct), float(weights @ (correct * (1 - correct)))


def _full(values: Floats, free: NDArray[np.bool_]) -> Floats:
    sd = np.zeros(4)
    sd[free] = values
    return sd


def _degrees(counts: Counts, slopes: tuple[int, int]) -> Floats:
    """Return each random effect's degrees of freedom: one mean is taken of its levels, two where no level is in both conditions."""
    of = [
        (n_levels - (1 if n_slopes else 2), n_slopes - 1)
        for n_levels, n_slopes in zip((counts.n_first, counts.n_second), slopes, strict=True)
    ]
    return np.maximum(np.array(of, dtype=np.float64).ravel(), 1.0)


def _estimate(found: Fit, value: float, weights: Floats) -> Estimate:
    """Return a t interval, df by Welch and Satterthwaite: the variance squared over the sum of its parts squared by their df.

    A random effect's sd is told less well than by that many levels where answers tell these apart badly: its part is divided by a power of
    their reliability. The power, and the bound of four times the levels less one, are those whose intervals cover in simulated studies.
    """
    from scipy.special import stdtrit

    variance = float(weights @ found.covariance @ weights)
    parts = np.einsum("i,kij,j->k", weights, found.shares, weights) / np.maximum(found.reliability, 1e-12) ** RELIABILITY_POWER
    df = variance**2 / max(float(np.sum(parts**2 / found.df)), variance**2 / found.most_df)
    half = float(stdtrit(df, 0.5 + CONFIDENCE_LEVEL / 2)) * math.sqrt(variance)
    return Estimate(value, (value - half, value + half), df)
