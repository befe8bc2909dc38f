"""Contact sheets for slides. Pure.

They are drawn with Pillow's built-in font, on a light neutral ground. Colours: palette.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from core.errors import UsageError

MAX_IMAGES: Final = 9  # a block is 3 x 3 at most, as in a trial
SMALLEST_CELL_PX: Final = 24

GROUND: Final = "#F5F5F5"
PANEL: Final = "#E4E4E4"
INK: Final = "#1F1F1F"
MUTED: Final = "#5C5C5C"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class SheetBlock:
    """Images of one kind, the first nine of them in a square grid that fills the block; `missing` is written where there are none."""

    title: str
    images: tuple[Image.Image, ...]
    colour: str
    note: str = ""  # at the right, above the images
    missing: str = "none"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Blocks side by side, and what is written at their left."""

    caption: str
    blocks: tuple[SheetBlock, ...]
    colour: str
    notes: tuple[str, ...] = ()  # paragraphs below the caption


def contact_sheet(rows: Sequence[SheetRow], *, cell_px: int, title: str, subtitle: str = "") -> Image.Image:
    """Return rows of labelled blocks as one RGB image: in a block of 3 x 3, an image is cell_px wide; text grows with it.

    A block of fewer images has 2 x 2 or one, as large as the block. Words that do not fit are shortened. Raises UsageError.
    """
    if not rows or cell_px < SMALLEST_CELL_PX:
        raise UsageError(f"A sheet needs a row and cells of {SMALLEST_CELL_PX} px; it got {len(rows)} rows of {cell_px} px.")
    at = _Measures(cell_px, n_columns=max(len(row.blocks) for row in rows))
    lines = _wrapped(subtitle, at.note_font, at.width_px - 2 * at.margin_px)
    top = at.margin_px + at.title_px + len(lines) * at.line_px + at.space_px
    sheet = Image.new("RGB", (at.width_px, top + len(rows) * at.row_px - at.space_px + at.margin_px), GROUND)
    _draw_title(sheet, at, title, lines)
    for number, row in enumerate(rows):
        _draw_row(sheet, at, row, top + number * at.row_px)
    return sheet


@dataclass(frozen=True, slots=True)
class _Measures:
    """Every length of a sheet, in px, as a share of the cell."""

    cell_px: int
    n_columns: int

    def share(self, of_cell: float, *, least: int = 1) -> int:
        return max(least, round(of_cell * self.cell_px))

    @property
    def gap_px(self) -> int:
        return self.share(0.025)

    @property
    def space_px(self) -> int:
        return self.share(0.22)

    @property
    def margin_px(self) -> int:
        return self.share(0.28)

    @property
    def block_px(self) -> int:
        return 3 * self.cell_px + 2 * self.gap_px

    @property
    def label_px(self) -> int:
        return self.share(1.9)

    @property
    def line_px(self) -> int:
        return self.share(0.18, least=13)

    @property
    def title_px(self) -> int:
        return self.share(0.34, least=22)

    @property
    def heading_px(self) -> int:
        return self.share(0.25, least=17)

    @property
    def row_px(self) -> int:
        return self.heading_px + self.block_px + self.space_px

    @property
    def width_px(self) -> int:
        return 2 * self.margin_px + self.label_px + self.n_columns * (self.block_px + self.space_px)

    @property
    def title_font(self) -> Font:
        return ImageFont.load_default(self.share(0.27, least=16))

    @property
    def heading_font(self) -> Font:
        return ImageFont.load_default(self.share(0.16, least=11))

    @property
    def note_font(self) -> Font:
        return ImageFont.load_default(self.share(0.125, least=10))


def _draw_title(sheet: Image.Image, at: _Measures, title: str, lines: Sequence[str]) -> None:
    draw = ImageDraw.Draw(sheet)
    width = at.width_px - 2 * at.margin_px
    draw.text((at.margin_px, at.margin_px), _fitted(title, at.title_font, width), INK, at.title_font, anchor="lt")
    _draw_lines(draw, (at.margin_px, at.margin_px + at.title_px), lines, at=at, font=at.note_font, colour=MUTED)


