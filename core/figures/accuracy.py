"""Proportion correct by condition: every participant, the mean with its interval, chance, and what the paper found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from core.design_spec import Condition, in_order
from core.experiment import RespondentKind
from core.figures import captions
from core.figures.encoding import (
    CHANCE,
    Series,
    conditions_of,
    data,
    dimmed,
    jitter,
    layered,
    level,
    number,
    over,
    percent_y,
    places_x,
    selection,
    word,
)
from core.figures.figure import SELECT, Figure, Row, Value
from core.figures.references import CITATION, PAPER_HEADLINE
from core.figures.theme import INK, PALE
from core.inference import Results
from core.inference.proportions import Proportion

TITLE: Final = "Accuracy by condition"
HEIGHT_PX: Final = 360
PARTICIPANTS: Final = (-0.32, -0.16)  # they stand left of their mean
MEAN_AT: Final = -0.04
PAPER_AT: Final = 0.25
OBSERVER_AT: Final = 0.17
PAPER_BESIDE_OBSERVER_AT: Final = 0.32
ROOM: Final = 0.1
SOURCES: Final = {"paper": captions.HEADLINE, "published": captions.PUBLISHED}
At = tuple[alt.X, alt.Y]
MOST_LINES: Final = 120  # beyond, lines are a grey surface
MOST_POINTS: Final = 300  # beyond, points that share a place are one, as large as they are many


@dataclass(frozen=True, slots=True)
class Known:
    """A proportion correct that was published, with 2 standard errors over participants."""

    source: str
    mean: float
    two_sem: float | None


def accuracy_figure(
    results: Results, *, published: Results | None = None, kind: RespondentKind = "people", observer: Results | None = None
) -> Figure | None:
    """Return the figure; None where nobody answered. `observer`: a machine observer's results beside people's, as hollow marks."""
    if not results.accuracy:
        return None
    conditions = list(in_order(results.accuracy))
    known = published_accuracy(published, conditions)
    beside = {} if observer is None else {name: one for name, one in observer.accuracy.items() if name in conditions}
    rows = tuple(_row(condition, results.accuracy[condition], known.get(condition), beside.get(condition)) for condition in conditions)
    chart = _chart(results, conditions, known, beside)
    return Figure("accuracy", TITLE, _caption(results, known, kind, beside), chart, rows, SELECT, ("condition",))


def published_accuracy(published: Results | None, conditions: Sequence[Condition]) -> dict[Condition, Known]:
    """Return the abstract's headline of these conditions, and what the published answers say of others, where they are given."""
    known = {name: Known("paper", *PAPER_HEADLINE[name]) for name in conditions if name in PAPER_HEADLINE}
    finer = {} if published is None else published.accuracy
    others = {name: Known("published", finer[name].mean, finer[name].two_sem) for name in conditions if name in finer}
    return {**others, **known}


def _chart(
    results: Results, conditions: list[Condition], known: Mapping[Condition, Known], beside: Mapping[Condition, Proportion]
) -> alt.LayerChart:
    at, series = (places_x(conditions, right=ROOM), percent_y()), conditions_of(conditions)
    layers = [
        level(CHANCE, at[1], at[0], len(conditions)),
        _chance_name(at, len(conditions)),
        *_known_layers(known, conditions, at, is_beside=bool(beside)),
    ]
    layers += [*_participants(results, conditions, at, series), *_observer(beside, conditions, at, series)]
    layers += _means(results, conditions, at, series)
    return layered(layers, height_px=HEIGHT_PX)


