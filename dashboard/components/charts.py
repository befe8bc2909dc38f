"""Altair charts of accuracy, people beside an observer, and of activations; all other charts of results are in core/figures.

Estimates and intervals arrive computed; here they are only drawn. Axes and text follow the page's theme; ink that belongs to no condition
is `currentColor`, readable on light and dark ground.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import altair as alt

from core.design_spec import Condition, in_order
from core.experiment import RespondentKind
from core.figures.references import PAPER_HEADLINE
from dashboard.components.palette import condition_colours

INK: Final = "currentColor"
HEIGHT_PX: Final = 340
CHANCE: Final = 0.5
MEAN_OFFSET: Final[dict[RespondentKind, float]] = {"people": -0.08, "observers": 0.16}
PAPER_OFFSET: Final = 0.42
JITTER: Final = (-0.46, -0.24)  # participants stand left of their mean
LANES: Final[dict[Condition, float]] = {"natural": 0.74, "synthetic": 0.92, "none": 0.92}  # heights of a histogram's marks, share
METHOD_LANE: Final = 0.92
NEAR: Final = 0.35  # share of the axis that two labels above their marks need
BARS_TOP: Final = 0.64
LABEL_PLACES: Final[dict[str, tuple[str, Literal["left", "right"], int, int]]] = {  # field, align, dx, dy
    "above": ("from", "left", 0, -14), "above, inwards": ("to", "right", 0, -14), "beside": ("to", "left", 8, 0)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """Proportion correct of one condition and one kind of respondents, 95 % interval low to high; participants: one mean each."""

    condition: Condition
    respondents: RespondentKind
    mean: float
    low: float
    high: float
    n_trials: int
    n_participants: int
    participants: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivationMarks:
    """Activations of the images that explain a unit, named by `label`; drawn as ticks joined by a line over their range."""

    condition: Condition
    label: str
    activations: tuple[float, ...]


def accuracy_chart(rows: Sequence[AccuracyRow], *, height_px: int = HEIGHT_PX, show_paper: bool = True) -> alt.LayerChart:
    """Return accuracy per condition with intervals, participants, chance and, in pale, the paper's headline result."""
    conditions = _conditions(rows)
    points = [point for row in rows for point in _points(row.condition, row.participants)]
    layers = _chance_layers()
    if show_paper:
        layers += _paper_layers(conditions)
    layers += [_participant_points(points, conditions, _accuracy_y()), *_estimate_layers(rows, conditions)]
    return _layered(layers, height_px)


def activation_histogram(
    counts: Sequence[int], low: float, width: float, marks: Sequence[ActivationMarks] = (), *, height_px: int = 260
) -> alt.LayerChart:
    """Return the histogram of `counts` in bins of equal width from low on, with marks above it that may lie far outside the bins."""
    drawn = [mark for mark in marks if mark.activations]
    ends = [low, low + width * len(counts), *(value for mark in drawn for value in mark.activations)]
    margin = 0.03 * (max(ends) - min(ends) or 1.0)
    x_scale = alt.Scale(domain=[min(ends) - margin, max(ends) + margin], nice=False)
    highest = max([*counts, 1])
    layers: list[alt.Chart | alt.LayerChart] = [_histogram_bars(counts, low, width, x_scale, highest)]
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
    """Return where a label runs into neither the chart's edge nor the label of the lane's lower marks, however close they are."""
    lowest = min(other["from"] for other in values if other["lane"] == value["lane"])
    left, right = min(other["from"] for other in values), max(other["to"] for other in values)
    is_crowded = lowest < value["from"] < lowest + NEAR * (right - left) and value["to"] < right - NEAR * (right - left)
    if value["from"] + value["to"] > 2 * middle and not is_crowded:
        return "above, inwards"
    return "above" if value["from"] == lowest else "beside"


def _mark_range(mark: ActivationMarks) -> dict[str, Any]:
    ends = {"from": min(mark.activations), "to": max(mark.activations)}
    return {"condition": mark.condition, "label": mark.label, "lane": LANES.get(mark.condition, METHOD_LANE)} | ends


def _estimate_layers(rows: Sequence[AccuracyRow], conditions: list[Condition]) -> list[alt.Chart]:
    """Return intervals and means: people filled circles, observers hollow diamonds, side by side."""
    values = [_estimate(row) for row in rows]
    numbers = [_number("value", "accuracy", ".1%"), _number("low", "95 % from", ".1%"), _number("high", "to", ".1%")]
    counts = [_number("trials", "trials", ","), _number("participants", "respondents (n)", ",")]
    tooltip = [_word("condition"), _word("respondents"), *numbers, *counts]
    base = alt.Chart(_data(values)).encode(x=_x(conditions), xOffset=_offset(), color=_colour(conditions), tooltip=tooltip)
    shaped = base.encode(shape=_shape({row.respondents for row in rows}))
    interval = base.transform_calculate(value="datum.low").mark_rule(strokeWidth=2).encode(y=_accuracy_y(), y2="high:Q")
    people = shaped.transform_filter("datum.respondents == 'people'").mark_point(size=130, filled=True, opacity=1).encode(y=_accuracy_y())
    hollow = shaped.transform_filter("datum.respondents == 'observers'")
    observers = hollow.mark_point(size=150, filled=False, strokeWidth=2.5, opacity=1).encode(y=_accuracy_y())
    return [interval, people, observers]


