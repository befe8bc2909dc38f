"""Units ranked by natural − synthetic: every one up to a few dozen; of more, both ends of the ranking and a curve of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import altair as alt

from core.experiment import RespondentKind
from core.figures import captions
from core.figures.encoding import data, dimmed, layered, number, over, places_y, selection, word
from core.figures.figure import SELECT, Figure, Row
from core.figures.theme import DASHED, HEIGHT_PX, INK
from core.inference import Results
from core.inference.proportions import Proportion, newcombe
from core.palette import CONDITION_COLOURS

TITLE: Final = "Units by natural − synthetic"
CURVE_TITLE: Final = "All units, ranked"
PAIR: Final = ("natural", "synthetic")
MOST_ROWS: Final = 36  # of more units, so many stand at the ends
AT_EACH_END: Final = 14
MANY: Final = 300
DIGITS: Final = 4  # drawn; tables have them all
ROW_PX: Final = 17
BETTER: Final = tuple(f"{name} better" for name in PAIR)
EQUAL: Final = "equal"


@dataclass(frozen=True, slots=True)
class UnitDifference:
    """A unit's difference of proportions correct, natural − synthetic, with Newcombe's 95 % interval; `rank` 0 is the largest."""

    unit: str
    rank: int
    difference: float
    low: float
    high: float
    natural: Proportion
    synthetic: Proportion

    @property
    def better(self) -> str:
        return EQUAL if not self.difference else BETTER[self.difference < 0]


def ranked_units(results: Results) -> tuple[UnitDifference, ...]:
    """Return the units that were answered in both conditions, the largest difference first; of equal ones the surer."""
    natural, synthetic = (results.accuracy_by_unit.get(condition, {}) for condition in PAIR)
    found = [_difference(name, natural[name], synthetic[name]) for name in natural if name in synthetic]
    found.sort(key=lambda one: (-one.difference, -one.low, one.unit))
    return tuple(replace(one, rank=rank) for rank, one in enumerate(found))


def unit_figures(results: Results, *, kind: RespondentKind = "people") -> tuple[Figure, ...]:
    """Return the ranking of units, and a curve of all where they are more than fit; nothing below two units."""
    ranked = ranked_units(results)
    if len(ranked) < 2:
        return ()
    rows = tuple(_row(one) for one in ranked)
    caption, fields = _caption(ranked, results, kind), ("unit",)
    ranking = Figure("units", TITLE, caption, _ranking(ranked), rows, SELECT, fields)
    if len(ranked) <= MOST_ROWS:
        return (ranking,)
    return ranking, Figure("units-curve", CURVE_TITLE, caption, _curve(ranked), rows, SELECT, fields)


def _ranking(ranked: Sequence[UnitDifference]) -> alt.LayerChart:
    shown = list(ranked) if len(ranked) <= MOST_ROWS else [*ranked[:AT_EACH_END], *ranked[-AT_EACH_END:]]
    gap = [] if len(shown) == len(ranked) else [f"… {len(ranked) - len(shown):,} units …"]
    names = [*(one.unit for one in shown[: len(shown) // 2]), *gap, *(one.unit for one in shown[len(shown) // 2 :])]
    places = {name: place for place, name in enumerate(names)}
    y = places_y(names)
    x = alt.X("value:Q", title="Accuracy, natural − synthetic (points)", scale=_scale(shown), axis=_axis())
    values = [{**_drawn(one), "y": places[one.unit]} for one in shown]
    return layered([_zero(x=x), *_lollipops(values, x, y)], height_px=max(120, ROW_PX * len(names) + 24))


def _lollipops(values: Sequence[dict[str, Any]], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    chosen = selection("unit")
    base = alt.Chart(data(values)).encode(y=y, color=_colour(), key=alt.Key("unit:N"), tooltip=_tooltip(), opacity=dimmed())
    interval = base.mark_rule(strokeWidth=1.6).encode(x=over(x, "low"), x2=alt.X2("high:Q"))
    return [interval, base.mark_circle(size=70).encode(x=x).add_params(chosen)]


def _curve(ranked: Sequence[UnitDifference]) -> alt.LayerChart:
    n = len(ranked)
    scale, axis = alt.Scale(domain=[1 - 0.01 * n, n * 1.01], nice=False), alt.Axis(grid=False, format=",d", tickMinStep=1)
    x = alt.X("rank:Q", title=f"Rank among {n:,} units", scale=scale, axis=axis)
    y = alt.Y("value:Q", title="natural − synthetic (points)", scale=_scale(ranked), axis=_axis())
    base = alt.Chart(data([_drawn(one) for one in ranked])).encode(x=x, y=y)
    band = base.mark_area(opacity=0.16, color=INK, interpolate="step").encode(y=over(y, "low"), y2=alt.Y2("high:Q"))
    point = base.mark_circle(size=18 if n > MANY else 34).encode(color=_colour(), tooltip=_tooltip(), key=alt.Key("unit:N"))
    return layered([band, _zero(y=y), point.encode(opacity=dimmed()).add_params(selection("unit"))], height_px=HEIGHT_PX)


def _scale(shown: Sequence[UnitDifference]) -> alt.Scale:
    """Return the axis, the same at both sides of 0."""
    reach = 1.04 * max(abs(end) for one in shown for end in (one.low, one.high))
    return alt.Scale(domain=[-reach, reach], nice=False)


def _axis() -> alt.Axis:
    """Return an axis in percentage points."""
    return alt.Axis(labelExpr="datum.value ? format(100 * datum.value, '+.0f') : '0'", tickCount=7)


def _zero(**axis: alt.X | alt.Y) -> alt.Chart:
    base = alt.Chart(data([{"value": 0}])).mark_rule(color=INK, opacity=0.6, strokeDash=list(DASHED))
    chart: alt.Chart = base.encode(**axis)
    return chart


def _colour() -> alt.Color:
    colours = [*(CONDITION_COLOURS[name] for name in PAIR), CONDITION_COLOURS["none"]]
    legend = alt.Legend(title=None, orient="top", symbolOpacity=1)
    return alt.Color("better:N", scale=alt.Scale(domain=[*BETTER, EQUAL], range=colours), legend=legend)


def _tooltip() -> list[alt.Tooltip]:
    ends = [number(name, title, "+.1%") for name, title in (("value", "natural − synthetic"), ("low", "95 % from"), ("high", "to"))]
    return [word("unit"), *ends, *(number(name, name, ".1%") for name in PAIR), number("n", "trials", ",")]


def _drawn(one: UnitDifference) -> dict[str, Any]:
    numbers = {"value": one.difference, "low": one.low, "high": one.high, "natural": one.natural.mean, "synthetic": one.synthetic.mean}
    rounded = {name: round(value, DIGITS) for name, value in numbers.items()}
    n = one.natural.n_trials + one.synthetic.n_trials
    return {"unit": one.unit, "rank": one.rank + 1, "better": one.better, "n": n, **rounded}


def _difference(name: str, natural: Proportion, synthetic: Proportion) -> UnitDifference:
    low, high = newcombe(natural.n_correct, natural.n_trials, synthetic.n_correct, synthetic.n_trials)
    return UnitDifference(name, 0, natural.mean - synthetic.mean, low, high, natural, synthetic)


def _row(one: UnitDifference) -> Row:
    shares = {"natural": one.natural.mean, "synthetic": one.synthetic.mean}
    trials = {"trials_natural": one.natural.n_trials, "trials_synthetic": one.synthetic.n_trials}
    return {"unit": one.unit, "natural_minus_synthetic": one.difference, "low": one.low, "high": one.high, **shares, **trials}


def _caption(ranked: Sequence[UnitDifference], results: Results, kind: RespondentKind) -> str:
    trials = sorted({one.natural.n_trials for one in ranked} | {one.synthetic.n_trials for one in ranked})
    each = f"{trials[0]:,}" if len(trials) == 1 else f"{trials[0]:,} to {trials[-1]:,}"
    better = sum(one.difference > 0 for one in ranked)
    clear = sum(one.low > 0 or one.high < 0 for one in ranked)
    return (
        f"Difference of proportions correct of {len(ranked):,} units answered in both conditions; n = {each} trials of a unit in each, "
        f"{captions.respondents(results.n_participants, kind)}. Natural is better in {better:,}. 95 % Newcombe intervals of pooled trials, "
        f"{clear:,} of them without 0. With few trials, chance decides which units stand at the ends."
    )
