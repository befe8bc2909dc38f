"""What this study is, how the comparison stands, what to do next; on an empty workspace, how to begin."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import Study
from core.errors import StoreError
from core.experiment import RespondentKind
from core.inference import Results
from core.services.results.results import Comparison
from dashboard import access, job_text, resources, state, text
from dashboard.components import comparison, job_list
from dashboard.navigation import link, may_open_page
from dashboard.pages.overview_studies import render_studies

EMBEDDED_STUDY: Final = "demo/world"


def render() -> None:
    """Draw the page."""
    st.title(text.QUESTION)
    study = resources.current_study()
    if study is None:
        _empty()
        return
    study, found = _study(study)
    _jobs(study)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _headline(found)
    with right:
        _next_steps()
    render_studies(study)
    _own_data(expanded=False)


def _study(study: Study) -> tuple[Study, Comparison | StoreError]:
    """Draw which study this is, and its figures; return it, and its results or why they cannot be read."""
    study = _choose(study)
    st.caption(text.study_line(study))
    counts = resources.counts(study)
    found = _comparison(study)
    columns = st.columns(4)
    skipped = text.IMAGES_HELP.format(n_labels=counts.n_labels, n_skipped=counts.n_skipped)
    columns[0].metric(text.IMAGES, f"{counts.n_images:,}", border=True, help=skipped)
    columns[1].metric(text.UNITS, f"{counts.n_units:,}", border=True, help=text.UNITS_HELP.format(n=len(study.network.layers)))
    columns[2].metric(text.RENDERS, f"{counts.n_renders:,}", border=True, help=text.RENDERS_HELP.format(n=counts.n_rendered_units))
    if isinstance(found, StoreError):
        columns[3].metric(text.ANSWERS, text.UNKNOWN_COUNT, border=True)
    else:
        people = text.respondent_count(found.people.n_participants, "people")
        columns[3].metric(text.ANSWERS, f"{found.people.n_main_answers:,}", border=True, help=people)
    return study, found


def _choose(study: Study) -> Study:
    keys = [one.key for one in resources.all_studies()]
    if len(keys) < 2:
        return study
    state.choose_study(study.key)
    st.selectbox(text.STUDY, keys, key=state.STUDY, persist_state="session", width=360, on_change=state.forget_address_study)
    return study


def _comparison(study: Study) -> Comparison | StoreError:
    """Return the results, or why people's answers cannot be read now: the rest of the page needs none of them."""
    try:
        return resources.comparison(study)
    except StoreError as error:
        return error


def _jobs(study: Study) -> None:
    """Draw what is being computed; where the embedded study is not whole and nothing runs, the way to go on."""
    may_run = access.may("run_jobs")
    if _running(may_run=may_run):
        return
    missing = _missing(study)
    if missing and may_run:
        st.info(text.GO_ON_BUILDING_WHY.format(missing=", ".join(missing)))
        if st.button(text.GO_ON_BUILDING, key="go-on-building"):
            _build()


def _missing(study: Study) -> list[str]:
    if study.key != EMBEDDED_STUDY:
        return []
    lacks_renders = not resources.counts(study).n_rendered_units
    lacks_observers = not resources.has_observers(study)
    return [text.LACKS_RENDERS] * lacks_renders + [text.LACKS_OBSERVERS] * lacks_observers


def _running(*, may_run: bool) -> bool:
    """Draw what is being computed, or how the last job ended where it did not end well; return whether anything is."""
    where = resources.workspace()
    if job_list.live_jobs(where, key="overview", by=access.person().name, may_stop=may_run):
        return True
    if may_run:
        job_list.last_failure(where)
    return False


def _build() -> None:
    job_list.start(resources.workspace(), ["demo", "--build-only"], about=job_text.BUILD_ABOUT, by=access.person().name)


def _headline(found: Comparison | StoreError) -> None:
    st.subheader(text.HEADLINE)
    if isinstance(found, StoreError):
        st.error(str(found))
        st.caption(text.PAPER)
        return
    observed = None if found.observer is None else found.observer.results
    comparison.accuracy_figure(found.people, observed, key="overview-accuracy")
    kinds: tuple[tuple[RespondentKind, Results | None], ...] = (("people", found.people), ("observers", observed))
    for kind, results in kinds:
        contrast = None if results is None else comparison.contrast_of(results)
        if contrast is not None:
            st.markdown(f"**{text.RESPONDENTS[kind]}**, {text.CONTRAST}: {comparison.contrast_sentence(contrast, kind)}")
    if found.observer is not None and found.observer.card.is_biased:
        st.caption(text.BIASED_NOTE)
    st.caption(text.PAPER)


def _next_steps() -> None:
    st.subheader(text.NEXT)
    steps = (
        ("feature-maps", text.BROWSE, text.BROWSE_WHY),
        ("self-test", text.TAKE_TEST, text.TAKE_TEST_WHY),
        ("results", text.SEE_RESULTS, text.SEE_RESULTS_WHY),
    )
    for page, label, why in (one for one in steps if may_open_page(one[0])):
        with st.container(border=True):
            st.markdown(why)
            if st.button(label, key=f"go-{page}", type="primary" if page == "self-test" else "secondary"):
                st.switch_page(link(page))


def _empty() -> None:
    st.subheader(text.EMPTY_TITLE)
    st.markdown(text.EMPTY_BODY)
    may_run = access.may("run_jobs")
    if not _running(may_run=may_run) and may_run and st.button(text.BUILD_DEMO, type="primary", key="build-demo"):
        _build()
    _own_data(expanded=True)


def _own_data(*, expanded: bool) -> None:
    with st.expander(text.OWN_DATA, expanded=expanded):
        st.code(text.OWN_COMMANDS, language="bash")
        st.caption(text.OWN_NOTE)
