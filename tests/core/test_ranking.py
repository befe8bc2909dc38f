"""Rankings and distributions of activations agree with slow recomputation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ranking import N_BINS, histogram, rank, summarise


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Draw activations (n_images, C) with many ties, constant columns among them."""
    shape = draw(st.integers(1, 30)), draw(st.integers(1, 4))
    steps = draw(st.lists(st.integers(-3, 3), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    return np.array(steps, dtype=np.float32).reshape(shape) * np.float32(0.37)


@given(matrices(), st.integers(1, 40))
def test_summary_is_that_of_sorted_lists(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]], top_k: int) -> None:
    """Both extremes are stable rankings, ties by image id, with their activations and moments."""
    found = summarise(matrix, top_k=top_k)
    for channel in range(matrix.shape[1]):
        column = matrix[:, channel].tolist()
        top = sorted(range(len(column)), key=lambda image: (-column[image], image))[:top_k]
        bottom = sorted(range(len(column)), key=lambda image: (column[image], image))[:top_k]
        assert found.top_ids[channel].tolist() == top and found.bottom_ids[channel].tolist() == bottom
        assert found.top_activations[channel].tolist() == [column[image] for image in top]
        assert found.bottom_activations[channel].tolist() == [column[image] for image in bottom]
        assert found.mean[channel] == pytest.approx(float(np.mean(column)), abs=1e-9)
        assert found.sd[channel] == pytest.approx(float(np.std(column)), abs=1e-9)
        assert (found.low[channel], found.high[channel]) == (min(column), max(column))


@given(matrices())
def test_every_image_is_in_one_bin(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
    """A histogram has 64 bins whose counts sum to the number of images, constant columns too."""
    counts = histogram(matrix.astype(np.float64))
    assert counts.shape == (matrix.shape[1], N_BINS)
    assert (counts.sum(axis=1) == len(matrix)).all()


def test_histogram_is_numpys() -> None:
    """On activations that are not at the bins' edges the counts are numpy's."""
    values = np.random.default_rng(2).standard_normal((500, 3))
    expected = [np.histogram(column, bins=N_BINS, range=(column.min(), column.max()))[0].tolist() for column in values.T]
    assert histogram(values).tolist() == expected


def test_k_beyond_the_images_gives_all_of_them() -> None:
    """A ranking is never longer than there are images."""
    assert rank(np.array([[3.0], [1.0], [2.0]], dtype=np.float32), 10).tolist() == [[1, 2, 0]]
