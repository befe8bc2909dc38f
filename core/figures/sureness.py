"""What confidence is worth: proportion correct at each level of it, and whether it tells right answers from wrong ones (type-2 ROC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt

from core.design_spec import Condition, in_order
from core.experiment import RespondentKind
from core.figures import captions
from core.figures.encoding import conditions_of, data, dimmed, layered, number, selection, word
from core.figures.estimates import PROPORTION, Estimate, Words, estimates_chart, table
from core.figures.figure import SELECT, Figure, Row
from core.figures.theme import DASHED, INK, LABEL_PX
from core.inference import Results
from core.inference.calibration import Calibration
from core.inference.type_two import TypeTwo
from core.percents import PERCENT_LABEL

CALIBRATION_TITLE: Final = "Accuracy at each confidence"
ROC_TITLE: Final = "Does confidence tell right from wrong?"
LEVELS: Final = {"1": "1 not sure", "2": "2", "3": "3 sure"}
ROC_PX: Final = 340
NAMES_AT: Final = (0.6, 0.3, 0.075)  # x and y of the first condition's name, and how far apart they stand


def calibration_figure(results: Results, *, published: Results | None = None, kind: RespondentKind = "people") -> Figure | None:
    """Return proportion correct at each confidence; None where no answer has a confidence."""
    found = _calibrated(results.calibration)
    if not found:
        return None
    words = Words("confidence", tuple(name for name in LEVELS if any(one.category == name for one in found)), joined=True, shown=LEVELS)
    known = [] if published is None else [one for one in _calibrated(published.calibration, two_sem=True) if one.category in words.names]
    counts = {condition: one.n_trials for condition, one in results.calibration.items()}
    gammas = ", ".join(f"{condition} {_gamma(one)}" for condition in in_order(counts) for one in [results.calibration[condition]])
    bars = captions.bars(level.correct for one in results.calibration.values() for level in one.levels)
    caption = (
        f"Proportion correct at each confidence; {captions.counted(counts, results.n_participants, kind)}. {bars}. "
        f"Goodman and Kruskal's gamma with its 95 % interval: {gammas}.{f' {captions.PUBLISHED}' if known else ''}"
    )
    chart = estimates_chart(found, words, PROPORTION, published=known)
    rows = table(found, words, PROPORTION, published=known)
    return Figure("calibration", CALIBRATION_TITLE, caption, chart, rows, SELECT, ("confidence", "condition"))


def type_two_figure(results: Results, *, kind: RespondentKind = "people") -> Figure | None:
    """Return the type-2 ROC; None where no condition has right and wrong answers with a confidence."""
    found = {condition: results.type_two[condition] for condition in in_order(results.type_two)}
    if not found:
        return None
    areas = ", ".join(f"{name} {one.estimate:.2f} [{one.interval[0]:.2f}, {one.interval[1]:.2f}]" for name, one in found.items())
    counts = {condition: one.n_trials for condition, one in found.items()}
    caption = (
        f"Share of right against share of wrong answers with confidence 3, 2 or more, 1 or more; "
        f"{captions.counted(counts, results.n_participants, kind)}. Area under the line, the chance that a right answer has more "
        f"confidence than a wrong one, with its 95 % score interval (Newcombe 2006): {areas}. It depends on how many answers are right, "
        "so that it is no contrast of conditions. Dashed: confidence tells nothing."
    )
    rows = tuple(row for condition, one in found.items() for row in _points(condition, one))
    return Figure("type-two-roc", ROC_TITLE, caption, _roc(found), rows, SELECT, ("condition",))


def _roc(found: Mapping[Condition, TypeTwo]) -> alt.LayerChart:
    axis, scale = alt.Axis(labelExpr=PERCENT_LABEL, tickCount=5), alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("false_alarm:Q", title="Of wrong answers", axis=axis, scale=scale)
    y = alt.Y("hit:Q", title="Of right answers", axis=axis, scale=scale)
    series, chosen = conditions_of(found), selection("condition")
    values = [{**row, "key": f"{condition}/{row['criterion']}"} for condition, one in found.items() for row in _points(condition, one)]
    tooltip = [word("condition"), word("criterion", "confidence"), number("false_alarm", "wrong", ".1%"), number("hit", "right", ".1%")]
    base = alt.Chart(data(values)).encode(x=x, y=y, color=series.colour())
    point = base.mark_point(size=70, filled=True).encode(shape=series.shape(), key=alt.Key("key:N"), tooltip=tooltip, opacity=dimmed())
    nothing = alt.Chart(data([{"false_alarm": 0, "hit": 0}, {"false_alarm": 1, "hit": 1}])).encode(x=x, y=y)
    diagonal = nothing.mark_line(strokeDash=list(DASHED), color=INK, opacity=0.6, strokeWidth=1)
    return layered([diagonal, base.mark_line(strokeWidth=1.6), point.add_params(chosen), *_names(found, x, y)], height_px=ROC_PX)


def _names(found: Mapping[Condition, TypeTwo], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the conditions' names with their areas, below the diagonal where no line is."""
    left, top, step = NAMES_AT
    values: list[dict[str, Any]] = [
        {"condition": condition, "false_alarm": left, "hit": top - place * step, "label": f"{condition}, area {one.estimate:.2f}"}
        for place, (condition, one) in enumerate(found.items())
    ]
    series, base = conditions_of(found), alt.Chart(data(values)).encode(x=x, y=y)
    dot = base.mark_point(size=42, filled=True, opacity=1).encode(color=series.colour(), shape=series.shape())
    return [dot, base.mark_text(align="left", dx=8, fontSize=LABEL_PX, color=INK).encode(text=alt.Text("label:N"))]


def _points(condition: Condition, one: TypeTwo) -> list[Row]:
    names = {4: "none", 3: "3", 2: "2 or more", 1: "1 or more"}
    area = {"area": one.estimate, "low": one.interval[0], "high": one.interval[1], "right": one.n_right, "wrong": one.n_wrong}
    return [
        {"condition": condition, "criterion": names[point.criterion], "false_alarm": point.false_alarm, "hit": point.hit, **area}
        for point in one.points
    ]


def _calibrated(found: Mapping[Condition, Calibration], *, two_sem: bool = False) -> list[Estimate]:
    return [
        Estimate.of_proportion(str(level.level), condition, level.correct, two_sem=two_sem)
        for condition, one in found.items()
        for level in one.levels
    ]


def _gamma(one: Calibration) -> str:
    if one.gamma is None:
        return "undefined"
    interval = "" if one.gamma_interval is None else f" [{one.gamma_interval[0]:.2f}, {one.gamma_interval[1]:.2f}]"
    return f"{one.gamma:.2f}{interval}".replace("-", "−")
