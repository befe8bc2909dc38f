"""The look of every figure: ink, ground, fonts and lines. On a page the ink is the page's own, `currentColor`.

Files have an ink of their own: "light" for white paper, "dark" for dark slides, both as the dashboard's themes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

Theme = Literal["light", "dark"]

INK: Final = "currentColor"
HEIGHT_PX: Final = 320
LABEL_PX: Final = 11.5
FONT: Final = "Source Sans Pro, Helvetica, Arial, sans-serif"  # a name with a digit in it would cost all text
PALE: Final = 0.72  # opacity of words that are not the data
DASHED: Final = (4, 4)


@dataclass(frozen=True, slots=True)
class Ground:
    """The colours of a theme."""

    ink: str
    background: str


THEMES: Final[Mapping[Theme, Ground]] = MappingProxyType({"light": Ground("#1C1C1C", "#FFFFFF"), "dark": Ground("#E8E8E8", "#161616")})
ON_PAGE: Final = Ground(INK, "transparent")  # in HTML: the ink of the text around it


def config(ground: Ground) -> dict[str, Any]:
    """Return the Vega-Lite configuration of a ground."""
    ink = ground.ink
    axis = {"labelColor": ink, "titleColor": ink, "domainColor": ink, "tickColor": ink, "gridColor": ink, "gridOpacity": 0.12}
    axis |= {"domainOpacity": 0.45, "tickOpacity": 0.45, "labelFontSize": LABEL_PX, "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "background": ground.background,
        "padding": 12,
        "font": FONT,
        "view": {"stroke": None},
        "mark": {"aria": False},  # the chart has a description and a table: a label at each of thousands of marks is noise
        "axis": {**axis, "titlePadding": 10},
        "legend": {"labelColor": ink, "titleColor": ink, "labelFontSize": LABEL_PX, "titleFontSize": LABEL_PX, "titleFontWeight": "normal"},
        "text": {"color": ink},
        "rule": {"color": ink},
        "title": {"color": ink},
    }


def themed(specification: Mapping[str, Any], ground: Ground, *, width_px: int) -> dict[str, Any]:
    """Return a chart's specification with the colours of a ground and a width of its own."""
    inked: dict[str, Any] = _inked(specification, ground.ink)
    return {**inked, "config": config(ground), "width": inked.get("width", width_px), "background": ground.background}


def _inked(part: Any, ink: str) -> Any:
    if isinstance(part, Mapping):
        return {name: _inked(inner, ink) for name, inner in part.items()}
    if isinstance(part, list):
        return [_inked(inner, ink) for inner in part]
    return ink if part == INK else part