def _participants(results: Results, conditions: list[Condition], at: At, series: Series) -> list[alt.Chart]:
    """Return a point for every participant and condition, and lines between those of one participant."""
    values = [
        {"condition": condition, "participant": who, "x": place + jitter(who, *PARTICIPANTS), "value": one.mean, "n": one.n_trials}
        for place, condition in enumerate(conditions)
        for who, one in results.accuracy_by_participant.get(condition, {}).items()
    ]
    names = {one["participant"] for one in values}
    if len(names) < 2:
        return []
    if len(names) > MOST_POINTS:
        return [_crowd(values, conditions, at, series)]
    base = alt.Chart(data(values)).encode(x=at[0], y=at[1])
    tooltip = [word("participant"), word("condition"), number("value", "accuracy", ".1%"), number("n", "trials", ",")]
    line = base.mark_line(strokeWidth=0.8, opacity=0.25, color=INK).encode(detail=alt.Detail("participant:N"))
    point = base.mark_circle(size=30, opacity=0.6).transform_calculate(key="datum.participant + '/' + datum.condition")
    return [*([line] if len(names) <= MOST_LINES else []), point.encode(color=series.colour(), key=alt.Key("key:N"), tooltip=tooltip)]


def _crowd(values: list[dict[str, Any]], conditions: list[Condition], at: At, series: Series) -> alt.Chart:
    counted = Counter((one["condition"], round(one["value"], 2)) for one in values)
    middle = sum(PARTICIPANTS) / 2
    circles = [
        {
            "condition": condition,
            "x": conditions.index(condition) + middle,
            "value": value,
            "participants": n,
            "key": f"{condition}/{value}",
        }
        for (condition, value), n in counted.items()
    ]
    tooltip = [word("condition"), number("value", "accuracy", ".0%"), number("participants", "participants", ",")]
    size = alt.Size("participants:Q", scale=alt.Scale(range=[6, 260], domain=[1, max(counted.values())]), legend=None)
    chart: alt.Chart = alt.Chart(data(circles)).mark_circle(opacity=0.5)
    return chart.encode(x=at[0], y=at[1], size=size, color=series.colour(), key=alt.Key("key:N"), tooltip=tooltip)


def _means(results: Results, conditions: list[Condition], at: At, series: Series) -> list[alt.Chart]:
    values = [_mean(place, condition, results.accuracy[condition]) for place, condition in enumerate(conditions)]
    chosen = selection("condition")
    numbers = [number("value", "accuracy", ".1%"), number("low", "95 % from", ".1%"), number("high", "to", ".1%")]
    tooltip = [word("condition"), *numbers, number("n", "trials", ","), number("participants", "respondents", ",")]
    base = alt.Chart(data(values)).encode(x=at[0], y=at[1], color=series.colour(), key=alt.Key("condition:N"), tooltip=tooltip)
    rule = base.mark_rule(strokeWidth=2.5).encode(y=over(at[1], "low"), y2=alt.Y2("high:Q"), opacity=dimmed())
    mark = base.mark_point(size=150, filled=True).encode(shape=series.shape(), opacity=dimmed()).add_params(chosen)
    text = base.mark_text(align="left", dx=11, fontSize=12.5, fontWeight=600, color=INK).encode(
        text=alt.Text("label:N"), color=alt.ColorValue(INK)
    )
    return [rule, mark, text]


def _mean(place: int, condition: Condition, one: Proportion, *, at: float = MEAN_AT) -> dict[str, Any]:
    low, high = one.wilson
    numbers = {"value": one.mean, "low": low, "high": high, "n": one.n_trials, "participants": one.n_participants}
    return {"condition": condition, "x": place + at, "label": f"{100 * one.mean:.0f} %", **numbers}


def _observer(beside: Mapping[Condition, Proportion], conditions: list[Condition], at: At, series: Series) -> list[alt.Chart]:
    """Return hollow diamonds with intervals, and their name."""
    if not beside:
        return []
    values = [_mean(conditions.index(condition), condition, one, at=OBSERVER_AT) for condition, one in beside.items()]
    numbers = [number("value", "observer", ".1%"), number("low", "95 % from", ".1%"), number("high", "to", ".1%")]
    base = alt.Chart(data(values)).encode(x=at[0], y=at[1], color=series.colour(), key=alt.Key("condition:N"))
    base = base.encode(tooltip=[word("condition"), *numbers, number("n", "tasks", ",")])
    rule = base.mark_rule(strokeWidth=1.5).encode(y=over(at[1], "low"), y2=alt.Y2("high:Q"))
    mark = base.mark_point(size=110, shape="diamond", filled=False, strokeWidth=2, opacity=1)
    text = base.mark_text(baseline="bottom", dy=-9, fontSize=11, color=INK, opacity=PALE)
    return [rule, mark, text.encode(y=over(at[1], "high"), text=alt.TextValue("observer"), color=alt.ColorValue(INK))]


