"""Estimates with intervals by series (conditions) and a second word (layer, branch, scheme): side by side, published ones behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Final

import altair as alt

from core.figures.encoding import (
    CHANCE,
    Series,
    conditions_of,
    data,
    dimmed,
    dodge,
    end_names,
    layered,
    level,
    number,
    over,
    places_x,
    selection,
    spread,
    value_y,
    word,
)
from core.figures.figure import Row, Value
from core.figures.theme import HEIGHT_PX, INK
from core.inference.proportions import Proportion

NAME_GAP: Final = 0.065  # of the axis: two names on top of each other
ROOM: Final = 0.18  # of the places: the series' names stand there, at the right
REFERENCE_PX: Final = 9
LINE_OPACITY: Final = 0.35
OPEN_ROOM: Final = 2.0  # times the room beyond the numbers, for an interval that goes on
PUBLISHED: Final = "published"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of a series (a condition) in a category (a layer), with its interval and n; what is not known is None, of an interval one
    bound that is infinite."""

    category: str
    series: str
    mean: float
    low: float | None
    high: float | None
    n: int
    n_participants: int
    two_sem: float | None = None

    @classmethod
    def of_proportion(cls, category: str, series: str, one: Proportion, *, two_sem: bool = False) -> Estimate:
        """Return a proportion's estimate with its Wilson interval, or with ± 2 standard errors."""
        low, high = around(one.mean, one.two_sem) if two_sem else one.wilson
        return cls(category, series, one.mean, low, high, one.n_trials, one.n_participants, one.two_sem)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the bounds that there are, else the estimate."""
        return (self.mean if self.low is None else self.low), (self.mean if self.high is None else self.high)

    @property
    def open_ends(self) -> tuple[bool, bool]:
        """Return whether there is no lower, and no upper bound to the interval."""
        return self.low is None and self.high is not None, self.high is None and self.low is not None


@dataclass(frozen=True, slots=True)
class Measure:
    """How estimates are drawn and named. `domain`: of the axis, None: from the numbers; `level`: a value that is marked, and its name."""

    key: str  # in tables
    title: str  # of the axis
    pattern: str
    axis_pattern: str
    domain: tuple[float, float] | None = None
    level: tuple[float, str] | None = None
    what: str = "trials"


@dataclass(frozen=True, slots=True)
class Words:
    """The word that categories are levels of, and their order. `joined`: a line leads from one to the next, since they are in order."""

    word: str
    names: tuple[str, ...]
    joined: bool = False
    title: str | None = None
    shown: Mapping[str, str] = field(default_factory=dict)

    def label(self, name: str) -> str:
        return self.shown.get(name, name)


PROPORTION: Final = Measure("accuracy", "Accuracy", ".1%", "%", (0.0, 1.0), (CHANCE, "chance"))
SECONDS: Final = Measure("seconds", "Reaction time (s)", ".2f", "~g")
RATING: Final = Measure("rating", "Rating", "+.1f", ",.0f", (-100.0, 100.0), what="ratings")


def around(mean: float, two_sem: float | None) -> tuple[float | None, float | None]:
    """Return the ends of mean ± 2 standard errors, where they are known."""
    return (None, None) if two_sem is None else (mean - two_sem, mean + two_sem)


def estimates_chart(
    found: Sequence[Estimate],
    words: Words,
    measure: Measure,
    *,
    published: Sequence[Estimate] = (),
    series: Series | None = None,
    height_px: int = HEIGHT_PX,
) -> alt.LayerChart:
    """Return the estimates with their intervals, series (default: conditions) side by side; published ones pale behind, ± 2 SEM."""
    series = series or conditions_of(one.series for one in found)
    drawn = [name for name in series.colours if any(one.series == name for one in found)]
    domain = measure.domain or _domain([*found, *published], is_marked=measure.level is not None)
    at = places_x([words.label(name) for name in words.names], title=words.title, right=ROOM * len(words.names)), _y(measure, domain)
    values = [_placed(one, words, drawn, series.word, domain) | _bounds(one, measure.pattern) for one in found]
    known = [_placed(one, words, drawn, series.word, domain) for one in published if one.series in drawn]
    layers = [] if measure.level is None else [level(measure.level[0], at[1], at[0], len(words.names))]
    layers += _published_layers(known, at, measure, series)
    layers += _estimate_layers(values, words, measure, at=at, series=series)
    named = [] if words.word == series.word else values
    x, heights = len(words.names) * (1 + 0.02) - 0.5, _ends(named, known, measure, domain=domain, series=series.word)
    return layered([*layers, *end_names(heights, x, at=at, series=series), *_key(heights, x, at)], height_px=height_px)


def table(
    found: Sequence[Estimate], words: Words, measure: Measure, *, published: Sequence[Estimate] = (), series: str = "condition"
) -> tuple[Row, ...]:
    """Return the numbers of a chart, a row an estimate, with the published number where there is one."""
    known = {(one.category, one.series): one for one in published}
    return tuple(_row(one, words, measure, series) | _published_cells(one, measure, known) for one in found)


def _row(one: Estimate, words: Words, measure: Measure, series: str) -> dict[str, Value]:
    row: dict[str, Value] = {words.word: words.label(one.category)}
    row |= {} if words.word == series else {series: one.series}
    row |= {measure.key: one.mean, "low": one.low, "high": one.high, "two_sem": one.two_sem}
    return row | {measure.what: one.n, "participants": one.n_participants}


def _published_cells(one: Estimate, measure: Measure, known: Mapping[tuple[str, str], Estimate]) -> dict[str, Value]:
    if not known:
        return {}
    other = known.get((one.category, one.series))
    mean, two_sem = (None, None) if other is None else (other.mean, other.two_sem)
    return {f"published_{measure.key}": mean, "published_two_sem": two_sem}


def _placed(one: Estimate, words: Words, drawn: Sequence[str], series: str, domain: tuple[float, float]) -> dict[str, Any]:
    """Return an estimate as it is drawn: infinite bounds end at the axis, and so do ± 2 standard errors beyond what a measure can be."""
    is_open = one.open_ends
    low, high = domain[0] if is_open[0] else max(domain[0], one.ends[0]), domain[1] if is_open[1] else min(domain[1], one.ends[1])
    offset = 0.0 if words.word == series else dodge(drawn.index(one.series), len(drawn))
    return {
        words.word: one.category,
        series: one.series,
        "x": words.names.index(one.category) + offset,
        "value": one.mean,
        "low": low,
        "high": high,
        "n": one.n,
        "participants": one.n_participants,
        "key": f"{one.category}/{one.series}",
    }


def _bounds(one: Estimate, pattern: str) -> dict[str, Any]:
    """Return an interval's bounds in words."""
    is_open = one.open_ends
    absent = [("−∞", "∞")[end] if is_open[end] else "not known" for end in (0, 1)]
    low, high = (f"{bound:{pattern}}".replace("-", "−") if bound is not None else "" for bound in (one.low, one.high))
    return {"from": low or absent[0], "to": high or absent[1]}


