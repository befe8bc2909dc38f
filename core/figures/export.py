"""A figure as a file: PNG and SVG, drawn offline in a theme of their own, and its numbers as CSV."""

from __future__ import annotations

import csv as csv_writer
import io
from collections.abc import Iterable
from typing import Final

from core.figures.figure import Figure, Row
from core.figures.theme import ON_PAGE, THEMES, Ground, Theme, themed

SCALE: Final = 2.0  # pixels of a PNG for each of the chart's
VEGA_LITE: Final = "6.1"


def png(figure: Figure, *, theme: Theme = "light", scale: float = SCALE) -> bytes:
    """Return the figure as a PNG picture."""
    import vl_convert  # at first use: importing it takes long, and pages import this module

    drawn: bytes = vl_convert.vegalite_to_png(_specification(figure, THEMES[theme]), scale=scale)
    return drawn


def svg(figure: Figure, *, theme: Theme | None = "light") -> str:
    """Return the figure as SVG; without a theme in the ink of the HTML around it, on no ground (`currentColor`)."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_specification(figure, ON_PAGE if theme is None else THEMES[theme])))


def csv(rows: Iterable[Row]) -> str:
    """Return a figure's numbers as CSV with a header; what is not known is empty."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv_writer.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return text.getvalue()


def _specification(figure: Figure, ground: Ground) -> dict[str, object]:
    return themed(figure.specification(), ground, width_px=figure.width_px)
