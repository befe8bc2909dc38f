"""Altair charts of synthetic images: the course of their optimisation, and their path through the network.

As in charts.py: numbers arrive computed, the ink that belongs to no extreme is `currentColor`, and every layer has the same scales.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from core.domain import EXTREMES, Extreme
from dashboard import render_text
from dashboard.components.palette import EXTREME_COLOURS

INK: Final = "currentColor"
LABEL_PX: Final = 11.5
RIGHT_ROOM: Final = 0.05  # share of the steps: the lines' names stand there
PATH_LIMITS: Final = (-0.5, 1.5)  # of the similarities that are drawn in their place; the rest stands at the edge
DASHES: Final[dict[Extreme, list[int]]] = {"max": [1, 0], "min": [6, 3]}


@dataclass(frozen=True, slots=True)
class CourseLine:
    """The activation of one group over its steps."""

    extreme: Extreme
    group: int
    steps: tuple[int, ...]
    activations: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PathLine:
    """One synthetic image's normalised similarity at every layer; NaN where it is not defined."""

    extreme: Extreme
    index: int
    at_layers: tuple[str, ...]
    normalised: tuple[float, ...]


def course_chart(lines: Sequence[CourseLine], natural: Mapping[Extreme, float], *, height_px: int = 260) -> alt.LayerChart:
    """Return activation over steps, a line a group; a dashed rule at the most extreme natural activation of each extreme."""
    values: list[dict[str, Any]] = [
        {"extreme": line.extreme, "group": line.group, "step": step, "activation": activation}
        for line in lines
        for step, activation in zip(line.steps, line.activations, strict=True)
    ]
    last = max((value["step"] for value in values), default=1)
    x_scale = alt.Scale(domain=[0, last * (1 + RIGHT_ROOM)], nice=False)
    y_scale = _padded([*(value["activation"] for value in values), *natural.values()])
    x = alt.X("step:Q", title="Step", scale=x_scale, axis=alt.Axis(grid=False, tickCount=8, format="d"))
    y = alt.Y("activation:Q", title="Activation", scale=y_scale, axis=alt.Axis(tickCount=5, grid=False))
    tooltip = [_word("extreme"), _count("group"), _count("step"), _value("activation")]
    line = alt.Chart(_data(values)).mark_line(strokeWidth=1.8).encode(x=x, y=y, color=_colour(), detail="group:N", tooltip=tooltip)
    name = alt.Chart(_data(_ends(values))).mark_text(align="left", dx=5, fontSize=LABEL_PX, color=INK)
    rules = [_natural_layers(extreme, value, y) for extreme, value in natural.items()]
    layers = [*(layer for rule in rules for layer in rule), line, name.encode(x=x, y=y, text="extreme:N")]
    return alt.LayerChart(layer=layers, height=height_px)


def path_chart(lines: Sequence[PathLine], *, layers: Sequence[str], own_layer: str, height_px: int = 250) -> alt.LayerChart:
    """Return normalised similarity over `layers` in this order: the mean of each extreme's images, in pale each image of its own."""
    points: list[dict[str, Any]] = [
        {"extreme": line.extreme, "image": line.index, "layer": layer, "similarity": value}
        for line in lines
        for layer, value in zip(line.at_layers, line.normalised, strict=True)
        if layer in layers and math.isfinite(value)
    ]
    means = _means(points, layers)
    low, high = PATH_LIMITS
    drawn = [0.0, 1.0, *(min(max(point["similarity"], low), high) for point in points)]
    y = alt.Y("similarity:Q", title=None, scale=_padded(drawn, clamp=True), axis=_path_axis(min(drawn), max(drawn)))
    x = _layer_axis(layers, own_layer)
    tooltip = [_word("layer"), _word("extreme"), _value("similarity")]
    base = alt.Chart(_data(means)).encode(x=x, y=y, color=_colour(legend=True), tooltip=tooltip)
    line = base.mark_line(strokeWidth=1.8).encode(strokeDash=_dash())
    pale = alt.Chart(_data(points)).mark_circle(size=14, opacity=0.3)
    pale = pale.encode(x=x, y=y, color=_colour(legend=True), tooltip=[_count("image"), *tooltip])
    dots = base.mark_circle(size=36, opacity=1)
    return alt.LayerChart(layer=[*_path_rules(y), *_own_layer(own_layer, layers, x), pale, line, dots], height=height_px)