def _estimate_layers(
    values: list[dict[str, Any]], words: Words, measure: Measure, *, at: tuple[alt.X, alt.Y], series: Series
) -> list[alt.Chart]:
    chosen = selection(*dict.fromkeys((words.word, series.word)))
    x, y = at
    names = [word(name) for name in dict.fromkeys((words.word, series.word))]
    numbers = [number("value", measure.title, measure.pattern), word("from", "low"), word("to", "high")]
    tooltip = [*names, *numbers, number("n", measure.what, ","), number("participants", "respondents", ",")]
    base = alt.Chart(data(values)).encode(x=x, y=y, color=series.colour())
    line = base.mark_line(strokeWidth=1.4, opacity=LINE_OPACITY)
    keyed = base.encode(key=alt.Key("key:N"), tooltip=tooltip, opacity=dimmed())
    rule = keyed.mark_rule(strokeWidth=2).encode(y=over(y, "low"), y2=alt.Y2("high:Q"))
    mark = keyed.mark_point(size=85, filled=True).encode(shape=series.shape()).add_params(chosen)
    return [*([line] if words.joined else []), rule, *_open_marks(values, y, keyed), mark]


def _open_marks(values: Sequence[dict[str, Any]], y: alt.Y, keyed: alt.Chart) -> list[alt.Chart]:
    """Return an open mark where an interval goes on beyond the axis."""
    there = {end: [one for one in values if one[end] == word] for end, word in (("from", "−∞"), ("to", "∞"))}
    ends = (("from", "low", "triangle-down"), ("to", "high", "triangle-up"))
    return [
        keyed.properties(data=data(there[end])).mark_point(size=60, filled=False, shape=shape).encode(y=over(y, field))
        for end, field, shape in ends
        if there[end]
    ]


