"""A row of units in small: thumbnails, a number with its bar, a link each; a click tells which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import streamlit as st

from core.domain import Unit
from core.services.units.unit_previews import UnitPreview
from dashboard.components.palette import condition_colours
from dashboard.components.stage import no_callback

ASSETS: Final = Path(__file__).parent / "assets"
TEXTS: Final[Mapping[str, str]] = {"natural": "natural", "synthetic": "synthetic"}


@dataclass(frozen=True, slots=True)
class StripUnit:
    """One unit of a row: `caption` stands beside its name, `share` of 0 to 1 is drawn as a bar (None: no bar)."""

    unit: str
    branch: str
    caption: str
    natural: str | None
    synthetic: str | None
    share: float | None = None
    help: str = ""


def strip_unit(found: Mapping[Unit, UnitPreview], unit: Unit, caption: str, *, share: float | None = None, hint: str = "") -> StripUnit:
    """Return one unit of a row from its preview."""
    one = found[unit]
    return StripUnit(str(unit), one.branch, caption, one.natural, one.synthetic, share, hint)


def unit_strip(units: Sequence[StripUnit], *, study: str, thumb_url: str, key: str, tile_px: int = 108) -> str | None:
    """Draw the row; return the unit that was chosen just now, None in every other run. Each is a link to its page as well."""
    data = {
        "units": [asdict(one) | {"href": unit_address(study, one.unit)} for one in units],
        "thumb_url": thumb_url.rstrip("/"),
        "tile_px": tile_px,
        "texts": dict(TEXTS),
        "colours": condition_colours(()),
    }
    selected: str | None = _unit_strip()(data=data, key=key, on_selected_change=no_callback).selected
    return selected


def unit_address(study: str, unit: str) -> str:
    """Return the address of a unit's page, from any page of the dashboard."""
    return f"feature-maps?{urlencode({'study': study, 'unit': unit}, safe=':/')}"


def image_address(study: str, address: str) -> str:
    """Return the address of the page of an image and the units that it excites."""
    return f"image?{urlencode({'study': study, 'image': address}, safe=':/')}"


@cache
def _unit_strip() -> Any:
    script = (ASSETS / "unit_strip.js").read_text(encoding="utf-8")
    style = (ASSETS / "unit_strip.css").read_text(encoding="utf-8")
    return st.components.v2.component("exemplary_unit_strip", html='<div class="unit-strip"></div>', css=style, js=script)
