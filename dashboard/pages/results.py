"""The comparison of the conditions, people and observers apart; it refreshes by itself while somebody answers."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import Study
from core.errors import ExemplaryError
from core.experiment import RespondentKind
from core.services.results import Comparison
from dashboard import resources, state, text
from dashboard.components import comparison, empty
from dashboard.navigation import link

REFRESH_S: Final = 1.0


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    st.title(text.RESULTS_TITLE)
    st.caption(text.study_line(study))
    found, version = _latest(study, _design(study))
    _watch(study, version)
    if found is not None:
        _draw(found)


def _design(study: Study) -> str | None:
    """Return the design whose answers are asked for, from the address; None for all. It can be chosen where people took several."""
    try:
        taken = resources.designs_taken(study)
    except ExemplaryError:  # said in place of the results
        return None
    if len(taken) < 2:
        return None
    names = [text.ALL_DESIGNS, *taken]
    return taken[chosen - 1] if (chosen := _chosen(names)) else None


def _chosen(names: list[str]) -> int:
    asked = st.query_params.get(state.RESULTS_DESIGN)
    found = st.segmented_control(
        text.DESIGN, names, default=asked if asked in names else names[0], required=True, key=f"results-design/{'/'.join(names)}"
    )
    place = names.index(found) if found in names else 0
    st.query_params.pop(state.RESULTS_DESIGN, None)
    if place:
        st.query_params[state.RESULTS_DESIGN] = names[place]
    else:
        st.caption(text.ALL_DESIGNS_NOTE)
    return place


def _latest(study: Study, design: str | None) -> tuple[Comparison | None, resources.ResultsVersion | None]:
    """Return the results and their version; where they cannot be read, say why and return what was on screen."""
    version = None
    try:
        version = resources.results_version(study)
        found = resources.comparison(study, design=design)
    except ExemplaryError as error:
        st.error(str(error))
        last: Comparison | None = st.session_state.get(state.LAST_COMPARISON)
        return (last if last is not None and last.study == study.key else None), version
    st.session_state[state.LAST_COMPARISON] = found
    return found, version


@st.fragment(run_every=REFRESH_S)
def _watch(study: Study, drawn: resources.ResultsVersion | None) -> None:
    """Ask every second whether anything is new; only then is the page, with all its charts, drawn anew."""
    try:
        now = resources.results_version(study)
    except ExemplaryError as error:  # on a timed rerun the page's own guard does not reach; what was drawn stays
        if drawn is not None:
            st.error(str(error))
        return
    if now != drawn:
        st.rerun()


def _draw(found: Comparison) -> None:
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
            for contrast in comparison.contrasts_to_natural(results):
                name = comparison.contrast_name(contrast)
                st.markdown(f"{name}: **{comparison.contrast_sentence(contrast, kind)}**", help=contrast.method)
            if not results.n_main_answers:
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
    st.caption(text.REACTION_TIME_NOTE.format(counts=comparison.reaction_time_counts(found.people)))
    st.subheader(text.CONFIDENCE)
    comparison.confidence_figure(found.people, key="results-confidence")
    st.caption(text.CONFIDENCE_NOTE.format(counts=comparison.confidence_counts(found.people)))


def _notes(found: Comparison) -> None:
    with st.expander(text.METHODS):
        for method in {value.method for results in (found.people, found.observers) for value in results.accuracy.values()}:
            st.caption(method)
        for exclusion in found.people.exclusions:
            st.caption(text.EXCLUSION.format(rule=exclusion.rule, n=exclusion.n, what=exclusion.what))
        st.caption(text.share_note(found.reference_share))