def _published_layers(values: list[dict[str, Any]], at: tuple[alt.X, alt.Y], measure: Measure, series: Series) -> list[alt.Chart]:
    """Return the published numbers: a pale bar over ± 2 standard errors with a tick at the mean."""
    if not values:
        return []
    x, y = at
    numbers = [number("value", "published", measure.pattern), *(number(end, f"± 2 SEM {end}", measure.pattern) for end in ("low", "high"))]
    base = alt.Chart(data(values)).encode(x=x, y=y, tooltip=[word(series.word), *numbers])
    bar = base.mark_rule(strokeWidth=REFERENCE_PX, opacity=0.16, color=INK).encode(y=over(y, "low"), y2=alt.Y2("high:Q"))
    return [bar, base.mark_tick(thickness=1.5, size=REFERENCE_PX + 5, opacity=0.6, color=INK, orient="horizontal")]


def _ends(
    values: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]], measure: Measure, *, domain: tuple[float, float], series: str
) -> dict[str, float]:
    """Return the names' heights at the right: of the last marks, the published ones and the level, apart from each other."""
    last = {one[series]: float(one["value"]) for one in sorted(values, key=lambda one: float(one["x"]))}
    final = [float(one["value"]) for one in known if round(one["x"]) == max(round(other["x"]) for other in known)]
    last |= {PUBLISHED: fmean(final)} if final else {}
    last |= {} if measure.level is None else {measure.level[1]: measure.level[0]}
    heights = spread(list(last.values()), NAME_GAP * (domain[1] - domain[0]), low=domain[0], high=domain[1])
    return dict(zip(last, heights, strict=True))


def _key(heights: Mapping[str, float], x: float, at: tuple[alt.X, alt.Y]) -> list[alt.Chart]:
    """Return the mark beside the name of the published numbers."""
    values = [{"x": x, "value": height} for name, height in heights.items() if name == PUBLISHED]
    chart = alt.Chart(data(values)).mark_tick(thickness=5, size=8, opacity=0.3, color=INK, orient="horizontal")
    return [chart.encode(x=at[0], y=at[1])] if values else []


def _y(measure: Measure, domain: Sequence[float]) -> alt.Y:
    return value_y(measure.title, domain, pattern=measure.axis_pattern)


def _domain(found: Sequence[Estimate], *, is_marked: bool) -> tuple[float, float]:
    """Return the axis from 0 to a little above the highest interval, or from below where there are negative numbers or 0 is marked."""
    low, high = min([0.0, *(one.ends[0] for one in found)]), max([0.0, *(one.ends[1] for one in found)])
    room = 0.08 * (high - low or 1.0)
    below, above = (OPEN_ROOM * room if any(one.open_ends[end] for one in found) else 0.0 for end in (0, 1))
    return (low - room - below if low < 0 or is_marked or below else 0.0), high + room + above
