"""What changes on the way: proportion correct along a session, and the difference of conditions as participants come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import altair as alt

from core.experiment import RespondentKind
from core.figures import captions
from core.figures.encoding import data, layered, number, over
from core.figures.estimates import PROPORTION, Estimate, Words, estimates_chart, table
from core.figures.figure import SELECT, Figure
from core.figures.theme import DASHED, HEIGHT_PX, INK, LABEL_PX
from core.inference import Results
from core.inference.confidence_sequence import ConfidenceSequence
from core.inference.contrasts import Contrast
from core.palette import CONDITION_COLOURS

LEARNING_TITLE: Final = "Accuracy along the session"
SEQUENCE_TITLE: Final = "The difference while answers arrive"
MAIN_PAIR: Final = "natural_minus_synthetic"
ROOM: Final = 0.2  # of the looks: the interval for a fixed number stands there, at the right
FIXED_COLOUR: Final = CONDITION_COLOURS["natural"]


def learning_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return proportion correct along the main trials of a session; None where there are less than two bins of trials."""
    names = _bins(results)
    if len(names) < 2:
        return None
    words = Words("trials", tuple(names), joined=True, title="Main trials of the session, all conditions")
    found = _learned(results)
    known = [] if published is None else [one for one in _learned(published, two_sem=True) if one.category in names]
    counts = {condition: sum(point.correct.n_trials for point in of) for condition, of in results.learning.items()}
    bars = captions.bars(point.correct for of in results.learning.values() for point in of)
    caption = (
        f"Proportion correct along the main trials; {captions.counted(counts, results.n_participants, kind)}. {bars}. Which "
        f"conditions stand where is up to the design.{f' {captions.PUBLISHED}' if known else ''}"
    )
    chart = estimates_chart(found, words, PROPORTION, published=known)
    return Figure(
        "learning", LEARNING_TITLE, caption, chart, table(found, words, PROPORTION, published=known), SELECT, ("trials", "condition")
    )


def sequence_figure(results: Results) -> Figure | None:
    """Return the confidence sequence of natural − synthetic (or of the first pair there is) beside the interval for a fixed n."""
    name = MAIN_PAIR if MAIN_PAIR in results.confidence_sequence else next(iter(results.confidence_sequence), None)
    if name is None:
        return None
    found, fixed = results.confidence_sequence[name], results.contrast.get(name)
    rows = tuple({found.unit: point.n, "difference": point.estimate, "low": point.low, "high": point.high} for point in found.points)
    return Figure("sequence", SEQUENCE_TITLE, _sequence_caption(found, fixed), _sequence(found, fixed), rows)


def _sequence(found: ConfidenceSequence, fixed: Contrast | None) -> alt.LayerChart:
    domain, last = _domain(found, fixed), max(found.n, 2)
    scale = alt.Scale(domain=[1 - 0.02 * last, last * (1 + ROOM)], nice=False, zero=False)
    x = alt.X("n:Q", title=f"{found.unit.capitalize()} so far", scale=scale, axis=_counts(found.n))
    axis = alt.Axis(labelExpr="datum.value ? format(100 * datum.value, '+.0f') : '0'", tickCount=6)
    title = f"{found.a} − {found.b} (points)"
    y = alt.Y("value:Q", title=title, scale=alt.Scale(domain=list(domain), nice=False, zero=False), axis=axis)
    values = [{"n": point.n, "value": point.estimate, "low": point.low, "high": point.high, "key": point.n} for point in found.points]
    tooltip = [number("n", found.unit, ","), *(number(name, label, "+.1%") for name, label in _LABELS)]
    base = alt.Chart(data(values)).encode(x=x, y=y)
    band = base.mark_area(opacity=0.2, color=INK, clip=True).encode(y=over(y, "low"), y2=alt.Y2("high:Q"))
    line = base.mark_line(strokeWidth=1.8, color=INK, clip=True)
    dot = base.mark_circle(size=34, color=INK, opacity=1, clip=True).encode(tooltip=tooltip, key=alt.Key("key:Q"))
    zero = alt.Chart(data([{"value": 0}])).mark_rule(color=INK, opacity=0.6, strokeDash=list(DASHED)).encode(y=y)
    return layered([band, zero, line, dot, *_now(found, fixed, x=x, y=y)], height_px=HEIGHT_PX)


