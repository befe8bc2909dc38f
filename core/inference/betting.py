"""Anytime-valid intervals of the mean of numbers in [0, 1], by betting: a wrong mean makes somebody rich who bets against it.

Against a mean m, capital is multiplied by 1 + b (x - m) with each x; the bets b are fixed fractions of the largest that cannot lose all,
1 / m upwards and 1 / (1 - m) downwards, with their shares of the first capital. Where the mean is m whatever came before, this capital is
a nonnegative martingale, and by Ville's inequality it ever reaches 1 / alpha with probability at most alpha, however often one looks and
whenever one stops (Waudby-Smith & Ramdas 2024, JRSS B 86, 1: hedged capital; their grid of constant bets). The means that nobody got so
rich against are the interval; it holds the mean of what came, and does not depend on the order.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats
from core.inference.proportions import CONFIDENCE_LEVEL

FRACTIONS: Final = 0.95 * 0.5 ** np.arange(7)  # of the largest bet
SHARES: Final = FRACTIONS / FRACTIONS.sum() / 2  # of the first capital, the same upwards and downwards
THRESHOLD: Final = -math.log(1 - CONFIDENCE_LEVEL)
OUTERMOST: Final = 1e-9
MOST_STEPS: Final = 60
TOLERANCE: Final = 1e-6  # of where an end is


def intervals(values: Floats, n: NDArray[np.int64]) -> Floats:
    """Return the 95 % intervals after each of k looks, (k, 2).

    `values`: the distinct values in [0, 1] that came, (values,); `n`: how often each had come at each look, (k, values), at least once
    in all.
    """
    low = _lower_ends(values, n)
    return np.stack([low, 1 - _lower_ends(1 - values, n)], axis=1)


def log_capital(values: Floats, n: NDArray[np.int64], means: Floats) -> tuple[Floats, Floats]:
    """Return the logarithm of the capital against a mean at each look, and its slope in the mean, both (k,); `means`: (k,)."""
    m, bets, times = means[:, None, None], FRACTIONS[None, :, None], n[:, :, None].astype(np.float64)
    logs, slopes = [], []
    for gain, change in ((values / m, -values / m**2), ((1 - values) / (1 - m), (1 - values) / (1 - m) ** 2)):
        factor = 1 - bets + bets * gain  # (k, bets, values)
        logs.append((np.log(factor) @ times)[:, :, 0] + np.log(SHARES))
        slopes.append((bets * change / factor @ times)[:, :, 0])
    log, slope = np.concatenate(logs, axis=1), np.concatenate(slopes, axis=1)  # (k, 2 bets)
    largest = log.max(axis=1)
    weights = np.exp(log - largest[:, None])
    return largest + np.log(weights.sum(axis=1)), (weights * slope).sum(axis=1) / weights.sum(axis=1)


def _lower_ends(values: Floats, n: NDArray[np.int64]) -> Floats:
    """Return where the capital falls to 1 / alpha below the mean of what came, (k,); 0 where it never is so high.

    The logarithm of the capital is convex in the mean, so that Newton's steps from below stay below: the interval is never too short.
    """
    at, moving = _start(values, n), np.arange(len(n))
    for _ in range(MOST_STEPS):
        height, slope = log_capital(values, n[moving], at[moving])
        step = np.where((height > THRESHOLD) & (slope < 0), (height - THRESHOLD) / np.where(slope < 0, -slope, 1), 0)
        at[moving] += step
        moving = moving[step > TOLERANCE * at[moving]]
        if not len(moving):
            break
    return np.where(at <= OUTERMOST, 0.0, at)


def _start(values: Floats, n: NDArray[np.int64]) -> Floats:
    """Return means below the end that is looked for, near it where a guess is right, (k,)."""
    count = n.sum(axis=1)
    mean = n @ values / count
    variance = np.maximum(n @ values**2 / count - mean**2, 0)
    guess = np.maximum(mean - 5 * np.sqrt(variance / count) - 8 / count, OUTERMOST)
    height, _ = log_capital(values, n, guess)
    return np.where(height > THRESHOLD, guess, OUTERMOST)
