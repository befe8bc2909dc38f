"""The histogram of a unit's activations; charts of results are in core/figures.

Numbers arrive computed; here they are only drawn. Axes and text follow the page's theme; ink that belongs to no condition
is `currentColor`, readable on light and dark ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import altair as alt

from core.design_spec import Condition
from dashboard.components.palette import condition_colours

INK: Final = "currentColor"
LANES: Final[dict[Condition, float]] = {"natural": 0.74, "synthetic": 0.92, "none": 0.92}  # heights of a histogram's marks, share
METHOD_LANE: Final = 0.92
LABEL: Final = 0.25  # share of the axis that a label needs where the chart is narrow
BARS_TOP: Final = 0.64
BAND_TOPS: Final = ((2.0, 0.58), (10.0, 0.50), (50.0, 0.42))  # by a percentile's distance from its extreme, share
LABEL_PLACES: Final[dict[str, tuple[str, Literal["left", "right"], int, int]]] = {  # field, align, dx, dy
    "above": ("from", "left", 0, -14), "above, inwards": ("to", "right", 0, -14), "beside": ("to", "left", 8, 0),
    "beside, left": ("from", "right", -8, 0)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BandMark:
    """A percentile of the activations, `label` its meaning in words."""

    percent: float
    activation: float
    label: str


@dataclass(frozen=True, slots=True)
class ActivationMarks:
    """Activations of the images that explain a unit, named by `label`; drawn as ticks joined by a line over their range."""

    condition: Condition
    label: str
    activations: tuple[float, ...]


def activation_histogram(
    counts: Sequence[int],
    low: float,
    width: float,
    marks: Sequence[ActivationMarks] = (),
    *,
    bands: Sequence[BandMark] = (),
    domain: tuple[float, float] | None = None,
    height_px: int = 260,
) -> alt.LayerChart:
    """Return the histogram of `counts` in bins of equal width from low on, with marks above it that may lie far outside the bins.

    `bands`: percentiles as dashed lines through the bars. `domain`: the least range that the axis shows.
    """
    drawn = [mark for mark in marks if mark.activations]
    ends = [low, low + width * len(counts), *(value for mark in drawn for value in mark.activations), *(domain or ())]
    margin = 0.03 * (max(ends) - min(ends) or 1.0)
    x_scale = alt.Scale(domain=[min(ends) - margin, max(ends) + margin], nice=False)
    highest = max([*counts, 1])
    layers: list[alt.Chart | alt.LayerChart] = [_histogram_bars(counts, low, width, x_scale, highest)]
    layers += [_band_layer(bands, x_scale)] if bands else []
    layers += _mark_layers(drawn, x_scale, middle=(max(ends) + min(ends)) / 2) if drawn else []
    chart: alt.LayerChart = _layered(layers, height_px).resolve_scale(y="independent")
    return chart


def _histogram_bars(counts: Sequence[int], low: float, width: float, x_scale: alt.Scale, highest: int) -> alt.Chart:
    values = [{"from": low + i * width, "to": low + (i + 1) * width, "images": count, "bottom": 0} for i, count in enumerate(counts)]
    axis = alt.Axis(grid=False, tickCount=4, labelExpr=f"datum.value <= {highest} ? datum.label : ''")
    tooltip = [_number("from", "from", ".3~g"), _number("to", "to", ".3~g"), _number("images", "images", ",")]
    chart: alt.Chart = (
        alt.Chart(_data(values))
        .mark_bar(color=INK, opacity=0.35, binSpacing=0)
        .encode(
            x=alt.X("from:Q", title="Activation", scale=x_scale, axis=alt.Axis(grid=False, tickCount=9)),
            x2="to:Q",
            y2="bottom:Q",
            y=alt.Y("images:Q", title="Images", scale=alt.Scale(domain=[0, highest / BARS_TOP], nice=False), axis=axis),
            tooltip=tooltip,
        )
    )
    return chart


def _band_layer(bands: Sequence[BandMark], x_scale: alt.Scale) -> alt.LayerChart:
    """Return a line each, the higher the nearer to an extreme, so that labels of close ones stand above each other."""
    values = [
        {"activation": one.activation, "percent": f"{one.percent:g}", "label": one.label, "bottom": 0, "top": _band_top(one.percent)}
        for one in bands
    ]
    x = alt.X("activation:Q", scale=x_scale)
    y = alt.Y("top:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    tooltip = [_word("label"), _number("activation", "activation", ".4~g")]
    base = alt.Chart(_data(values))
    line = base.mark_rule(strokeDash=[3, 3], opacity=0.8, color=INK).encode(x=x, y=y, y2="bottom:Q", tooltip=tooltip)
    words = base.mark_text(dy=-6, fontSize=10, color=INK).encode(x=x, y=y, text="percent:N", tooltip=tooltip)
    return alt.LayerChart(layer=[line, words])


def _band_top(percent: float) -> float:
    distance = min(percent, 100 - percent)
    return next(top for most, top in BAND_TOPS if distance <= most)


def _mark_layers(marks: Sequence[ActivationMarks], x_scale: alt.Scale, *, middle: float) -> list[alt.LayerChart]:
    """Return a tick per image, a line over their range and its label, in one lane per condition."""
    values, colour = [_mark_range(mark) for mark in marks], _colour([mark.condition for mark in marks])
    ticks = [{**_mark_range(mark), "from": activation} for mark in marks for activation in mark.activations]
    x = alt.X("from:Q", scale=x_scale)
    y = alt.Y("lane:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    tooltip = [_word("label"), _number("from", "activation", ".4~g")]
    line = alt.Chart(_data(values)).mark_rule(strokeWidth=2).encode(x=x, x2="to:Q", y=y, color=colour)
    tick = alt.Chart(_data(ticks)).mark_tick(thickness=2, size=14, orient="vertical")
    layers = [line, tick.encode(x=x, y=y, color=colour, tooltip=tooltip)]
    for place, (field, align, dx, dy) in LABEL_PLACES.items():
        group = [value for value in values if _label_place(value, values, middle) == place]
        text = alt.Chart(_data(group)).mark_text(align=align, dx=dx, dy=dy, fontSize=11.5, color=INK)
        layers += [text.encode(x=alt.X(f"{field}:Q", scale=x_scale), y=y, text="label:N")] if group else []
    return [alt.LayerChart(layer=layers)]


def _label_place(value: dict[str, Any], values: Sequence[dict[str, Any]], middle: float) -> str:
    """Return where a label runs into neither the chart's edge nor the lane's other label: close ones go apart where there is room."""
    lane = [other for other in values if other["lane"] == value["lane"]]
    lowest, highest = min(other["from"] for other in lane), max(other["to"] for other in lane)
    left, right = min(other["from"] for other in values), max(other["to"] for other in values)
    room, is_lowest = LABEL * (right - left), value["from"] == lowest
    if len(lane) > 1 and highest - lowest < 2 * room:
        return _close_place(is_lowest, goes_left=min(other["to"] for other in lane) - left >= room, goes_right=right - highest >= room)
    if value["from"] + value["to"] > 2 * middle:
        return "above, inwards"
    return "above" if is_lowest else "beside"


def _close_place(is_lowest: bool, *, goes_left: bool, goes_right: bool) -> str:
    """Return where the label of one of two close marks goes; where there is room on one side only, one label is beside its mark."""
    if is_lowest:
        return ("above, inwards" if goes_right else "beside, left") if goes_left else "above"
    return ("above" if goes_left else "beside") if goes_right else "above, inwards"


def _mark_range(mark: ActivationMarks) -> dict[str, Any]:
    ends = {"from": min(mark.activations), "to": max(mark.activations)}
    return {"condition": mark.condition, "label": mark.label, "lane": LANES.get(mark.condition, METHOD_LANE)} | ends


def _colour(conditions: Iterable[Condition]) -> alt.Color:
    """Return the colours of the conditions; imported methods have theirs by which of them are shown."""
    colours = condition_colours(conditions)
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color("condition:N", scale=scale, legend=None)


def _layered(layers: Sequence[alt.Chart | alt.LayerChart], height_px: int) -> alt.LayerChart:
    return alt.LayerChart(layer=list(layers), height=height_px)


def _number(name: str, title: str, pattern: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", title=title, format=pattern)


def _word(name: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:N", title=name)


def _data(values: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=values)
