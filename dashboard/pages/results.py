"""The comparison of the conditions, live: the paper's figures of people's, an observer's or an answer set's answers; the trials behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import streamlit as st

from core.domain import Study
from core.errors import ExemplaryError
from core.experiment import RespondentKind
from core.inference.choices import has_rules, is_narrowed
from core.inference.rules import ExclusionRules
from core.inference.scope import Scope
from core.services.answers.answer_sources import Source, SourceKind
from dashboard import resources, results_resources, results_text, state, text
from dashboard.components import empty
from dashboard.components.agreement_view import observers_beside_people
from dashboard.components.figure_view import Part
from dashboard.components.models_view import models_view
from dashboard.components.results_filters import published_choice, reset, scope_choice, source_choice
from dashboard.components.results_head import headline, nobody_yet, source_note, what_counts, without_rules
from dashboard.components.results_methods import methods, report_button
from dashboard.components.results_sections import figure_section, sections
from dashboard.components.trials_behind import trials_behind
from dashboard.navigation import link
from dashboard.results_resources import Answers
from dashboard.routes import IMAGE_URL

REFRESH_S: Final = 1.0


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    state.note_trials_open(False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(text.RESULTS_TITLE, width="content")
        st.caption(text.study_line(study))
    source = source_choice(_names(study))
    found, is_fresh = _latest(study, source)
    _watch(study, source, found if is_fresh else None)
    if found is not None:
        _draw(study, found)


def _names(study: Study) -> Mapping[SourceKind, Sequence[str]]:
    """Return whose answers there are beside people's; a set that cannot be read is said."""
    sets = results_resources.answer_sets(study)
    for problem in sets.problems:
        st.warning(problem)
    return {
        "observers": [one.name for one in results_resources.observer_cards(study)],
        "imported": sets.imported,
        "simulated": sets.simulated,
    }


def _latest(study: Study, source: Source) -> tuple[Answers | None, bool]:
    """Return the answers as they are now, and True; where they cannot be read, say why and return what was on screen, and False."""
    try:
        found = results_resources.answers(study, source)
    except ExemplaryError as error:
        st.error(str(error))
        last: Answers | None = st.session_state.get(state.LAST_ANSWERS)
        return (last if last is not None and (last.study, last.source) == (study.key, source) else None), False
    st.session_state[state.LAST_ANSWERS] = found
    return found, True


@st.fragment(run_every=REFRESH_S)
def _watch(study: Study, source: Source, drawn: Answers | None) -> None:
    """Ask every second whether anything is new; only then is the page run again, in which what did not change stays as it is.

    While trials behind a mark are looked at, the page waits.
    """
    try:
        now = results_resources.answers(study, source)
    except ExemplaryError as error:  # on a timed rerun the page's own guard does not reach; what was drawn stays
        if drawn is not None:
            st.error(str(error))
        return
    if now != drawn and not state.are_trials_open():
        st.rerun()


def _draw(study: Study, found: Answers) -> None:
    choices = results_resources.choices_of(found)
    if not choices.n:
        source_note(found.source)
        nobody_yet(found.source.kind, is_narrowed=False, self_test=link("self-test"))
        return
    with st.container(horizontal=True, key="results-filters"):
        scope = scope_choice(choices, is_of_people=found.source.kind != "observers")
        published = published_choice(results_resources.answer_sets(study).published)
        if is_narrowed(scope):
            st.button(results_text.RESET, on_click=reset, type="tertiary", help=results_text.RESET_HELP)
        report_button(partial(results_resources.report_of, found, scope, published), study.key)
    results = results_resources.results_of(found, scope)
    source_note(found.source)
    what_counts(results, total=choices.n, left_out=results_resources.left_out_of(found, scope))
    if not results.n_main_answers:
        nobody_yet(found.source.kind, is_narrowed=True, self_test=link("self-test"))
        return
    kind: RespondentKind = "observers" if found.source.kind == "observers" else "people"
    headline(results, kind)
    if has_rules(scope):
        without_rules(results_resources.results_of(found, replace(scope, rules=ExclusionRules())), kind)
    for section, tab in sections(found.source.kind):
        if tab.open:
            with tab:
                _section(study, found, scope, published, section)


def _section(study: Study, found: Answers, scope: Scope, published: str | None, section: str) -> None:
    if section == results_text.METHODS:
        share = resources.comparison(study).reference_share if found.source.kind in ("people", "observers") else None
        methods(results_resources.results_of(found, scope), reference_share=share)
        return
    if section == results_text.MODELS:
        look, fit = partial(results_resources.fitting_of, found, scope), partial(results_resources.fit_models_of, found, scope)
        models_view(look, fit, n_now=results_resources.results_of(found, scope).n_main_answers)
        return
    if section == results_text.AGREEMENT:
        _agreement(found, scope)
        return
    figures = results_resources.figures_of(found, scope, published, section)
    specification = partial(results_resources.specification_of, found, scope, published, section)
    key = f"{study.key}/{found.source.kind}/{found.source.name}"
    chosen = figure_section(figures, section, specification, key=key)
    if chosen is not None:
        _behind(study, found, scope, *chosen)


def _agreement(found: Answers, scope: Scope) -> None:
    with st.spinner(results_text.COMPARING):
        compared = results_resources.compared(found, scope)
    for problem in compared.problems:
        st.warning(problem)
    is_set = found.source.kind in ("imported", "simulated")
    name = f"{results_text.KIND_NAMES[found.source.kind]}: {found.source.name}" if is_set else results_text.PEOPLE
    observers_beside_people(name, compared.people, compared.observers, scope=scope)


def _behind(study: Study, found: Answers, scope: Scope, figure: str, parts: Sequence[Part]) -> None:
    state.note_trials_open(True)
    trials_behind(
        results_resources.main_answers(found, scope),
        parts,
        figure=figure,
        study=study.key,
        shown=results_resources.shown_in if found.source.kind == "people" else lambda row: None,
        image_url=IMAGE_URL,
        native_px=study.network.preprocessing.crop_px,
    )
