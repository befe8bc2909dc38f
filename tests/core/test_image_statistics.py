"""Statistics of images: published colours, what leaves them as they are, and slow computations beside the fast ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import image_statistics
from core.errors import UsageError
from core.image_statistics import DIMENSIONS, STATISTICS, Floats, Pixels

images = st.tuples(st.integers(1, 3), st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 3])).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 255))
)


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_of_known_colours(rgb: tuple[int, ...], expected: tuple[float, ...]) -> None:
    """sRGB's corners have their published CIELAB values (D65), to the digits of the matrix."""
    found = image_statistics.mean_colour(np.array(rgb, np.uint8).reshape(1, 1, 1, 3))
    np.testing.assert_allclose(found[0], expected, atol=0.05)


@given(images)
def test_shapes_and_finite_values(pixels: Pixels) -> None:
    """Every statistic gives float32 (n, d), finite, for images of any size, RGB and grayscale; one image's do not depend on others."""
    for name, statistic in STATISTICS.items():
        found = statistic(pixels)
        assert found.shape == (len(pixels), DIMENSIONS[name])
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        np.testing.assert_allclose(statistic(pixels[:1])[0], found[0], rtol=1e-4, atol=1e-3)


def test_even_images_have_no_contrast_and_no_salient_centre() -> None:
    """An image of one colour has contrast and saliency 0."""
    even = np.full((1, 96, 128, 3), (10, 200, 90), np.uint8)
    np.testing.assert_allclose(image_statistics.contrast(even), 0, atol=1e-4)
    np.testing.assert_allclose(image_statistics.centre_saliency(even), 0, atol=1e-4)


def test_contrast_by_scale() -> None:
    """The sd of L* is that of the pixels; a fine checkerboard has its contrast in the finest octave, a coarse one in a coarser."""
    rows, columns = np.indices((64, 64))
    fine, coarse = ((((rows // size + columns // size) % 2) * 255).astype(np.uint8)[None, :, :, None] for size in (1, 8))
    found = image_statistics.contrast(np.concatenate([fine, coarse]))
    np.testing.assert_allclose(found[:, 0], 50, atol=0.1)  # L* is 0 or 100
    np.testing.assert_allclose(found[0, 1:], [50, 0, 0, 0], atol=0.1)
    np.testing.assert_allclose(found[1, 1:], [0, 0, 0, 50], atol=0.1)


def test_salient_centre() -> None:
    """A bright spot in the middle makes the centre stand out in L*, one in a corner the surround."""
    grey = np.full((2, 96, 96, 3), 60, np.uint8)
    grey[0, 44:52, 44:52], grey[1, 4:12, 4:12] = 250, 250
    middle, corner = image_statistics.centre_saliency(grey)[:, [0, 3]]
    assert (middle > 0).all()
    assert (corner < 0).all()


def test_centre_saliency_as_slowly_computed() -> None:
    """The maps are those of a computation pixel by pixel."""
    pixels = np.random.default_rng(3).integers(0, 256, (1, 32, 64, 3)).astype(np.uint8)
    np.testing.assert_allclose(
        image_statistics.centre_saliency(pixels)[0], _slow_saliency(image_statistics.lab(pixels)[0]), rtol=1e-3, atol=1e-3
    )


def _slow_saliency(colours: Floats) -> list[float]:
    found = []
    for level in (1, 2):
        fine, coarse = 2**level, 2 ** (level + 3)
        for channel in range(3):
            plane = colours[..., channel].astype(np.float64)
            inside, outside = [], []
            for i in range(32 // fine):
                for j in range(64 // fine):
                    y, x = i * fine, j * fine
                    block = plane[y : y + fine, x : x + fine].mean()
                    around = plane[y // coarse * coarse :, x // coarse * coarse :][:coarse, :coarse].mean()
                    is_inside = 8 <= y < 24 and 16 <= x < 48
                    (inside if is_inside else outside).append(abs(block - around))
            found.append(float(np.mean(inside) - np.mean(outside)))
    return found


@pytest.mark.parametrize("shape", [(4, 4, 3), (1, 4, 4, 2), (1, 0, 4, 3)])
def test_what_is_no_image_is_refused(shape: tuple[int, ...]) -> None:
    """Arrays of another shape are refused with a sentence."""
    with pytest.raises(UsageError, match="uint8"):
        image_statistics.mean_colour(np.zeros(shape, np.uint8))