def _draw_row(sheet: Image.Image, at: _Measures, row: SheetRow, top: int) -> None:
    _draw_label(ImageDraw.Draw(sheet), at, row, top + at.heading_px)
    for column, block in enumerate(row.blocks):
        left = at.margin_px + at.label_px + at.space_px + column * (at.block_px + at.space_px)
        _draw_heading(ImageDraw.Draw(sheet), at, block, (left, top))
        _draw_block(sheet, at, block, (left, top + at.heading_px))


def _draw_label(draw: ImageDraw.ImageDraw, at: _Measures, row: SheetRow, top: int) -> None:
    """Draw the words at the left of a row, beside a bar in the row's colour that is as high as the blocks."""
    bar, left = at.share(0.035, least=2), at.margin_px + at.share(0.13)
    width = at.margin_px + at.label_px - left
    draw.rectangle((at.margin_px, top, at.margin_px + bar - 1, top + at.block_px - 1), fill=row.colour)
    caption = _wrapped(row.caption, at.heading_font, width)
    _draw_lines(draw, (left, top), caption, at=at, font=at.heading_font, colour=INK)
    top += len(caption) * at.line_px
    for note in row.notes:
        lines = _wrapped(note, at.note_font, width)
        _draw_lines(draw, (left, top + at.line_px // 2), lines, at=at, font=at.note_font, colour=MUTED)
        top += len(lines) * at.line_px + at.line_px // 2


def _draw_heading(draw: ImageDraw.ImageDraw, at: _Measures, block: SheetBlock, corner: tuple[int, int]) -> None:
    """Draw a block's title beside a square of its colour, and its note at the right, on one baseline."""
    left, top = corner
    baseline, side = top + at.heading_px - at.share(0.09), at.share(0.1, least=6)
    draw.rectangle((left, baseline - side, left + side - 1, baseline - 1), fill=block.colour)
    start, end = left + 2 * side - side // 4, left + at.block_px
    title = _fitted(block.title, at.heading_font, end - start)
    draw.text((start, baseline), title, INK, at.heading_font, anchor="ls")
    room = end - start - round(at.heading_font.getlength(title)) - at.gap_px
    draw.text((end, baseline), _fitted(block.note, at.note_font, room), MUTED, at.note_font, anchor="rs")


def _draw_block(sheet: Image.Image, at: _Measures, block: SheetBlock, corner: tuple[int, int]) -> None:
    """Draw up to nine images into the square at `corner`; without images, a panel that says so."""
    left, top = corner
    images = block.images[:MAX_IMAGES]
    side = math.ceil(math.sqrt(len(images) or 1))
    edges = [round(number * (at.block_px + at.gap_px) / side) for number in range(side + 1)]
    for place in range(side * side):
        (row, column), gap = divmod(place, side), at.gap_px
        box = (left + edges[column], top + edges[row], left + edges[column + 1] - gap, top + edges[row + 1] - gap)
        if place < len(images):
            sheet.paste(_resized(images[place], (box[2] - box[0], box[3] - box[1])), box)
        else:
            ImageDraw.Draw(sheet).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=PANEL)
    if not images:
        text = _fitted(block.missing, at.heading_font, at.block_px)
        middle = (left + at.block_px / 2, top + at.block_px / 2)
        ImageDraw.Draw(sheet).text(middle, text, MUTED, at.heading_font, anchor="mm")


def _draw_lines(
    draw: ImageDraw.ImageDraw, corner: tuple[int, int], lines: Sequence[str], *, at: _Measures, font: Font, colour: str
) -> None:
    left, top = corner
    for number, line in enumerate(lines):
        draw.text((left, top + number * at.line_px), line, colour, font, anchor="la")


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _wrapped(text: str, font: Font, width_px: int) -> list[str]:
    """Return the text in lines at most width_px wide, broken at spaces; a longer word is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_fitted(line, font, width_px) for line in lines]


def _fitted(text: str, font: Font, width_px: int) -> str:
    """Return the text, or as much of it as is at most width_px wide with an ellipsis."""
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(f"{text}…") > width_px:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""