_LABELS: Final = (("value", "difference"), ("low", "anytime-valid 95 % from"), ("high", "to"))


def _counts(last: int) -> alt.Axis:
    """Return an axis of whole numbers up to the last: what stands beyond is now."""
    return alt.Axis(grid=False, tickMinStep=1, labelExpr=f"datum.value > {last} ? '' : format(datum.value, ',d')")


def _now(found: ConfidenceSequence, fixed: Contrast | None, *, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return both intervals as they are now, side by side at the right, with their names."""
    low, high = found.interval
    ends = [("any time", 1 + ROOM * 0.25, low, high, found.estimate)]
    ends += [] if fixed is None else [("fixed n", 1 + ROOM * 0.7, *fixed.interval, fixed.estimate)]
    last = max(found.n, 2)
    values = [{"n": last * at, "low": low, "high": high, "value": value, "label": name} for name, at, low, high, value in ends]
    base = alt.Chart(data(values)).encode(
        x=x, tooltip=[number(name, label, "+.1%") for name, label in (("value", "now"), ("low", "from"), ("high", "to"))]
    )
    rule = base.mark_rule(strokeWidth=2.5, color=INK, clip=True).encode(y=over(y, "low"), y2=alt.Y2("high:Q"))
    dot = base.mark_circle(size=70, color=INK, opacity=1).encode(y=y)
    return [rule, dot, base.mark_text(dy=-10, fontSize=LABEL_PX, color=INK).encode(y=over(y, "high"), text=alt.Text("label:N"))]


def _domain(found: ConfidenceSequence, fixed: Contrast | None) -> tuple[float, float]:
    """Return the axis: all of the intervals but those of the first looks, which are as wide as can be."""
    late = found.points[len(found.points) // 3 :]
    ends = [0.0, *(point.estimate for point in found.points), *(end for point in late for end in (point.low, point.high))]
    ends += [] if fixed is None else list(fixed.interval)
    room = 0.08 * (max(ends) - min(ends) or 1.0)
    return max(-1.05, min(ends) - room), min(1.05, max(ends) + 1.6 * room)


def _sequence_caption(found: ConfidenceSequence, fixed: Contrast | None) -> str:
    low, high = found.interval
    waiting = f" {found.n_in_progress:,} who have trials still to come count when they are through." if found.n_in_progress else ""
    now = f"{captions.points(found.estimate)} points, {captions.points(low)} to {captions.points(high)}"
    return (
        f"Mean difference of proportions correct, {found.a} − {found.b}, as {found.unit} came in; n = {found.n:,}. Now {now}: "
        f"{_method(found)}.{_fixed(fixed)}{waiting}"
    )


def _fixed(one: Contrast | None) -> str:
    if one is None:
        return ""
    interval = f"{captions.points(one.interval[0])} to {captions.points(one.interval[1])}"
    return f" Fixed n: the contrast's 95 % interval, {interval}, which is right only where the number was fixed before looking."


def _method(found: ConfidenceSequence) -> str:
    if found.unit == "participants":
        return "anytime-valid 95 % t interval for about normal differences, right however often one looks and whenever one stops"
    return "95 % confidence sequence by betting (Waudby-Smith and Ramdas 2024), right however often one looks, about this participant"


def _bins(results: Results) -> list[str]:
    """Return the bins of trials that any condition has, in order."""
    return [f"{first}–{last}" for first, last in sorted({(point.first, point.last) for of in results.learning.values() for point in of})]


def _learned(results: Results, *, two_sem: bool = False) -> Sequence[Estimate]:
    return [
        Estimate.of_proportion(f"{point.first}–{point.last}", condition, point.correct, two_sem=two_sem)
        for condition, points in results.learning.items()
        for point in points
    ]
