"""Proportion correct in several studies: people's and an observer's, with natural and with synthetic references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from core.design_spec import Condition, in_order
from core.figures import captions
from core.figures.encoding import CHANCE, conditions_of, data, layered, level, number, over, percent_y, places_x, word
from core.figures.figure import Figure, Row
from core.figures.theme import INK
from core.inference.proportions import Proportion

TITLE: Final = "Accuracy by study"
HEIGHT_PX: Final = 300
STUDY_PX: Final = 180
STEP: Final = 0.16  # between marks of a study
GAP: Final = 0.08  # more between people's and the observer's
COLUMNS: Final = ("study", "who", "condition", "value", "low", "high", "n")
Accuracies = Mapping[Condition, Proportion]


@dataclass(frozen=True, slots=True)
class StudyAccuracy:
    """What people and one observer answered to a study."""

    study: str
    people: Accuracies
    observer: Accuracies


def studies_figure(studies: Sequence[StudyAccuracy], *, observer: str | None) -> Figure | None:
    """Return the figure; None where nobody answered any of them. `observer`: its name, where one answered."""
    has_both = any(one.people for one in studies) and any(one.observer for one in studies)
    marks = [mark for place, one in enumerate(studies) for mark in _marks(one, place, has_both=has_both)]
    if not marks:
        return None
    x, y = places_x([one.study for one in studies]), percent_y()
    series = conditions_of([mark["condition"] for mark in marks])
    layers: list[alt.Chart] = [level(CHANCE, y, x, len(studies))]
    for who in ("people", "observer"):
        of = [mark for mark in marks if mark["who"] == who]
        if not of:
            continue
        numbers = [number("value", "accuracy", ".1%"), number("low", "95 % from", ".1%"), number("high", "to", ".1%")]
        base = alt.Chart(data(of)).encode(
            x=x, y=y, color=series.colour(), tooltip=[word("study"), word("who"), word("condition"), *numbers]
        )
        layers.append(base.mark_rule(strokeWidth=2).encode(y=over(y, "low"), y2=alt.Y2("high:Q")))
        is_people = who == "people"
        layers.append(base.mark_point(size=110, filled=is_people, strokeWidth=2, opacity=1).encode(shape=series.shape()))
        text = base.mark_text(align="left", dx=8, fontSize=11, fontWeight=600 if is_people else 400)
        layers.append(text.encode(text=alt.Text("label:N"), color=alt.ColorValue(INK)))
    rows: tuple[Row, ...] = tuple({name: mark[name] for name in COLUMNS} for mark in marks)
    chart, width_px = layered(layers, height_px=HEIGHT_PX), max(640, STUDY_PX * len(studies))
    return Figure("studies", TITLE, _caption(studies, observer), chart, rows, width_px=width_px)


def _marks(one: StudyAccuracy, place: int, *, has_both: bool) -> list[dict[str, Any]]:
    """Return a mark for each condition of people's and the observer's, side by side at the study's place: people's on the left."""
    apart = STEP + GAP / 2 if has_both else 0.0
    sides = (("people", -apart, one.people), ("observer", apart, one.observer))
    return [
        {
            "study": one.study,
            "who": who,
            "condition": condition,
            "x": place + at + STEP * (number_of - 0.5),
            "value": found[condition].mean,
            "low": found[condition].wilson[0],
            "high": found[condition].wilson[1],
            "n": found[condition].n_trials,
            "label": f"{100 * found[condition].mean:.0f} %",
        }
        for who, at, found in sides
        for number_of, condition in enumerate(in_order(found))
    ]


def _caption(studies: Sequence[StudyAccuracy], observer: str | None) -> str:
    found = [one for study in studies for one in (*study.people.values(), *study.observer.values())]
    n_people = sum(one.n_trials for study in studies for one in study.people.values())
    n_observer = sum(one.n_trials for study in studies for one in study.observer.values())
    people = f"Filled: people, n = {n_people:,} trials. " if n_people else ""
    machine = f"Hollow: observer {observer}, n = {n_observer:,} tasks. " if n_observer else ""
    shapes = "Green circles: natural references; pink squares: synthetic ones. "
    return f"Proportion correct over main trials. {people}{machine}{shapes}{captions.bars(found)}. Dashed: chance, 50 %."
