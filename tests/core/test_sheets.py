"""Images as files to hand on: PNG that say how they were made, contact sheets, animations of a course."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image
from PIL.ImageColor import getrgb

from core import sheets
from core.errors import ImageError, UsageError
from core.imaging import encode_png
from core.sheets import SheetBlock, SheetRow, contact_sheet, course_gif, png_with_spec, spec_of_png

CONTENT = {"unit": "mixed4b:465", "index": 3, "spec": {"preset": "päper 🜂", "transforms": [{"kind": "pad", "px": 12}]}}
GROUND = getrgb(sheets.GROUND)
PANEL = getrgb(sheets.PANEL)


def noise(side_px: int = 40, *, seed: int = 0, grey: bool = False) -> Image.Image:
    """Return a random image, in colour or grey."""
    shape = (side_px, side_px) if grey else (side_px, side_px, 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def plain(colour: str, side_px: int = 40) -> Image.Image:
    """Return an image of one colour."""
    return Image.new("RGB", (side_px, side_px), colour)


def block(n: int, *, colour: str = "red", note: str = "activation 1 to 2") -> SheetBlock:
    """Return a block of n images of one colour."""
    return SheetBlock("Synthetic", tuple(plain(colour) for _ in range(n)), "#CC79A7", note=note, missing="not rendered")


def sheet_of(*blocks: SheetBlock, cell_px: int = 64, caption: str = "Maximally activating", title: str = "mixed4b:465") -> Image.Image:
    """Return a sheet of one row."""
    row = SheetRow(caption, blocks, "#D55E00", notes=("4,000 natural images",))
    return contact_sheet([row], cell_px=cell_px, title=title, subtitle="tiny on shapes")


def n_pixels(image: Image.Image, colour: tuple[int, ...]) -> int:
    """Return how many pixels have exactly this colour."""
    return int((np.asarray(image) == np.asarray(colour)).all(axis=2).sum())


# --- PNG that say how they were made ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grey", [False, True])
def test_a_png_keeps_its_pixels_and_says_how_it_was_made(grey: bool) -> None:
    """Pixels and mode stay as they are; what was put in is read back, whatever letters it has."""
    png = encode_png(noise(grey=grey))
    marked = png_with_spec(png, CONTENT)
    before, after = Image.open(io.BytesIO(png)), Image.open(io.BytesIO(marked))
    assert after.mode == before.mode and np.array_equal(np.asarray(after), np.asarray(before))
    assert spec_of_png(marked) == CONTENT
    assert b"iTXtexemplary\0" in marked


def test_a_second_description_replaces_the_first() -> None:
    """A PNG never says two things of itself."""
    marked = png_with_spec(png_with_spec(encode_png(noise()), CONTENT), {"unit": "mixed3a:1"})
    assert spec_of_png(marked) == {"unit": "mixed3a:1"}
    assert marked.count(b"iTXt") == 1


def test_numbers_that_json_lacks_become_null() -> None:
    """NaN and infinities would make the chunk unreadable for others."""
    marked = png_with_spec(encode_png(noise()), {"margin_sd": math.inf, "list": (math.nan, 1.5), "deep": {"x": -math.inf}})
    assert spec_of_png(marked) == {"margin_sd": None, "list": [None, 1.5], "deep": {"x": None}}


@pytest.mark.parametrize("text", [None, "{not json", "[1, 2]"])
def test_a_png_without_a_description_has_none(text: str | None) -> None:
    """A missing chunk, or one that holds something else, is no description."""
    info = sheets.PngImagePlugin.PngInfo()
    if text is not None:
        info.add_itxt(sheets.SPEC_KEY, text)
    buffer = io.BytesIO()
    noise().save(buffer, "PNG", pnginfo=info)
    assert spec_of_png(buffer.getvalue()) is None


@pytest.mark.parametrize("content", [b"", b"no image", encode_png(noise())[:60]])
def test_what_is_no_png_is_refused(content: bytes) -> None:
    """Empty, foreign and cut-off bytes are refused with a reason."""
    with pytest.raises(ImageError, match="PNG"):
        png_with_spec(content, CONTENT)
    with pytest.raises(ImageError, match="PNG"):
        spec_of_png(content)


# --- contact sheets -----------------------------------------------------------------------------------------------------------


def test_nine_images_are_three_by_three_of_cells() -> None:
    """Every image has its cell, with gaps of the ground between them."""
    colours = ["#ff0000", "#00ff00", "#0000ff", "#ffff00", "#ff00ff", "#00ffff", "#800000", "#008000", "#000080"]
    found = sheet_of(SheetBlock("Natural", tuple(plain(one) for one in colours), "#009E73"))
    assert [n_pixels(found, getrgb(one)) for one in colours] == [64 * 64] * 9
    places = [np.argwhere((np.asarray(found) == getrgb(one)).all(axis=2)).min(axis=0) for one in colours]
    assert places[1][0] == places[0][0] and places[1][1] > places[0][1] + 64
    assert places[3][1] == places[0][1] and places[3][0] > places[0][0] + 64


@pytest.mark.parametrize(("n", "n_empty"), [(1, 0), (2, 2), (4, 0), (5, 4), (8, 1), (9, 0), (12, 0)])
def test_fewer_images_have_a_coarser_grid(n: int, n_empty: int) -> None:
    """The block stays as large: its images fill it, empty places are panels, more than nine are left out."""
    found, whole = sheet_of(block(n)), sheet_of(block(9))
    assert found.size == whole.size
    side = math.ceil(math.sqrt(min(n, 9)))
    n_red = n_pixels(found, (255, 0, 0))
    assert n_red == pytest.approx(min(n, 9) * ((3 * 64 + 4) / side) ** 2, rel=0.05)
    assert n_pixels(found, PANEL) == pytest.approx(n_red / min(n, 9) * n_empty, rel=0.05, abs=60)  # edges of letters


def test_a_block_without_images_says_why() -> None:
    """A panel as large as the block bears the reason."""
    found = sheet_of(block(0))
    panel = n_pixels(found, PANEL)
    whole = (3 * 64 + 2 * 2) ** 2
    assert 0.9 * whole < panel < whole
    assert n_pixels(sheet_of(SheetBlock("Synthetic", (), "#CC79A7", missing="")), PANEL) == pytest.approx(whole, abs=60)


@pytest.mark.parametrize("cell_px", [24, 64, 160])
def test_long_words_stay_inside(cell_px: int) -> None:
    """However long the words, the margin stays empty, and the sheet is as large as with short ones."""
    long = "a_layer_of_a_network/with.a.very.long.name" * 4
    found = sheet_of(block(9, note=long), block(0), cell_px=cell_px, caption=long, title=long)
    assert found.size == sheet_of(block(9), block(0), cell_px=cell_px).size
    pixels = np.asarray(found)
    assert (pixels[:, -cell_px // 4 :] == GROUND).all() and (pixels[-cell_px // 4 :] == GROUND).all()
    assert not (pixels[:, : cell_px // 2] == GROUND).all()


def test_grey_images_and_many_rows_fit() -> None:
    """Grey images are shown as they are; each row is one block higher; a row may have fewer blocks than another."""
    row = SheetRow("Row", (SheetBlock("Natural", (noise(grey=True),), "#009E73"), block(3)), "#0072B2")
    heights = [contact_sheet([row] * n, cell_px=48, title="t").height for n in (1, 2, 3)]
    assert heights[2] - heights[1] == heights[1] - heights[0] > 3 * 48
    shorter = SheetRow("Row", (block(1),), "#0072B2")
    assert contact_sheet([row, shorter], cell_px=48, title="t").height == heights[1]


@pytest.mark.parametrize(("n_rows", "cell_px"), [(0, 64), (1, 0), (1, -5), (1, 23)])
def test_a_sheet_of_nothing_is_refused(n_rows: int, cell_px: int) -> None:
    """Without rows, or with cells too small to see anything, the sentence says what came."""
    with pytest.raises(UsageError, match=f"{n_rows} rows of {cell_px} px"):
        contact_sheet([SheetRow("Row", (block(1),), "#0072B2")] * n_rows, cell_px=cell_px, title="t")


# --- the course of an optimisation --------------------------------------------------------------------------------------------


def smooth(seed: int, side_px: int = 200) -> Image.Image:
    """Return a smooth image in colour, with more colours than a GIF has."""
    return noise(6, seed=seed).resize((side_px, side_px), Image.Resampling.BICUBIC)


def frames_of(gif: bytes) -> list[tuple[Image.Image, int]]:
    """Return every frame in colour, and how long it stays."""
    image = Image.open(io.BytesIO(gif))
    found = []
    for number in range(image.n_frames):
        image.seek(number)
        found.append((image.convert("RGB"), image.info["duration"]))
    return found


def test_a_course_is_an_animation_in_the_order_of_its_steps() -> None:
    """One frame a snapshot, the earliest first; the last stays longer; it loops without end."""
    courses = [(64, smooth(2)), (0, smooth(0)), (8, smooth(1))]
    gif = course_gif(courses, frame_ms=300)
    assert Image.open(io.BytesIO(gif)).info["loop"] == 0
    found = frames_of(gif)
    assert [duration for _, duration in found] == [300, 300, 1500]
    for (frame, _), seed in zip(found, (0, 1, 2), strict=True):
        difference = np.abs(np.asarray(frame, dtype=float)[:200] - np.asarray(smooth(seed), dtype=float))
        assert difference.mean() < 12


def test_the_step_stands_below_the_image() -> None:
    """The image is not written over; the band is grey, never dithered, and differs with the step."""
    found = frames_of(course_gif([(0, smooth(0)), (128, smooth(1))], frame_ms=100))
    bands = [np.asarray(frame)[200:] for frame, _ in found]
    assert all(band.shape[0] > 12 and np.ptp(band, axis=2).max() == 0 for band in bands)
    assert not np.array_equal(bands[0], bands[1])
    assert all((band[-1] == band[-1, 0]).all() and band.min() < 100 for band in bands)


def test_frames_have_one_readable_size() -> None:
    """Small images are enlarged, snapshots of another size or mode brought to that of the last."""
    found = frames_of(course_gif([(0, noise(16, grey=True)), (1, noise(40, seed=1)), (2, noise(32, seed=2))], frame_ms=100))
    assert {frame.size for frame, _ in found} == {(192, 192 + 24)}


def test_one_snapshot_is_a_still() -> None:
    """A course of one image, at step 0, is drawn as well."""
    assert [duration for _, duration in frames_of(course_gif([(0, plain("red"))], frame_ms=100))] in ([500], [0])


@pytest.mark.parametrize(("n", "frame_ms"), [(0, 100), (1, 0), (1, 9), (1, 10_001)])
def test_an_animation_of_nothing_is_refused(n: int, frame_ms: int) -> None:
    """No images, or a pace that a GIF cannot keep, are refused with what came."""
    with pytest.raises(UsageError, match=f"{n} images and {frame_ms} ms"):
        course_gif([(0, noise())] * n, frame_ms=frame_ms)
