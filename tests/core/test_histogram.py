"""Histograms with power-of-two bins: what merges is what would have been counted at once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core import histogram
from core.histogram import N_BINS

Values = npt.NDArray[np.float32]
finite = st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-(2.0**100), max_value=2.0**100)


def matrices() -> st.SearchStrategy[Values]:
    """Draw values (C, n) of any size, ties and zeros among them."""
    elements = st.one_of(finite, st.integers(-3, 3).map(float), st.floats(-1, 1, width=32))
    return arrays.arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 30)), elements=elements)


def counted(values: Values) -> histogram.Histogram:
    wide = values.astype(np.float64)
    return histogram.histogram(values, wide.min(axis=1), wide.max(axis=1))


@given(matrices())
def test_every_value_lies_in_its_bin(values: Values) -> None:
    """Counts are those of an obvious loop; at least half of the bins are in use unless float32 cannot tell more values apart."""
    found = counted(values)
    for channel, row in enumerate(values):
        width = 2.0 ** int(found.exponent[channel])
        expected = [0] * N_BINS
        for value in row.tolist():
            expected[math.floor(value / width) - int(found.origin[channel])] += 1
        assert found.counts[channel].tolist() == expected
        if width > 2.0**-149 * 4 and width > float(np.abs(row).max()) * 2.0**-22:
            assert (float(row.max()) - float(row.min())) / width >= N_BINS / 2 - 2


@given(matrices(), st.integers(1, 29))
def test_merging_is_counting_at_once(values: Values, cut: int) -> None:
    """Cut anywhere, the parts merge into the histogram of the whole."""
    if cut >= values.shape[1]:
        return
    wide = values.astype(np.float64)
    whole = counted(values)
    found = histogram.merged(counted(values[:, :cut]), counted(values[:, cut:]), wide.min(axis=1), wide.max(axis=1))
    for one, other in zip(found, whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_few_bins_hold_all_values() -> None:
    """For a chart, neighbours are put together; no image is lost and the bins stand where the values are."""
    values = np.random.default_rng(1).normal(30, 4, (1, 5000)).astype(np.float32)
    bins = counted(values)
    low, width, counts = histogram.collapsed(int(bins.exponent[0]), int(bins.origin[0]), bins.counts[0], at_most=64)
    assert sum(counts) == 5000 and 32 <= len(counts) <= 64
    edges = low + width * np.arange(len(counts) + 1)
    np.testing.assert_array_equal(counts, np.histogram(values[0].astype(np.float64), bins=edges)[0])


@pytest.mark.parametrize("percent", [0, 1, 5, 50, 85, 95, 99, 99.9, 100])
def test_percentiles_are_numpys_to_a_bin(percent: float) -> None:
    """A percentile differs from the exact one by at most a bin."""
    values = np.random.default_rng(3).normal(0, 1, (1, 20_000)).astype(np.float32)
    bins = counted(values)
    found = histogram.percentile(int(bins.exponent[0]), int(bins.origin[0]), bins.counts[0], percent)
    assert found == pytest.approx(np.percentile(values[0], percent, method="inverted_cdf"), abs=2.0 ** int(bins.exponent[0]))


def test_equal_values_have_one_bin() -> None:
    """A constant channel, zero too, is one full bin."""
    for value in (0.0, 3.7, -1e-20):
        bins = counted(np.full((1, 9), value, np.float32))
        assert bins.counts[0, 0] == 9 and bins.counts.sum() == 9
        assert histogram.collapsed(int(bins.exponent[0]), int(bins.origin[0]), bins.counts[0], at_most=64)[2] == (9,)
