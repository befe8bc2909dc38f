"""Several studies, a row each: what each has and how its comparison stands; a click on a name chooses the study."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.figures.studies import StudyAccuracy, studies_figure
from core.services.results.study_comparison import Accuracies, StudiesBeside, StudyLine
from dashboard import studies_text
from dashboard.components.figure_view import figure_view, specification_on_page

WIDTHS: Final = (3.0, 0.9, 0.9, 0.9, 0.9, 1.3, 3.2, 3.2)


def study_table(found: StudiesBeside, *, current: str, choose: Callable[[str], None]) -> None:
    """Draw the studies; `choose` is called with the key of the one whose name is clicked."""
    for cell, name in zip(st.columns(WIDTHS), studies_text.COLUMNS, strict=True):
        cell.markdown(f":small[:gray[{name}]]", help=studies_text.HELP.get(name))
    for line in found.lines:
        _row(line, is_current=line.key == current, choose=choose)
    for line in found.lines:
        if line.problem is not None:
            st.warning(studies_text.UNREADABLE.format(study=line.key, problem=line.problem))
    st.caption(studies_text.observer(found))
    st.caption(studies_text.ACCURACY_NOTE)


def study_figure(found: StudiesBeside, *, key: str) -> None:
    """Draw people's and the observer's proportions correct in each study; nothing where nobody answered."""
    name = None if found.observer is None else found.observer.name
    figure = studies_figure([StudyAccuracy(line.key, line.people, line.observer) for line in found.lines], observer=name)
    if figure is not None:
        figure_view(figure, specification_on_page(figure), key=key, selectable=False)


def _row(line: StudyLine, *, is_current: bool, choose: Callable[[str], None]) -> None:
    name, *cells = st.columns(WIDTHS, vertical_alignment="center")
    if is_current:
        name.markdown(studies_text.SHOWN.format(study=line.key))
    else:
        name.button(line.key, key=f"study/{line.key}", help=studies_text.LOOK_AT, on_click=choose, args=(line.key,))
    counts = line.counts
    numbers = (counts.n_images, line.n_layers, counts.n_units, counts.n_dead, counts.n_rendered_units)
    for cell, number in zip(cells, numbers, strict=False):
        cell.markdown(f"{number:,}")
    for cell, answered in zip(cells[len(numbers) :], (line.people, line.observer), strict=True):
        cell.markdown(_accuracies(answered))


def _accuracies(found: Accuracies) -> str:
    lines = [studies_text.accuracy(condition, one) for condition, one in found.items()]
    return "  \n".join(lines) or studies_text.NOT_ANSWERED
