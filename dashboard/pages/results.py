"""The comparison of the conditions, people and observers apart; it refreshes by itself while somebody answers."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import RespondentKind, Study
from core.errors import ExemplaryError
from core.services.results import Comparison
from dashboard import resources, text
from dashboard.components import comparison, empty
from dashboard.navigation import link

REFRESH_S: Final = 1.0


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study()
        return
    st.title(text.RESULTS_TITLE)
    st.caption(text.study_line(study))
    _live(study)


@st.fragment(run_every=REFRESH_S)
def _live(study: Study) -> None:
    """Draw all that changes with an answer; asked for every second, computed only when something is new."""
    try:
        found = resources.comparison(study)
    except ExemplaryError as error:  # raised on a timed rerun, where the page's own guard does not reach
        st.error(str(error))
        return
    _cards(found)
    if found.people.accuracy or found.observers.accuracy:
        left, right = st.columns([3, 2], gap="large") if found.people.n_main_answers else (st.container(), st.empty())
        with left:
            _accuracy(found)
        with right:
            _people(found)
    _notes(found)


def _cards(found: Comparison) -> None:
    kinds: tuple[RespondentKind, ...] = ("people", "observers")
    for column, kind in zip(st.columns(2), kinds, strict=True):
        results = found.people if kind == "people" else found.observers
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{text.RESPONDENTS[kind]}** · {text.answer_count(results.n_main_answers, results.n_participants, kind)}")
            contrast = comparison.contrast_of(results)
            if contrast is not None:
                st.markdown(f"{text.CONTRAST}: **{comparison.contrast_sentence(contrast, kind)}**", help=contrast.method)
            elif not results.n_main_answers:
                st.markdown(text.NOBODY_YET[kind])
                if kind == "people" and st.button(text.TAKE_TEST, type="primary", key="results-test"):
                    st.switch_page(link("self-test"))
            if kind == "observers":
                for name, is_biased in found.observer_names.items():
                    st.caption(f"{name}: {text.BIASED}" if is_biased else name)


def _accuracy(found: Comparison) -> None:
    st.subheader(text.ACCURACY)
    comparison.accuracy_figure(found.people, found.observers, found.participant_means, key="results-accuracy")
    st.caption(text.ACCURACY_NOTE)
    st.dataframe(
        comparison.accuracy_table(found.people, found.observers), hide_index=True, width="stretch", height="content", key="results-table"
    )


def _people(found: Comparison) -> None:
    if not found.people.n_main_answers:
        return
    st.subheader(text.REACTION_TIME)
    comparison.reaction_time_figure(found.people, key="results-time")
    st.caption(text.REACTION_TIME_NOTE)
    st.subheader(text.CONFIDENCE)
    comparison.confidence_figure(found.people, key="results-confidence")
    st.caption(text.CONFIDENCE_NOTE)


def _notes(found: Comparison) -> None:
    with st.expander(text.METHODS):
        for method in {value.method for results in (found.people, found.observers) for value in results.accuracy.values()}:
            st.caption(method)
        for exclusion in found.people.exclusions:
            st.caption(f"Exclusion: {exclusion.rule} ({exclusion.n} {exclusion.what}).")
        st.caption(text.share_note(found.reference_share))