def _known_layers(known: Mapping[Condition, Known], conditions: Sequence[Condition], at: At, *, is_beside: bool) -> list[alt.Chart]:
    """Return published means as pale ticks on bars of ± 2 standard errors, named once each; farther right of an observer."""
    offset = PAPER_BESIDE_OBSERVER_AT if is_beside else PAPER_AT
    values = [_known(one, conditions.index(condition) + offset) | {"condition": condition} for condition, one in known.items()]
    if not values:
        return []
    base = alt.Chart(data(values)).encode(x=at[0], y=at[1], tooltip=[word("condition"), alt.Tooltip("label:N", title=CITATION)])
    bar = base.mark_rule(strokeWidth=10, opacity=0.18, color=INK).encode(y=over(at[1], "low"), y2=alt.Y2("high:Q"))
    tick = base.mark_tick(thickness=2, size=16, opacity=0.6, color=INK, orient="horizontal")
    label = base.mark_text(align="left", dx=12, dy=-6, lineBreak="\n", fontSize=11, color=INK, opacity=PALE).encode(
        text=alt.Text("label:N")
    )
    return [bar, tick, label]


def _known(one: Known, x: float) -> dict[str, Any]:
    spread = one.two_sem or 0.0
    label = f"{one.source}\n{one.mean * 100:.0f} ± {spread * 100:.0f}"
    return {
        "x": x,
        "value": one.mean,
        "low": max(0.0, one.mean - spread),
        "high": min(1.0, one.mean + spread),
        "label": label,
    }


def _chance_name(at: At, n: int) -> alt.Chart:
    chart = alt.Chart(data([{"x": n - 0.5, "value": CHANCE, "label": "chance"}])).mark_text(align="left", dx=5, color=INK, fontSize=11)
    named: alt.Chart = chart.encode(x=at[0], y=at[1], text=alt.Text("label:N"), opacity=alt.OpacityValue(PALE))
    return named


def _caption(results: Results, known: Mapping[Condition, Known], kind: RespondentKind, beside: Mapping[Condition, Proportion]) -> str:
    counts = {condition: one.n_trials for condition, one in results.accuracy.items()}
    n = max(len(of) for of in results.accuracy_by_participant.values()) if results.accuracy_by_participant else 0
    small = (
        ""
        if n < 2
        else " Small points: one participant each"
        + (", larger where several share a value." if n > MOST_POINTS else ", joined by a thin line." if n <= MOST_LINES else ".")
    )
    sources = {one.source for one in known.values()}
    headline = "".join(f" {sentence}" for source, sentence in SOURCES.items() if source in sources)
    return (
        f"Proportion correct over main trials; {captions.counted(counts, results.n_participants, kind)}. "
        f"{captions.bars(results.accuracy.values())}."
        f"{small}{_of_observer(beside)} Dashed: chance, 50 %.{headline}"
    )


def _of_observer(beside: Mapping[Condition, Proportion]) -> str:
    if not beside:
        return ""
    return f" Hollow: a machine observer, n = {sum(one.n_trials for one in beside.values()):,} tasks; its bars are over units."


def _row(condition: Condition, one: Proportion, known: Known | None, observer: Proportion | None) -> Row:
    interval = {"low": one.wilson[0], "high": one.wilson[1], "two_sem": one.two_sem}
    counts = {"trials": one.n_trials, "participants": one.n_participants}
    mean, two_sem = (None, None) if known is None else (known.mean, known.two_sem)
    row: dict[str, Value] = {"condition": condition, "accuracy": one.mean, **interval, **counts}
    row |= {"published_accuracy": mean, "published_two_sem": two_sem}
    if observer is None:
        return row
    return row | {"observer": observer.mean, "observer_low": observer.wilson[0], "observer_high": observer.wilson[1]}