def _estimate(row: AccuracyRow) -> dict[str, Any]:
    numbers = {"value": row.mean, "low": row.low, "high": row.high, "trials": row.n_trials, "participants": row.n_participants}
    return {"condition": row.condition, "respondents": row.respondents, "offset": MEAN_OFFSET[row.respondents]} | numbers


def _points(condition: Condition, values: Sequence[float]) -> list[dict[str, Any]]:
    return [{"condition": condition, "value": value, "offset": _jitter(condition, index)} for index, value in enumerate(values)]


def _participant_points(points: list[dict[str, Any]], conditions: list[Condition], y: alt.Y) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(_data(points))
        .mark_circle(size=26, opacity=0.45)
        .encode(x=alt.X("condition:N"), xOffset=_offset(), y=y, color=_colour(conditions))
        .encode(tooltip=[_word("condition"), _number("value", "one participant", ".2~f")])
    )
    return chart


def _paper_layers(conditions: list[Condition]) -> list[alt.Chart]:
    """Return the paper's means as short pale ticks with their +- 2 standard errors, labelled once each."""
    values = [
        {"condition": condition, "value": mean, "low": mean - spread, "high": mean + spread, "offset": PAPER_OFFSET}
        | {"label": f"paper {mean * 100:.0f} ± {spread * 100:.0f}"}
        for condition, (mean, spread) in PAPER_HEADLINE.items()
        if condition in conditions
    ]
    tooltip = [alt.Tooltip("label:N", title="Borowski et al. 2021")]
    base = alt.Chart(_data(values)).encode(x=_x(conditions), xOffset=_offset(), tooltip=tooltip)
    band = base.mark_rule(strokeWidth=7, opacity=0.22, color=INK).transform_calculate(value="datum.low")
    band = band.encode(y=_accuracy_y(), y2="high:Q")
    tick = base.mark_tick(thickness=2, size=14, opacity=0.6, color=INK, orient="horizontal").encode(y=_accuracy_y())
    label = base.mark_text(dy=-20, fontSize=11, color=INK, opacity=0.75).encode(y=_accuracy_y(), text="label:N")
    return [band, tick, label]


def _chance_layers() -> list[alt.Chart]:
    base = alt.Chart(_data([{"value": CHANCE, "label": "chance"}])).encode(y=_accuracy_y())
    line = base.mark_rule(strokeDash=[4, 4], color=INK, opacity=0.6)
    text = base.mark_text(align="left", dx=4, dy=-7, fontSize=11, color=INK, opacity=0.75).encode(x=alt.value(0), text="label:N")
    return [line, text]


def _accuracy_y() -> alt.Y:
    """Return the same axis for every layer: with different ones the domain would be lost."""
    return alt.Y("value:Q", title="Accuracy", axis=alt.Axis(format="%", tickCount=6), scale=alt.Scale(domain=[0, 1]))


def _x(conditions: list[Condition]) -> alt.X:
    return alt.X("condition:N", title=None, sort=conditions, scale=alt.Scale(domain=conditions), axis=alt.Axis(labelAngle=0, ticks=False))


def _offset() -> alt.XOffset:
    return alt.XOffset("offset:Q", scale=alt.Scale(domain=[-0.6, 0.6]))


def _colour(conditions: Iterable[Condition]) -> alt.Color:
    """Return the colours of the conditions; imported methods have theirs by which of them are shown."""
    colours = condition_colours(conditions)
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color("condition:N", scale=scale, legend=None)


def _shape(present: set[RespondentKind]) -> alt.Shape:
    """Return circles for people and diamonds for observers, explained where both occur."""
    scale = alt.Scale(domain=list(MEAN_OFFSET), range=["circle", "diamond"])
    legend = alt.Legend(title=None, orient="top", symbolStrokeColor="gray", symbolFillColor="transparent", symbolSize=90)
    return alt.Shape("respondents:N", scale=scale, legend=legend if len(present) > 1 else None)


def _conditions(rows: Sequence[Any]) -> list[Condition]:
    """Return the conditions that have rows, in the order they have everywhere."""
    return list(in_order(row.condition for row in rows))


def _jitter(condition: Condition, index: int) -> float:
    """Return a participant's horizontal place: drawn from a hash, so that a rerun moves nobody."""
    share = int(hashlib.sha256(f"{condition}/{index}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return JITTER[0] + share * (JITTER[1] - JITTER[0])


def _layered(layers: Sequence[alt.Chart | alt.LayerChart], height_px: int) -> alt.LayerChart:
    return alt.LayerChart(layer=list(layers), height=height_px)


def _number(name: str, title: str, pattern: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", title=title, format=pattern)


def _word(name: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:N", title=name)


def _data(values: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=values)
