"""Intervals of proportions against scipy, a published example and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.inference.proportions import newcombe, proportion, two_sem, wilson


@given(n=st.integers(1, 500), data=st.data())
@settings(max_examples=60, deadline=None)
def test_wilson_equals_scipy(n: int, data: st.DataObject) -> None:
    """The closed form gives scipy's Wilson interval."""
    from scipy.stats import binomtest

    k = data.draw(st.integers(0, n))
    interval = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_wilson_covers_the_truth_in_95_of_100() -> None:
    """Over many simulated experiments the Wilson interval holds the true proportion about 95 % of the time."""
    rng = np.random.default_rng(1)
    for truth, n in [(0.5, 24), (0.9, 45), (0.7, 200)]:
        intervals = [wilson(int(k), n) for k in rng.binomial(n, truth, size=4000)]
        covered = np.mean([low <= truth <= high for low, high in intervals])
        assert 0.925 < covered < 0.98


def test_newcombe_covers_the_true_difference_in_95_of_100() -> None:
    """Over many simulated participants the Newcombe interval holds the true difference about 95 % of the time."""
    rng = np.random.default_rng(2)
    for p, q, n in [(0.92, 0.82, 45), (0.7, 0.7, 24), (0.6, 0.4, 100)]:
        draws = zip(rng.binomial(n, p, size=4000), rng.binomial(n, q, size=4000), strict=True)
        covered = np.mean([low <= p - q <= high for low, high in (newcombe(int(a), n, int(b), n) for a, b in draws)])
        assert 0.93 < covered < 0.98


def test_newcombe_gives_its_published_example() -> None:
    """56/70 against 48/80 gives 0.0524 to 0.3339, case (a) in Newcombe's 1998 table for method 10."""
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_intervals_at_the_ends_stay_in_range() -> None:
    """With none or all correct the interval ends exactly at 0 or 1 and still has a width."""
    assert wilson(0, 10)[0] == 0.0 < wilson(0, 10)[1]
    assert wilson(10, 10)[1] == 1.0 > wilson(10, 10)[0]


def test_participants_without_trials_do_not_count() -> None:
    """An empty participant adds nothing; without any trial there is no proportion."""
    assert proportion([[1.0, 0.0], []]).n_participants == 1
    with pytest.raises(UsageError, match="at least one trial"):
        proportion([[]])
    with pytest.raises(UsageError, match="at least one trial"):
        wilson(0, 0)


def test_two_sem_is_the_population_formula() -> None:
    """Twice the population sd over root n, as numpy has it."""
    assert two_sem([0.8, 0.9, 0.7]) == pytest.approx(2 * np.std([0.8, 0.9, 0.7]) / np.sqrt(3))
    assert two_sem([0.8]) is None
