"""Figures by what they are about, as a grid that follows the window's width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer

from core.figures.figure import Figure
from core.services.answers.answer_sources import SourceKind
from dashboard import results_text, state
from dashboard.components.figure_view import Part, figure_view

NARROWEST_PX: Final = 520
SECTION_OF: Final[Mapping[str, str]] = {
    "reaction-time": results_text.TIME_AND_CONFIDENCE,
    "confidence": results_text.TIME_AND_CONFIDENCE,
    "calibration": results_text.TIME_AND_CONFIDENCE,
    "type-two-roc": results_text.TIME_AND_CONFIDENCE,
    "sensitivity": results_text.TIME_AND_CONFIDENCE,
    "learning": results_text.COURSE,
    "intuitiveness": results_text.COURSE,
    "sequence": results_text.COURSE,
    "units": results_text.UNITS,
}


SECTIONS: Final[Mapping[SourceKind, tuple[str, ...]]] = {
    "people": results_text.SECTIONS,
    "imported": results_text.SECTIONS,
    "simulated": results_text.SECTIONS,
    "observers": (results_text.ACCURACY, results_text.UNITS, results_text.AGREEMENT, results_text.METHODS),
}


def sections(kind: SourceKind) -> list[tuple[str, TabContainer]]:
    """Draw the sections of a source's answers as tabs; return them by name. Only the open one is to be filled."""
    names = SECTIONS[kind]
    tabs = st.tabs(list(names), on_change="rerun", key=state.RESULTS_SECTION, bind="query-params")
    return list(zip(names, tabs, strict=True))


def section_of(name: str) -> str:
    """Return the section of a figure of this name; what no section claims is about accuracy."""
    return SECTION_OF.get(name, results_text.ACCURACY)


def figure_section(
    figures: Sequence[Figure], section: str, specification: Callable[[str], Mapping[str, Any]], *, key: str
) -> tuple[str, tuple[Part, ...]] | None:
    """Draw a section's figures, each by the specification of its name; return the one with a mark selected, and what that stands for."""
    if not figures:
        st.info(results_text.NOT_YET[section])
        return None
    place = st.grid("auto", min_column_width=NARROWEST_PX, gap="medium") if len(figures) > 1 else st.container()
    with place:
        chosen = [(one.name, figure_view(one, specification(one.name), key=key, selectable=True)) for one in figures]
    return next(((name, parts) for name, parts in chosen if parts), None)
