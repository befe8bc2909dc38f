"""Likeness of units: against numpy.corrcoef and against sets, and what a sample of images is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.similar_units import most_alike, sampled_images, shared_exemplars, standardised


@given(seed=st.integers(0, 10_000), offset=st.sampled_from([0.0, 5.0, -300.0]), scale=st.sampled_from([1e-3, 1.0, 50.0]))
def test_products_of_standardised_rows_are_correlations(seed: int, offset: float, scale: float) -> None:
    """The product of two rows is numpy's correlation coefficient; a constant row has none with anybody, itself included."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(60)
    values = (scale * (rng.standard_normal((5, 60)) + common) + offset).astype(np.float32)
    values[3] = offset + 0.1
    found = standardised(values)
    varying = [0, 1, 2, 4]
    expected = np.corrcoef(values[varying].astype(np.float64))
    np.testing.assert_allclose((found @ found.T)[np.ix_(varying, varying)], expected, atol=2e-4)
    assert not found[3].any()


@given(seed=st.integers(0, 10_000), k=st.integers(1, 20))
def test_shares_in_common_are_those_of_sets(seed: int, k: int) -> None:
    """The share of exemplars in common is the size of the sets' intersection over that of one's own."""
    rng = np.random.default_rng(seed)
    exemplars = np.array([rng.choice(40, k, replace=False) for _ in range(6)])
    slow = [len(set(exemplars[0].tolist()) & set(row.tolist())) / k for row in exemplars]
    assert shared_exemplars(exemplars, exemplars[0]).tolist() == pytest.approx(slow)


def test_most_alike_are_others_in_falling_order() -> None:
    """One's own unit is left out, equals keep their order, and units that are not alike at all are not named."""
    assert most_alike(np.array([0.2, 1.0, 0.2, -0.5, 0.0, 0.9]), but_for=1, n=3) == [5, 0, 2]
    assert most_alike(np.array([1.0, -0.5, 0.0]), but_for=0, n=3) == []


@given(n_images=st.integers(1, 5000), part=st.integers(1, 300), most=st.integers(16, 500))
def test_samples_are_bounded_and_fixed(n_images: int, part: int, most: int) -> None:
    """A sample has at most so many different images from at most so many parts, is the same each time, and is all where all fit."""
    found = sampled_images(n_images, part_images=part, most_images=most, most_parts=4)
    assert found.tolist() == sorted(set(found.tolist()))
    assert 0 <= found.min() <= found.max() < n_images
    assert len(found) <= most
    assert found.tolist() == sampled_images(n_images, part_images=part, most_images=most, most_parts=4).tolist()
    if n_images <= most:
        assert len(found) == n_images
    else:
        assert len(set((found // part).tolist())) <= 4
