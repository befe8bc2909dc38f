"""Intervals by betting against capital multiplied out, and under stop-when-significant with the worst distributions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inference.betting import FRACTIONS, SHARES, intervals, log_capital


def capital(values: Sequence[float], m: float) -> float:
    """Return the capital against m after betting on one value after the other."""
    held = [[share, share] for share in SHARES]
    for x in values:
        for account, bet in zip(held, FRACTIONS, strict=True):
            account[0] *= 1 + bet / m * (x - m)
            account[1] *= 1 - bet / (1 - m) * (x - m)
    return sum(map(sum, held))


def interval(values: Sequence[float]) -> tuple[float, float]:
    distinct, n = np.unique(np.array(values, dtype=np.float64), return_counts=True)
    low, high = intervals(distinct, n[None, :])[0]
    return float(low), float(high)


@given(st.lists(st.floats(0, 1).map(lambda x: round(x, 3)), min_size=1, max_size=30))
@settings(max_examples=60)
def test_the_interval_is_where_nobody_got_rich(values: list[float]) -> None:
    """Capital is 20 at its ends (but at 0 and 1), below it inside, above it outside; the mean is inside; the order does not matter."""
    low, high = interval(values)
    assert low <= np.mean(values) <= high
    for end, outside in ((low, low - 1e-4), (high, high + 1e-4)):
        if 1e-4 < end < 1 - 1e-4:
            assert capital(values, end) == pytest.approx(20, rel=1e-3)
            assert capital(values, outside) > 20
    assert capital(values, (low + high) / 2) < 20
    assert interval(values[::-1]) == (low, high)


def test_the_first_capital_is_one_and_the_slope_is_the_slope() -> None:
    """All shares add up to 1; the slope is that of a small difference."""
    assert 2 * SHARES.sum() == pytest.approx(1)
    values, n, m = np.array([0.2, 0.5, 0.9]), np.array([[3, 1, 4]]), np.array([0.41])
    (height,), (slope,) = log_capital(values, n, m)
    assert height == pytest.approx(math.log(capital([0.2] * 3 + [0.5] + [0.9] * 4, 0.41)))
    assert slope == pytest.approx(float((log_capital(values, n, m + 1e-6)[0] - log_capital(values, n, m - 1e-6)[0])[0]) / 2e-6, rel=1e-5)


def test_ends_are_zero_and_one_where_nothing_speaks_against_them() -> None:
    """Only ones leave 1 open, only zeros 0."""
    assert interval([1.0] * 5)[1] == 1.0 and interval([1.0] * 5)[0] > 0
    assert interval([0.0] * 5)[0] == 0.0 and interval([0.0] * 5)[1] < 1


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.5])
def test_looking_after_every_value_misleads_at_most_as_often_as_it_says(truth: float) -> None:
    """Over 2,000 courses of 150 zeros and ones, capital against the truth ever reaches 20 in at most 5 % (rare ones are the worst)."""
    rng, values = np.random.default_rng(11), np.array([0.0, 1.0])
    missed = []
    for _ in range(2000):
        ones = np.cumsum(rng.random(150) < truth)
        n = np.stack([np.arange(1, 151) - ones, ones], axis=1)
        height, _ = log_capital(values, n, np.full(150, truth))
        missed.append(bool((height >= math.log(20)).any()))
    assert np.mean(missed) <= 0.05
