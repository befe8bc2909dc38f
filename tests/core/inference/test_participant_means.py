"""Means over participants against scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference.participant_means import participant_mean


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20).filter(lambda values: max(values) - min(values) > 1e-3))
def test_the_interval_is_that_of_a_one_sample_t_test(values: list[float]) -> None:
    """Mean and interval are scipy's, whoever comes first."""
    from scipy.stats import ttest_1samp

    found, wanted = participant_mean(values), ttest_1samp(values, 0).confidence_interval(0.95)
    assert found is not None and found.interval == pytest.approx((wanted.low, wanted.high), abs=1e-9)
    assert found == participant_mean(sorted(values))


def test_participants_without_a_value_do_not_count() -> None:
    """NaNs are left aside; one value, and equal ones, have no interval; none at all give nothing."""
    found = participant_mean([1.0, math.nan])
    assert found is not None and (found.mean, found.interval, found.n_participants) == (1.0, None, 1)
    equal = participant_mean([0.5, 0.5, 0.5])
    assert equal is not None and equal.interval is None
    assert participant_mean([math.nan]) is None


def test_the_interval_is_cut_to_the_possible_range() -> None:
    """A bound beyond what the number can be is drawn in."""
    found = participant_mean([0.2, 0.9, 1.0], within=(0.0, 1.0))
    assert found is not None and found.interval is not None
    assert found.interval == (0.0, 1.0)
