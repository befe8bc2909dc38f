"""Bootstrap intervals against scipy's BCa, closed forms and simulation."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.inference.answer_table import Floats
from core.inference.bootstrap import _acceleration, _left_out, bca, bootstrap
from core.inference.effect_sizes import mean


def test_the_interval_is_that_of_scipy() -> None:
    """Of a skewed sample's mean, bounds are those of scipy's BCa to a twenty-fifth of the width."""
    from scipy.stats import bootstrap as reference

    values = np.random.default_rng(0).exponential(size=30)
    found = bootstrap({"mean": mean(values)}, 30, of="participants", n_resamples=10_000)["mean"]
    wanted = reference((values,), np.mean, n_resamples=10_000, rng=1).confidence_interval
    assert found is not None and found.interval == pytest.approx((wanted.low, wanted.high), abs=(wanted.high - wanted.low) / 25)
    assert (found.estimate, found.n, found.n_resamples, found.seed) == (pytest.approx(values.mean()), 30, 10_000, 0)
    assert "BCa" in found.method and "participants" in found.method


def test_without_bias_and_skewness_bounds_are_percentiles() -> None:
    """Of symmetric resamples about the estimate, with equal influence of all, BCa is the percentile interval."""
    resampled = np.linspace(-1, 1, 100_001)
    found = bca(resampled, 0.0, np.zeros(5))
    assert found == pytest.approx((-0.95, 0.95), abs=1e-3)
    assert bca(resampled[::-1], 0.0, np.zeros(5)) == found


def test_infinite_bounds_are_none_and_equal_resamples_no_interval() -> None:
    """Resamples without bound leave that side open; NaNs are left aside; where all are equal nothing is claimed."""
    resampled = np.concatenate([np.linspace(1, 2, 90), np.full(10, np.inf), np.full(50, np.nan)])
    found = bca(resampled, 1.5, np.array([1.4, np.inf]))
    assert found is not None and found[0] is not None and found[1] is None
    assert bca(np.ones(100), 1.0, np.ones(5)) is None


def test_the_same_seed_gives_the_same_interval() -> None:
    """An interval is a function of values and seed; one participant has none."""
    values = np.arange(12.0)
    a, b, other = (bootstrap({"m": mean(values)}, 12, of="units", n_resamples=500, seed=seed)["m"] for seed in (3, 3, 4))
    assert a == b and a is not None and other is not None and a.interval != other.interval
    assert bootstrap({"m": mean(values[:1])}, 1, of="units") == {"m": None}


def test_many_units_are_drawn_in_parts() -> None:
    """2,000 units, 3,000 resamples: the interval of the mean is about that of the normal distribution."""
    values = np.random.default_rng(1).normal(size=2000)
    found = bootstrap({"m": mean(values)}, 2000, of="units", n_resamples=3000)["m"]
    half = 1.96 * values.std(ddof=1) / np.sqrt(2000)
    assert found is not None and found.interval == pytest.approx((values.mean() - half, values.mean() + half), abs=0.15 * half)


def test_of_many_groups_are_left_out() -> None:
    """A statistic of 5,000 is asked for 1,000 values beside the resamples and the estimate; the acceleration is that of each left out."""
    values, asked = np.random.default_rng(5).exponential(size=5000), []

    def counted(weights: Floats) -> Floats:
        asked.append(len(weights))
        return mean(values)(weights)

    bootstrap({"m": counted}, 5000, of="units", n_resamples=100)
    assert sum(asked) == 100 + 1000 + 1
    left_out = np.concatenate([mean(values)(weights) for weights in _left_out(5000)])
    off = values - values.mean()
    assert _acceleration(left_out) == pytest.approx((off**3).sum() / (6 * (off**2).sum() ** 1.5), abs=4 * 0.65 / 1000)
    assert [len(part) for part in _left_out(3)] == [3]
    assert next(_left_out(3)).tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_ten_thousand_resamples_of_forty_take_no_time() -> None:
    """Less than half a second of the processor."""
    values, begun = np.random.default_rng(2).normal(size=40), time.process_time()
    bootstrap({"m": mean(values)}, 40, of="participants", n_resamples=10_000)
    assert time.process_time() - begun < 0.5
