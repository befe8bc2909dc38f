"""Images served by address in a grid, to look at closely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

ASSETS: Final = Path(__file__).parent / "assets"

LARGEST_SCALE: Final = 1.35  # of an image's own pixels; beyond that it looks blurred (as in trial_view.js)

DEFAULT_GRID_TEXTS: Final[dict[str, str]] = {
    "natural": "natural",
    "synthetic": "synthetic",
    "no_natural": "not mined",
    "no_synthetic": "not rendered",
    "enlarge": "Enlarge",
    "close": "Close",
    "excites": "Which units does this image excite?",
    "not_drawn": "This picture could not be drawn.",
}


@dataclass(frozen=True, slots=True)
class ImageCell:
    """One image of a grid; `caption` stands below it, with `mark` in a frame; `detail` joins it in the enlarged view.

    `over`: the URL of a picture that is shown in the image's place once it is there. `href`: where the enlarged view's link leads.
    """

    address: str
    caption: str = ""
    alt: str = ""
    detail: str = ""
    mark: str = ""
    mark_help: str = ""
    over: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class GridLegend:
    """A scale below a grid: evenly spaced colours (none yet: its place is kept) and evenly spaced numbers."""

    colours: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    help: str = ""


def exemplar_grid(
    cells: Sequence[ImageCell],
    *,
    columns: int,
    image_url: str,
    key: str,
    image_px: int = 224,
    native_px: int | None = None,
    legend: GridLegend | None = None,
    rule: str | None = None,
    texts: Mapping[str, str] = DEFAULT_GRID_TEXTS,
) -> None:
    """Draw an aligned grid, images at most `image_px` wide; a click enlarges one, Esc closes, arrow keys go on.

    `native_px`: the images' own side; enlarged, they stay close to it, since more pixels on screen would show no more.
    `rule`: the colour of a line above them, their condition's.
    """
    data = {
        "cells": [asdict(cell) for cell in cells],
        "columns": columns,
        "image_url": image_url.rstrip("/"),
        "image_px": image_px,
        "largest_px": max(image_px, round(LARGEST_SCALE * (native_px or 2 * image_px))),
        "legend": None if legend is None else asdict(legend),
        "rule": rule,
        "texts": DEFAULT_GRID_TEXTS | dict(texts),
    }
    _exemplar_grid()(data=data, key=key)


@cache
def _exemplar_grid() -> Any:
    return _component("exemplar_grid")


def _component(name: str) -> Any:
    """Return the mount function of the component whose script and style are the assets of this name."""
    script = (ASSETS / f"{name}.js").read_text(encoding="utf-8")
    style = (ASSETS / f"{name}.css").read_text(encoding="utf-8")
    markup = f'<div class="{name.replace("_", "-")}"></div>'
    return st.components.v2.component(f"exemplary_{name}", html=markup, css=style, js=script)
