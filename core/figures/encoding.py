"""The parts that all charts are made of: data, axes, colours and shapes of conditions, tooltips, the selection, places of marks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import altair as alt

from core.design_spec import Condition
from core.figures.figure import SELECT
from core.figures.theme import DASHED, INK, LABEL_PX, PALE
from core.palette import condition_colours
from core.percents import PERCENT_LABEL

CHANCE: Final = 0.5
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
Axis = TypeVar("Axis", alt.X, alt.Y)
UNCHOSEN: Final = 0.3  # opacity of marks while another is selected


def data(values: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Return the rows of one layer."""
    return alt.InlineData(values=list(values))


@dataclass(frozen=True, slots=True)
class Series:
    """What is told apart by colour and shape: the conditions, or the moments of a rating. All of a scale, drawn or not."""

    word: str
    colours: Mapping[str, str]
    shapes: Mapping[str, str]

    def colour(self) -> alt.Color:
        """Return the colour scale, the same in every chart."""
        return alt.Color(f"{self.word}:N", scale=_scale(self.colours), legend=None)

    def shape(self) -> alt.Shape:
        """Return the shapes: whoever sees no colour tells them apart."""
        return alt.Shape(f"{self.word}:N", scale=_scale(self.shapes), legend=None)


def conditions_of(conditions: Iterable[Condition]) -> Series:
    """Return the conditions' colours and shapes; imported methods have theirs by which of them are shown."""
    colours = condition_colours(conditions)
    return Series("condition", colours, {name: SHAPES[place % len(SHAPES)] for place, name in enumerate(colours)})


def _scale(marks: Mapping[str, str]) -> alt.Scale:
    return alt.Scale(domain=list(marks), range=list(marks.values()))


def selection(*fields: str) -> alt.Parameter:
    """Return the point selection of a chart: a click chooses a mark by these fields, a click beside all marks chooses none."""
    return alt.selection_point(name=SELECT, fields=list(fields), toggle=False)


def dimmed() -> alt.OpacityValue:
    """Return the opacity of marks: full, or pale while another one is selected."""
    return alt.OpacityValue(UNCHOSEN, condition={"param": SELECT, "value": 1.0})


def places_x(names: Sequence[str], *, title: str | None = None, right: float = 0.0) -> alt.X:
    """Return a horizontal axis with names at 0, 1, 2 ...; `right`: room for words, in places."""
    return alt.X("x:Q", title=title, scale=_places(len(names), right), axis=alt.Axis(**_named(names), **_turned(names)))


def places_y(names: Sequence[str], *, title: str | None = None) -> alt.Y:
    """Return a vertical axis with names at 0, 1, 2 ... from the top down."""
    scale = alt.Scale(domain=[len(names) - 0.5, -0.5], nice=False, zero=False)
    return alt.Y("y:Q", title=title, scale=scale, axis=alt.Axis(**_named(names), labelAngle=0, labelLimit=220))


def _places(n: int, right: float) -> alt.Scale:
    return alt.Scale(domain=[-0.5, n - 0.5 + right], nice=False, zero=False)


def _named(names: Sequence[str]) -> dict[str, Any]:
    expression = f"{json.dumps(list(names))}[datum.value]"
    return {"values": list(range(len(names))), "labelExpr": expression, "grid": False, "ticks": False, "labelOverlap": False}


def _turned(names: Sequence[str]) -> dict[str, Any]:
    """Return upright words while there is room for them."""
    is_crowded = len(names) > 7 and max(map(len, names)) > 4
    return {"labelAngle": -40, "labelAlign": "right"} if is_crowded else {"labelAngle": 0}


def percent_y(title: str = "Accuracy") -> alt.Y:
    """Return the axis of proportions, all of it; the same for every layer: with different ones the domain would be lost."""
    return value_y(title, [0.0, 1.0], pattern="%")


def value_y(title: str, domain: Sequence[float], *, pattern: str) -> alt.Y:
    """Return a vertical axis over a domain that every layer shares."""
    words: dict[str, Any] = {"labelExpr": PERCENT_LABEL} if pattern == "%" else {"format": pattern}
    axis = alt.Axis(**words, tickCount=6)
    return alt.Y("value:Q", title=title, scale=alt.Scale(domain=list(domain), nice=False, zero=False), axis=axis)


def level(value: float, y: alt.Y, x: alt.X, n: int) -> alt.Chart:
    """Return a dashed line at a value (chance, no difference), over n places."""
    chart: alt.Chart = alt.Chart(data([{"value": value, "x": -0.5, "until": n - 0.5}])).mark_rule(strokeDash=list(DASHED), color=INK)
    drawn: alt.Chart = chart.encode(y=y, x=x, x2=alt.X2("until:Q"), opacity=alt.OpacityValue(0.6))
    return drawn


def end_names(ends: Mapping[str, float], x: float, *, at: tuple[alt.X, alt.Y], series: Series) -> list[alt.Chart]:
    """Return names with their marks, at x and these heights: a legend where the lines end. What is of no series stands pale."""
    values: list[dict[str, Any]] = [{series.word: name, "label": name, "x": x, "value": height} for name, height in ends.items()]
    own = [one for one in values if one[series.word] in series.colours]
    named, others = (alt.Chart(data(rows)).encode(x=at[0], y=at[1]) for rows in (own, [one for one in values if one not in own]))
    dot = named.mark_point(size=42, filled=True, opacity=1).encode(color=series.colour(), shape=series.shape())
    text = named.mark_text(align="left", dx=8, fontSize=LABEL_PX, color=INK).encode(text=alt.Text("label:N"))
    pale = others.mark_text(align="left", dx=8, fontSize=LABEL_PX, color=INK, opacity=PALE).encode(text=alt.Text("label:N"))
    return [dot, text, *([pale] if len(own) < len(values) else [])]


def over(axis: Axis, field: str) -> Axis:
    """Return the same axis for another field."""
    found: Axis = axis.copy()
    found.shorthand = f"{field}:Q"
    return found


def spread(values: Sequence[float], gap: float, *, low: float, high: float) -> list[float]:
    """Return places for words at these values: in their order, at least `gap` apart where there is room, within low to high."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    gap = min(gap, (high - low) / max(1, len(values) - 1))
    found = [min(max(values[place], low), high) for place in order]
    for place in range(1, len(found)):
        found[place] = max(found[place], found[place - 1] + gap)
    for place in reversed(range(len(found))):
        above = high if place == len(found) - 1 else found[place + 1] - gap
        found[place] = min(found[place], above)
    return [found[order.index(place)] for place in range(len(values))]


def dodge(place: int, n: int, *, width: float = 0.5) -> float:
    """Return the offset of one of n marks side by side, 0 in the middle."""
    return 0.0 if n < 2 else width * (place / (n - 1) - 0.5) * min(1.0, n / 3)


def jitter(name: str, low: float, high: float) -> float:
    """Return a place between low and high that is drawn from a hash of the name, so that a rerun moves nobody."""
    return low + int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF * (high - low)


def number(name: str, title: str, pattern: str) -> alt.Tooltip:
    """Return a number of a tooltip."""
    return alt.Tooltip(f"{name}:Q", title=title, format=pattern)


def word(name: str, title: str | None = None) -> alt.Tooltip:
    """Return a word of a tooltip."""
    return alt.Tooltip(f"{name}:N", title=title or name)


def layered(layers: Sequence[alt.Chart], *, height_px: int) -> alt.LayerChart:
    """Return the layers as one chart, the first at the back."""
    return alt.LayerChart(layer=list(layers), height=height_px)
