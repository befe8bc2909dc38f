"""Bootstrap intervals of numbers that have no simple one: participants or units are drawn again, with replacement (Efron 1987).

A statistic takes weights, how often each of n participants or units was drawn, float64 (r, n), and returns its value of each row, (r,);
where it has none of a row, NaN, where it grows beyond all bounds, infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from core.inference.answer_table import Floats
from core.inference.proportions import CONFIDENCE_LEVEL

Statistic = Callable[[Floats], Floats]
Resampled = Literal["participants", "units"]
N_RESAMPLES: Final = 10_000
MOST_WEIGHTS: Final = 2**21  # of resamples that are held at once
MOST_LEFT_OUT: Final = 1000  # beyond, groups are: time grows with n, not its square; the acceleration's sd is then 0.65 / 1000
METHOD: Final = (
    "{}; 95 % bootstrap interval, bias-corrected and accelerated (BCa, Efron 1987), {} drawn again; of few it is too narrow (of 10 "
    "participants it held the truth 89 times in 100, benchmarks/README.md); a bound is null where it is infinite"
)


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """A number with its bootstrap interval. `n` counts what was drawn again; a bound is None where it is infinite, the interval where
    every resample gives the same."""

    estimate: float
    interval: tuple[float | None, float | None] | None
    n: int
    n_resamples: int
    seed: int
    method: str


def bootstrap(
    statistics: Mapping[str, Statistic], n: int, *, of: Resampled, seed: int = 0, n_resamples: int = N_RESAMPLES
) -> dict[str, Bootstrapped | None]:
    """Return each statistic of n participants or units with its interval, by what it is (which the method begins with).

    None where it has no finite value, and all of them below two participants or units.
    """
    if n < 2:
        return dict.fromkeys(statistics)
    rng = np.random.default_rng(seed)
    drawn, left_out = _values(statistics, _resamples(n, n_resamples, rng)), _values(statistics, _left_out(n))
    found: dict[str, Bootstrapped | None] = {}
    for name, statistic in statistics.items():
        estimate = float(statistic(np.ones((1, n)))[0])
        interval = bca(drawn[name], estimate, left_out[name]) if math.isfinite(estimate) else None
        is_there = math.isfinite(estimate)
        found[name] = Bootstrapped(estimate, interval, n, n_resamples, seed, METHOD.format(name, of)) if is_there else None
    return found


def bca(resampled: Floats, estimate: float, left_out: Floats) -> tuple[float | None, float | None] | None:
    """Return the BCa interval from the values of resamples, (r,), and with each participant or unit, or group of them, left out, (n,).

    NaNs are left aside. None where all resamples give the same.
    """
    from scipy.special import ndtr, ndtri  # at first use: importing it takes long, and pages import this module

    values = np.sort(resampled[~np.isnan(resampled)])
    if len(values) < 2 or values[0] == values[-1]:
        return None
    below = (np.searchsorted(values, estimate, "left") + np.searchsorted(values, estimate, "right")) / 2 / len(values)
    bias = float(ndtri(np.clip(below, 1 / len(values), 1 - 1 / len(values))))
    tail = (1 - CONFIDENCE_LEVEL) / 2
    shifted = bias + ndtri(np.array([tail, 1 - tail]))
    share = ndtr(bias + shifted / (1 - _acceleration(left_out) * shifted))
    last = len(values) - 1
    low, high = values[math.floor(share[0] * last)], values[math.ceil(share[1] * last)]
    return (float(low) if math.isfinite(low) else None), (float(high) if math.isfinite(high) else None)


def _acceleration(left_out: Floats) -> float:
    """Return Efron's acceleration from the values with each one left out; 0 where they do not vary, or not all are finite."""
    if not np.isfinite(left_out).all():
        return 0.0
    change = left_out.mean() - left_out
    squares = float(np.square(change).sum())
    return float((change**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0


def _values(statistics: Mapping[str, Statistic], parts: Iterable[Floats]) -> dict[str, Floats]:
    """Return each statistic of the weights of all parts, (rows,)."""
    found: dict[str, list[Floats]] = {name: [] for name in statistics}
    for weights in parts:
        for name, statistic in statistics.items():
            found[name].append(statistic(weights))
    return {name: np.concatenate(of) for name, of in found.items()}


def _left_out(n: int) -> Iterator[Floats]:
    """Yield the weights without each participant or unit, or of many without each of 1,000 groups as large as another, in parts (r, n)."""
    n_groups, most = min(n, MOST_LEFT_OUT), max(1, MOST_WEIGHTS // n)
    group = np.arange(n) * n_groups // n
    for start in range(0, n_groups, most):
        yield (np.arange(start, min(start + most, n_groups))[:, None] != group).astype(np.float64)


def _resamples(n: int, n_resamples: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield the weights of all resamples in parts, each (r, n)."""
    most = max(1, MOST_WEIGHTS // n)
    for start in range(0, n_resamples, most):
        r = min(most, n_resamples - start)
        drawn = rng.integers(0, n, (r, n)) + np.arange(r)[:, None] * n
        yield np.bincount(drawn.reshape(-1), minlength=r * n).reshape(r, n).astype(np.float64)
