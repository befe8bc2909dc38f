"""Rankings and distributions of activations agree with slow recomputation, however the images were cut into shards."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ranking import Summary, keys_of, merged, merged_all, summarise

Matrix = npt.NDArray[np.float32]


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    """Draw activations (n_images, C) with many ties, zeros of both signs and constant columns among them."""
    shape = draw(st.integers(1, 30)), draw(st.integers(1, 4))
    steps = draw(st.lists(st.integers(-3, 3), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    signs = draw(st.lists(st.sampled_from([-0.0, 0.0]), min_size=len(steps), max_size=len(steps)))
    values = [sign if step == 0 else step * 0.37 for step, sign in zip(steps, signs, strict=True)]
    return np.array(values, dtype=np.float32).reshape(shape)


def assert_equal(one: Summary, other: Summary) -> None:
    """Bit for bit the same."""
    assert one.top_k == other.top_k
    for name in ("top_keys", "bottom_keys", "low", "high"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for mine, theirs in zip(one.bins, other.bins, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(one.moments) == len(other.moments)
    for first, second in zip(one.moments, other.moments, strict=True):
        for field in fields(first):
            np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


@given(matrices(), st.integers(1, 40))
def test_summary_is_that_of_sorted_lists(matrix: Matrix, top_k: int) -> None:
    """Both extremes are stable rankings, ties by image id, with their activations and moments."""
    found = summarise(matrix, top_k=top_k)
    (top_ids, top_activations), (bottom_ids, bottom_activations) = found.top(), found.bottom()
    mean, sd = found.mean_and_sd()
    for channel in range(matrix.shape[1]):
        column = matrix[:, channel].tolist()
        top = sorted(range(len(column)), key=lambda image: (-column[image], image))[:top_k]
        bottom = sorted(range(len(column)), key=lambda image: (column[image], image))[:top_k]
        assert top_ids[channel].tolist() == top and bottom_ids[channel].tolist() == bottom
        assert top_activations[channel].tolist() == [column[image] for image in top]
        assert bottom_activations[channel].tolist() == [column[image] for image in bottom]
        assert mean[channel] == pytest.approx(float(np.mean(column)), abs=1e-9)
        assert sd[channel] == pytest.approx(float(np.std(column)), abs=1e-9)
        assert (found.low[channel], found.high[channel]) == (min(column), max(column))
        assert found.bins.counts[channel].sum() == len(column)


@given(matrices(), st.lists(st.integers(1, 29), max_size=5), st.integers(1, 12), st.randoms())
def test_merging_is_exact_associative_and_commutative(matrix: Matrix, cuts: list[int], top_k: int, random: object) -> None:
    """Shards merged in any order and grouping give one and the same summary, and its ranks are those of all images at once."""
    edges = [0, *sorted({cut for cut in cuts if cut < len(matrix)}), len(matrix)]
    parts = [summarise(matrix[a:b], top_k=top_k, first_image=a) for a, b in pairwise(edges)]
    in_order = merged_all(parts)
    while len(parts) > 1:
        first = parts.pop(random.randrange(len(parts)))  # type: ignore[attr-defined]
        second = parts.pop(random.randrange(len(parts)))  # type: ignore[attr-defined]
        parts.append(merged(first, second))
    assert_equal(parts[0], in_order)
    whole = summarise(matrix, top_k=top_k)
    for name in ("top_keys", "bottom_keys", "low", "high"):
        np.testing.assert_array_equal(getattr(in_order, name), getattr(whole, name))
    np.testing.assert_array_equal(in_order.bins.counts, whole.bins.counts)
    np.testing.assert_allclose(in_order.mean_and_sd()[1], whole.mean_and_sd()[1], atol=1e-12)


@given(matrices())
def test_keys_come_back(matrix: Matrix) -> None:
    """From ids and activations a summary's keys are made again."""
    found = summarise(matrix, top_k=7)
    np.testing.assert_array_equal(keys_of(*found.top(), highest_first=True), found.top_keys)
    np.testing.assert_array_equal(keys_of(*found.bottom(), highest_first=False), found.bottom_keys)


def test_order_holds_for_any_floats() -> None:
    """From the largest negative to the largest positive value, tiny ones too, activations come back as they were."""
    values = np.array([[3e38], [-3e38], [1e-45], [-1e-45], [0.0], [1.5], [-1.5]], np.float32)
    found = summarise(values, top_k=7)
    assert found.top()[1][0].tolist() == sorted(values[:, 0].tolist(), reverse=True)
    assert found.bottom()[1][0].tolist() == sorted(values[:, 0].tolist())


def test_k_beyond_the_images_gives_all_of_them() -> None:
    """A ranking is never longer than there are images; fewer can be kept."""
    found = summarise(np.array([[3.0], [1.0], [2.0]], dtype=np.float32), top_k=10)
    assert found.bottom()[0].tolist() == [[1, 2, 0]] and found.n == 3
    assert found.replaced(top_k=2).top()[0].tolist() == [[0, 2]]


def test_means_of_many_shards_are_exact_enough() -> None:
    """Values far from zero keep their spread, cut into shards."""
    values = (1e4 + np.random.default_rng(0).normal(0, 0.01, (5000, 2))).astype(np.float32)
    parts = [summarise(values[a : a + 512], top_k=3, first_image=a) for a in range(0, 5000, 512)]
    mean, sd = merged_all(parts).mean_and_sd()
    np.testing.assert_allclose(mean, values.astype(np.float64).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(sd, values.astype(np.float64).std(axis=0), rtol=1e-9)
