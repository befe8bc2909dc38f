"""How sure people were: shares of confidence 1 to 3 by condition, of all, correct and incorrect answers, as stacked bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from core.design_spec import Condition, in_order
from core.experiment import RespondentKind
from core.figures import captions
from core.figures.encoding import Series, conditions_of, data, layered, number, places_y, selection, word
from core.figures.figure import SELECT, Figure, Row
from core.figures.theme import INK, LABEL_PX
from core.inference import Results
from core.inference.confidence import LEVELS, ConfidenceShares
from core.inference.reaction_times import WHICH
from core.percents import PERCENT_LABEL

TITLE: Final = "Confidence"
ANSWERS: Final = {"all": "all trials", "correct": "correct", "incorrect": "incorrect"}
NAMES: Final = {1: "1 not sure", 2: "2", 3: "3 sure"}
OPACITY: Final = (0.28, 1.0)  # of 1 and 3; 2 lies between
BAR: Final = 0.84  # of a group's height, all conditions together
GROUP_PX: Final = 92
LEAST_NAMED: Final = 0.09  # shares that have room for their number
Shares = Mapping[Condition, ConfidenceShares]


def confidence_figure(results: Results, *, kind: RespondentKind = "people") -> Figure | None:
    """Return the shares; None where no answer has a confidence (observers have none)."""
    found: dict[str, Shares] = {which: shares for which in WHICH if (shares := results.confidence.get(which, {}))}
    if not found:
        return None
    counts = {condition: one.n_trials for condition, one in found["all"].items()}
    differ = results.confidence_chi2.get("all")
    test = (
        ""
        if differ is None
        else f" Chi-squared of condition × confidence, all trials: {differ.chi2:.1f}, df {differ.df}, {captions.p_value(differ.p)}."
    )
    caption = (
        f"Shares of confidence 1 (pale, not sure) to 3 (full, sure); {captions.counted(counts, results.n_participants, kind)}. "
        f"Pooled over trials, no interval.{test}"
    )
    rows = tuple(_row(which, condition, one) for which, shares in found.items() for condition, one in shares.items())
    return Figure("confidence", TITLE, caption, _chart(found), rows, SELECT, ("answers", "condition", "confidence"))


def _chart(found: Mapping[str, Shares]) -> alt.LayerChart:
    names = list(found)
    conditions = list(in_order(condition for shares in found.values() for condition in shares))
    values = [
        part
        for which, shares in found.items()
        for condition, one in shares.items()
        for part in _parts(which, condition, one, middle=names.index(which) + _offset(conditions.index(condition), len(conditions)))
    ]
    axis = alt.Axis(labelExpr=PERCENT_LABEL, values=[0, 0.25, 0.5, 0.75, 1], grid=False)
    x = alt.X("from:Q", title="Share of answers", scale=alt.Scale(domain=[0, 1.14], nice=False), axis=axis)
    y = places_y([ANSWERS[name] for name in names])
    height = BAR * GROUP_PX / len(conditions) - 3
    layers = _bars(values, x, y, conditions_of(conditions), height)
    return layered([*layers, *_words(values, x, y, height)], height_px=GROUP_PX * len(names))


def _bars(values: Sequence[dict[str, Any]], x: alt.X, y: alt.Y, series: Series, height: float) -> list[alt.Chart]:
    chosen = selection("answers", "condition", "confidence")
    tooltip = [word("answers"), word("condition"), number("confidence", "confidence", "d"), number("share", "share", ".1%")]
    opacity = alt.Opacity("confidence:Q", scale=alt.Scale(domain=[LEVELS[0], LEVELS[-1]], range=list(OPACITY)), legend=None)
    base = alt.Chart(data(values)).encode(x=x, x2=alt.X2("to:Q"), y=y, key=alt.Key("key:N"))
    bar = base.mark_bar(height=height).encode(color=series.colour(), opacity=opacity, tooltip=[*tooltip, number("trials", "trials", ",")])
    frame = base.mark_bar(height=height, filled=False, stroke=INK, strokeWidth=1.2).encode(opacity=_only_chosen())
    return [bar.add_params(chosen), frame]


def _only_chosen() -> alt.OpacityValue:
    """Return the opacity of the frame around what is selected."""
    return alt.OpacityValue(0, condition={"param": SELECT, "empty": False, "value": 1})


def _words(values: Sequence[dict[str, Any]], x: alt.X, y: alt.Y, height: float) -> list[alt.Chart]:
    """Return the levels' names above the first bar, and each condition's name beside its own."""
    first = [one for one in values if one["y"] == values[0]["y"] and one["share"] >= LEAST_NAMED]
    ends = [{**one, "from": 1.0} for one in values if one["confidence"] == LEVELS[-1]]
    levels = alt.Chart(data([{**one, "from": (one["from"] + one["to"]) / 2} for one in first])).encode(x=x, y=y)
    names = alt.Chart(data(ends)).encode(x=x, y=y, text=alt.Text("condition:N"))
    return [
        levels.mark_text(dy=-height / 2 - 7, fontSize=LABEL_PX, color=INK).encode(text=alt.Text("name:N")),
        names.mark_text(align="left", dx=6, fontSize=LABEL_PX, color=INK),
    ]


def _offset(place: int, n: int) -> float:
    return BAR * ((place + 0.5) / n - 0.5)


def _parts(which: str, condition: Condition, one: ConfidenceShares, *, middle: float) -> list[dict[str, Any]]:
    starts = (0.0, one.low, one.low + one.middle)
    return [
        {"answers": which, "condition": condition, "confidence": level, "y": middle, "from": start, "to": start + share, "share": share}
        | {"trials": round(share * one.n_trials), "name": NAMES[level], "key": f"{which}/{condition}/{level}"}
        for level, start, share in zip(LEVELS, starts, one.shares, strict=True)
    ]


def _row(which: str, condition: Condition, one: ConfidenceShares) -> Row:
    shares = {f"confidence_{level}": share for level, share in zip(LEVELS, one.shares, strict=True)}
    return {"answers": which, "condition": condition, **shares, "trials": one.n_trials}