def _natural_layers(extreme: Extreme, value: float, y: alt.Y) -> list[alt.Chart]:
    """Return the rule of nature's extreme and its name, on the side where the lines do not end."""
    label = render_text.NATURAL_RULE.format(extreme=extreme)
    base = alt.Chart(_data([{"activation": value, "label": label}])).encode(y=y, tooltip=[_word("label"), _value("activation")])
    rule = base.mark_rule(strokeDash=[4, 4], color=INK, opacity=0.6)
    text = base.mark_text(align="right", dx=-2, dy=9 if extreme == "max" else -8, fontSize=11, color=INK, opacity=0.8)
    return [rule, text.encode(x=alt.value("width"), text="label:N")]


def _ends(values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return where each extreme's name stands: at the end of the lines, at their mean."""
    found = []
    for extreme in EXTREMES:
        lasts = {value["group"]: value for value in values if value["extreme"] == extreme}
        if lasts:
            mean = sum(value["activation"] for value in lasts.values()) / len(lasts)
            found.append({"extreme": extreme, "step": max(value["step"] for value in lasts.values()), "activation": mean})
    return found


def _means(points: Sequence[dict[str, Any]], layers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the mean over an extreme's images at each layer that has any."""
    found = []
    for extreme in EXTREMES:
        for layer in layers:
            values = [point["similarity"] for point in points if (point["extreme"], point["layer"]) == (extreme, layer)]
            if values:
                found.append({"extreme": extreme, "layer": layer, "similarity": sum(values) / len(values)})
    return found


def _path_rules(y: alt.Y) -> list[alt.Chart]:
    rules = alt.Chart(_data([{"similarity": 0}, {"similarity": 1}])).mark_rule(strokeDash=[4, 4], color=INK, opacity=0.6)
    return [rules.encode(y=y)]


def _path_axis(low: float, high: float) -> alt.Axis:
    """Return an axis that names the two references at their values, where no line can run into the words.

    Its values lie between low and high: a clamped scale would draw others at its edge.
    """
    names = f"datum.value == 1 ? '{render_text.EXEMPLARS_RULE}  1' : datum.value == 0 ? '{render_text.RANDOM_RULE}  0' : datum.label"
    values = [value for value in (-0.5, 0, 0.5, 1, 1.5) if low <= value <= high]
    return alt.Axis(values=values, grid=False, labelExpr=names, format=".1f")


def _own_layer(own_layer: str, layers: Sequence[str], x: alt.X) -> list[alt.Chart]:
    """Return a band over the unit's own layer."""
    if own_layer not in layers:
        return []
    values = [{"layer": own_layer, "label": render_text.OWN_LAYER}]
    band = alt.Chart(_data(values)).mark_rule(strokeWidth=14, opacity=0.12, color=INK)
    return [band.encode(x=x, tooltip=[_word("label")])]


def _layer_axis(layers: Sequence[str], own_layer: str) -> alt.X:
    own = f"datum.value == '{own_layer}'"
    weight = {"condition": {"test": own, "value": "bold"}, "value": "normal"}
    axis = alt.Axis(labelAngle=-40, labelFontWeight=weight, ticks=False, grid=False, labelOverlap=False)
    return alt.X("layer:N", title=None, sort=list(layers), scale=alt.Scale(domain=list(layers)), axis=axis)


def _padded(values: Sequence[float], *, clamp: bool = False) -> alt.Scale:
    """Return a scale over the values with some room at both ends."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.08 * (high - low or 1.0)
    return alt.Scale(domain=[low - room, high + room], nice=False, zero=False, clamp=clamp)


def _colour(*, legend: bool = False) -> alt.Color:
    scale = alt.Scale(domain=list(EXTREME_COLOURS), range=list(EXTREME_COLOURS.values()))
    return alt.Color("extreme:N", scale=scale, legend=_legend() if legend else None)


def _dash() -> alt.StrokeDash:
    return alt.StrokeDash("extreme:N", scale=alt.Scale(domain=list(DASHES), range=list(DASHES.values())), legend=_legend())


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=300, symbolOpacity=1)


def _value(name: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", title=name, format=".3~g")


def _count(name: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", title=name, format=",")


def _word(name: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:N", title=name)


def _data(values: Sequence[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=list(values))
