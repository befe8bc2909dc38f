"""Contact sheets: what stands where, and that everything fits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image
from PIL.ImageColor import getrgb

from core import sheets
from core.errors import UsageError
from core.sheets import SheetBlock, SheetRow, contact_sheet
from tests.core.drawings import noise, plain

GROUND = getrgb(sheets.GROUND)
PANEL = getrgb(sheets.PANEL)


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
