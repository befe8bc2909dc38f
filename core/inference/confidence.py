"""Confidence by condition: shares of its three levels, and whether they differ between conditions (chi-squared)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

LEVELS = (1, 2, 3)
CONFIDENCE_METHOD = "share of trials with each confidence, 1 to 3, pooled over trials"
CHI2_METHOD = (
    "Pearson's chi-squared of condition x confidence over pooled main trials, without continuity correction; it takes trials as "
    "independent, which those of one participant are not; cramers_v = sqrt(chi2 / (n min(rows - 1, columns - 1)))"
)


@dataclass(frozen=True, slots=True)
class ConfidenceShares:
    """Shares of confidence 1, 2 and 3 among `n_trials` trials."""

    low: float = field(metadata={"key": "1"})
    middle: float = field(metadata={"key": "2"})
    high: float = field(metadata={"key": "3"})
    n_trials: int = 0
    method: str = CONFIDENCE_METHOD

    @property
    def shares(self) -> tuple[float, float, float]:
        return self.low, self.middle, self.high


@dataclass(frozen=True, slots=True)
class ChiSquared:
    """A test of condition x confidence; levels and conditions without any trial are no part of it."""

    chi2: float
    df: int
    p: float
    cramers_v: float
    n_trials: int
    method: str = CHI2_METHOD


def chi_squared(counts: Iterable[tuple[int, int, int]]) -> ChiSquared | None:
    """Return the test of counts, each condition's trials with confidence 1, 2, 3; None where fewer than two of either are left."""
    from scipy.special import chdtrc  # at first use: importing it takes long, and pages import this module

    rows = np.array([row for row in counts if any(row)], dtype=np.float64)
    seen = rows[:, rows.any(axis=0)] if len(rows) else rows
    if min(seen.shape) < 2:
        return None
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / seen.sum()
    chi2, n = float(((seen - expected) ** 2 / expected).sum()), int(seen.sum())
    n_rows, n_columns = seen.shape
    df = (n_rows - 1) * (n_columns - 1)
    return ChiSquared(chi2, df, float(chdtrc(df, chi2)), math.sqrt(chi2 / (n * (min(n_rows, n_columns) - 1))), n)


def shares_of_counts(row: tuple[int, int, int]) -> ConfidenceShares:
    """Return the shares of numbers of trials with confidence 1, 2 and 3, of which there is one at least."""
    n = sum(row)
    return ConfidenceShares(row[0] / n, row[1] / n, row[2] / n, n)
