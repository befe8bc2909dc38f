"""Percentiles from histograms against counting, and which units of a layer an image excites most."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit
from core.excitation import Distributions, excited, percentiles
from core.histogram import histogram


def distributions_of(values: np.ndarray, layers: tuple[str, ...] = ()) -> Distributions:
    """Return the distributions of values (U, n)."""
    low, high = values.min(axis=1).astype(np.float64), values.max(axis=1).astype(np.float64)
    found = histogram(values, low, high)
    units = tuple(Unit((layers or ("a",) * len(values))[place], place) for place in range(len(values)))
    cumulative = np.cumsum(found.counts, axis=1, dtype=np.uint32)
    sd = values.std(axis=1, dtype=np.float64)
    return Distributions(units, found.exponent, found.origin, cumulative, values.mean(axis=1, dtype=np.float64), sd)


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-3, 1.0, 70.0]))
def test_percentiles_are_those_of_counting(seed: int, scale: float) -> None:
    """An image's percentile is the share of images below it and half of those level with it, to its own bin's share."""
    rng = np.random.default_rng(seed)
    values = (scale * rng.standard_normal((4, 300))).astype(np.float32)
    found = distributions_of(values)
    for image in (0, 17, 299):
        own = values[:, image]
        slow = 100 * ((values < own[:, None]).mean(axis=1) + (values == own[:, None]).mean(axis=1) / 2)
        widths = np.ldexp(1.0, found.exponent)[:, None]
        near = (np.abs(values - own[:, None]) <= widths).mean(axis=1)
        assert (np.abs(percentiles(found, own) - slow) <= 100 * near).all()


def test_beyond_every_image_is_0_or_100() -> None:
    """A photo of one's own may lie beyond all that was mined."""
    found = distributions_of(np.linspace(-1, 1, 200, dtype=np.float32)[None].repeat(2, axis=0))
    assert percentiles(found, np.array([99.0, -99.0], dtype=np.float32)).tolist() == [100, 0]


def test_the_most_excited_come_first_in_each_layer() -> None:
    """Layers keep their order, constant units are left out, ties in percentile go by sd above the mean."""
    values = np.random.default_rng(0).standard_normal((6, 400)).astype(np.float32)
    values[2] = 1.5
    found = distributions_of(values, ("a", "a", "a", "b", "b", "b"))
    activations = np.array([50.0, 90.0, 1.5, 0.0, 2.9, -3.0], dtype=np.float32)
    first, second = excited(found, activations, n=2)
    assert [one.unit.channel for one in first.units] == [1, 0]
    assert [one.unit.channel for one in second.units] == [4, 3]
    assert (first.layer, first.n_high, first.n) == ("a", 2, 2)
    assert second.n == 3 and second.n_high == int((percentiles(found, activations)[3:] >= 99).sum())
    np.testing.assert_allclose(first.units[0].sd_above, (90.0 - values[1].mean()) / values[1].std(), rtol=1e-4)
