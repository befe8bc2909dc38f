"""What is drawn: colour where the map is, the box outlined, the part enlarged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageColor

from core import overlays
from core.activation_map import Box
from core.palette import EXTREME_COLOURS

GREY_IMAGE = Image.new("RGB", (64, 64), (128, 128, 128))


def pixels(image: Image.Image) -> npt.NDArray[np.int64]:
    return np.asarray(image.convert("RGB")).astype(np.int64)


def distance(colour: npt.NDArray[np.int64], extreme: str) -> float:
    return float(np.abs(colour - np.array(ImageColor.getrgb(EXTREME_COLOURS[extreme]))).sum())  # type: ignore[index]


def test_nothing_is_coloured_where_nothing_responds() -> None:
    """A map of zeros leaves a grey image, also where the scale has no extent."""
    for limit in (1.0, 0.0):
        drawn = pixels(overlays.overlay(Image.new("RGB", (64, 64), (200, 30, 30)), np.zeros((4, 4)), limit=limit))
        assert np.ptp(drawn, axis=2).max() == 0


def test_colour_stands_where_the_map_is() -> None:
    """Above 0 it is orange, below blue, each at its place."""
    values = np.zeros((8, 8))
    values[0:3, 0:3], values[5:8, 5:8] = 2.0, -2.0
    drawn = pixels(overlays.overlay(GREY_IMAGE, values, limit=2.0))
    high, low, middle = drawn[20, 20], drawn[-20, -20], drawn[20, -20]
    assert distance(high, "max") < 100 < distance(high, "min")
    assert distance(low, "min") < 100 < distance(low, "max")
    assert np.ptp(middle) == 0


def test_the_further_the_stronger() -> None:
    """Colour grows with the value, on either side of 0, and ends at the limit."""
    values = np.repeat(np.linspace(-1.5, 1.5, 31)[None, :], 2, axis=0)
    drawn = np.array([pixels(overlays.overlay(GREY_IMAGE, np.full((2, 2), value), limit=1.0))[10, 10] for value in values[0]])
    saturation = np.ptp(drawn, axis=1)
    assert (np.diff(saturation[5:16]) <= 0).all() and (np.diff(saturation[15:26]) >= 0).all()
    assert saturation[15] == 0 and saturation[4] == saturation[5] and saturation[25] == saturation[26]


def test_the_image_shows_through() -> None:
    """Even at the end of the scale light and dark of the image can be told apart."""
    image = Image.fromarray(np.repeat(np.arange(64, dtype=np.uint8)[None, :, None] * 4, 64, axis=0).repeat(3, axis=2))
    drawn = pixels(overlays.overlay(image, np.ones((2, 2)), limit=1.0)).sum(axis=2)
    assert drawn[160, 300] - drawn[160, 20] > 30


@pytest.mark.parametrize(("side", "drawn_px"), [(64, 320), (224, 320), (448, 448)])
def test_drawings_are_large_enough(side: int, drawn_px: int) -> None:
    """Small images are drawn larger, large ones as they are: overlay and part alike."""
    image = Image.new("RGB", (side, side))
    assert overlays.overlay(image, np.zeros((3, 3)), limit=1.0).size == (drawn_px, drawn_px)
    assert overlays.patch(image, Box(1, 1, 9, 20)).size == (drawn_px, drawn_px)


def test_the_box_is_outlined() -> None:
    """White lines stand just inside the box's edges and nowhere else."""
    drawn = pixels(overlays.overlay(Image.new("RGB", (320, 320)), np.zeros((2, 2)), limit=1.0, box=Box(100, 50, 200, 150)))
    rows, columns = np.nonzero((drawn == 255).all(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (51, 148, 101, 198)
    assert not (drawn[60:140, 110:190] == 255).any()


def test_a_box_of_one_pixel_can_be_drawn() -> None:
    """The smallest box has no inside to outline: at most its own pixel differs from the drawing without it."""
    image, maps = Image.new("RGB", (320, 320)), np.zeros((2, 2))
    drawn, bare = (pixels(overlays.overlay(image, maps, limit=1.0, box=box)) for box in (Box(0, 0, 1, 1), None))
    assert not (drawn != bare)[1:, 1:].any()


def test_a_part_is_the_square_around_the_box() -> None:
    """What is enlarged is the square around the box, at its own brightness; without a box the whole image."""
    values = np.zeros((64, 64, 3), np.uint8)
    values[10:30, 20:40] = (10, 200, 30)
    image = Image.fromarray(values)
    assert (pixels(overlays.patch(image, Box(20, 10, 40, 30))) == (10, 200, 30)).all()
    assert (pixels(overlays.patch(image, None))[0, 0] == 0).all()


def test_a_few_pixels_are_enlarged_as_they_are() -> None:
    """A part of a few pixels shows these pixels, not a blur."""
    values = np.zeros((64, 64, 3), np.uint8)
    values[0:2, 0:2] = [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]]
    assert len(np.unique(pixels(overlays.patch(Image.fromarray(values), Box(0, 0, 2, 2))).reshape(-1, 3), axis=0)) == 4


def test_grayscale_images_are_drawn() -> None:
    """What a grayscale network sees is drawn like any other."""
    gray = Image.new("L", (64, 64), 90)
    assert overlays.overlay(gray, np.ones((2, 2)), limit=1.0).mode == overlays.patch(gray, Box(0, 0, 20, 20)).mode == "RGB"


def test_the_ramp_is_the_scale() -> None:
    """The scale's colours are those that values get over mid-grey: blue over grey to orange, or from grey on."""
    signed, unsigned = overlays.ramp(is_signed=True), overlays.ramp(is_signed=False)
    assert len(signed) == len(unsigned) == overlays.RAMP_STEPS
    middle = np.array(ImageColor.getrgb(signed[len(signed) // 2]))
    assert np.ptp(middle) == 0 and unsigned[0] == signed[len(signed) // 2] and unsigned[-1] == signed[-1]
    drawn = pixels(overlays.overlay(GREY_IMAGE, np.full((2, 2), -1.0), limit=1.0))[9, 9]
    assert np.abs(drawn - np.array(ImageColor.getrgb(signed[0]))).max() <= 1
