"""Anytime-valid t intervals of the mean of normal numbers whose spread is not known.

Against each mean stands the Bayes factor of a one-sample t test, with a normal prior of sd 1 on mean / sd and the right Haar prior on the
sd; by scale invariance it is a nonnegative martingale where the mean is true, so that it reaches 1 / alpha ever with probability alpha at
most (Wang & Ramdas 2023, arXiv:2310.03722, their Gaussian mixture; the right Haar prior is of Lai 1976, Annals of Statistics 4, 265, whose
mixture over the mean is flat). The means against which it stays below 1 / alpha are the interval.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.inference.answer_table import Floats
from core.inference.proportions import CONFIDENCE_LEVEL

PRIOR_N: Final = 1.0  # observations that the prior weighs as much as: its variance is 1 / PRIOR_N
ROUNDING: Final = 1e-12  # squares below it are rounding: values that do not differ give no interval


def intervals(values: Floats) -> Floats:
    """Return the 95 % intervals of the mean after each of n values, (n, 2); infinite up to the fourth and while all are equal."""
    n = np.arange(1, len(values) + 1, dtype=np.float64)
    off = values - values[0]
    mean = np.cumsum(off) / n
    squares = np.cumsum(off**2) - n * mean**2
    half = np.where(squares > ROUNDING, np.sqrt(np.maximum(squares, 0) / (n * np.maximum(n - 1, 1))), np.inf) * critical(n)
    return np.stack([values[0] + mean - half, values[0] + mean + half], axis=1)


def critical(n: Floats) -> Floats:
    """Return the t statistic at which the Bayes factor of n values is 1 / alpha, (n,); infinite where it never is."""
    prior = PRIOR_N / (n + PRIOR_N)
    power = ((1 - CONFIDENCE_LEVEL) ** 2 * prior) ** (1 / n)
    reachable = power > prior
    squared = (n - 1) * (1 - power) / np.where(reachable, power - prior, 1)
    return np.where(reachable, np.sqrt(np.maximum(squared, 0)), np.inf)
