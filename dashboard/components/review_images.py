"""What a reviewer judges: a unit's natural and synthetic images at both ends, all on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.domain import EXTREMES, Exemplar, Extreme, Render
from core.services.units.units import RenderSet, UnitView
from dashboard import review_text, text
from dashboard.components.image_grid import ImageCell, exemplar_grid
from dashboard.components.palette import CONDITION_COLOURS

# Columns and size of the images: all 36 fit beside the panel on a screen of 900 px, what activates most largest.
GRIDS: Final[dict[Extreme, tuple[int, int]]] = {"max": (3, 112), "min": (5, 72)}
N_SHOWN: Final = 9


def review_images(view: UnitView, chosen: RenderSet | None, *, image_url: str, native_px: int) -> None:
    """Draw four grids: natural beside synthetic, maximally above minimally activating."""
    for extreme in EXTREMES:
        left, right = st.columns(2, gap="medium")
        with left:
            st.caption(review_text.NATURAL_OF[extreme])
            _grid([_natural(one) for one in view.exemplars(extreme)[:N_SHOWN]], view, extreme, "natural", image_url, native_px)
        with right:
            st.caption(review_text.SYNTHETIC_OF[extreme])
            made = chosen.of(extreme)[:N_SHOWN] if chosen else ()
            _grid([_synthetic(one) for one in made], view, extreme, "synthetic", image_url, native_px)


def _grid(cells: Sequence[ImageCell], view: UnitView, extreme: Extreme, condition: str, image_url: str, native_px: int) -> None:
    if not cells:
        st.caption(review_text.NONE_MADE)
        return
    columns, image_px = GRIDS[extreme]
    key = f"reviewed/{condition}/{view.study}/{view.unit}/{extreme}"
    rule = CONDITION_COLOURS[condition]
    exemplar_grid(cells, columns=columns, image_url=image_url, key=key, image_px=image_px, native_px=native_px, rule=rule)


def _natural(one: Exemplar) -> ImageCell:
    words = {"extreme": one.extreme, "rank": one.rank, "label": one.label}
    detail = text.NATURAL_DETAIL.format(**words, activation=one.activation)
    return ImageCell(one.address, alt=text.NATURAL_ALT.format(**words), detail=detail)


def _synthetic(one: Render) -> ImageCell:
    words = {"extreme": one.extreme, "index": one.index}
    detail = text.SYNTHETIC_DETAIL.format(**words, preset=one.preset, activation=one.activation)
    return ImageCell(one.address, alt=text.SYNTHETIC_ALT.format(**words), detail=detail)
