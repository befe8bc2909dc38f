"""What this study is, how the comparison stands, what to do next; on an empty workspace, how to begin."""

from __future__ import annotations

import streamlit as st

from core.domain import RespondentKind, Study
from core.inference import Results
from core.jobs import watch
from dashboard import resources, state, text
from dashboard.components import comparison, job_status
from dashboard.navigation import link


def render() -> None:
    """Draw the page."""
    st.title(text.QUESTION)
    study = resources.current_study()
    if study is None:
        _empty()
        return
    _study(study)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _headline(study)
    with right:
        _next_steps()
    _own_data(expanded=False)


def _study(study: Study) -> None:
    studies = resources.all_studies()
    if len(studies) > 1:
        keys = [one.key for one in studies]
        st.selectbox(text.STUDY, keys, index=keys.index(study.key), key=state.STUDY, persist_state="session", width=360)
        study = resources.current_study() or study
    st.caption(text.study_line(study))
    counts = resources.counts(study)
    people = resources.comparison(study).people
    columns = st.columns(4)
    skipped = f"{counts.n_labels:,} labels; {counts.n_skipped:,} files skipped"
    columns[0].metric(text.IMAGES, f"{counts.n_images:,}", border=True, help=skipped)
    columns[1].metric(text.UNITS, f"{counts.n_units:,}", border=True, help=f"in {len(study.network.layers)} layers")
    columns[2].metric(text.RENDERS, f"{counts.n_renders:,}", border=True, help=f"of {counts.n_rendered_units:,} units")
    columns[3].metric(text.ANSWERS, f"{people.n_answers:,}", border=True, help=f"{people.n_participants:,} participants")


def _headline(study: Study) -> None:
    found = resources.comparison(study)
    st.subheader(text.HEADLINE)
    comparison.accuracy_figure(found.people, found.observers, found.participant_means, key="overview-accuracy")
    kinds: tuple[tuple[RespondentKind, Results], ...] = (("people", found.people), ("observers", found.observers))
    for kind, results in kinds:
        contrast = comparison.contrast_of(results)
        if contrast is not None:
            st.markdown(f"**{text.RESPONDENTS[kind]}**, {text.CONTRAST}: {comparison.contrast_sentence(contrast, kind)}")
    if any(found.observer_names.values()):
        st.caption(text.BIASED_NOTE)
    st.caption(text.PAPER)


def _next_steps() -> None:
    st.subheader(text.NEXT)
    steps = (
        ("feature-maps", text.BROWSE, text.BROWSE_WHY),
        ("self-test", text.TAKE_TEST, text.TAKE_TEST_WHY),
        ("results", text.SEE_RESULTS, text.SEE_RESULTS_WHY),
    )
    for page, label, why in steps:
        with st.container(border=True):
            st.markdown(why)
            if st.button(label, key=f"go-{page}", type="primary" if page == "self-test" else "secondary"):
                st.switch_page(link(page))


def _empty() -> None:
    st.subheader(text.EMPTY_TITLE)
    st.markdown(text.EMPTY_BODY)
    where = resources.workspace()
    if watch.running(where):
        st.info(text.BUILDING)
        job_status.live_jobs(where, key="empty-jobs")
    elif st.button(text.BUILD_DEMO, type="primary", key="build-demo"):
        watch.start(where, ["demo", "--build-only"])
        job_status.wait_for_start(where)
        st.rerun()
    else:
        job_status.failed_jobs(where)
    _own_data(expanded=True)


def _own_data(*, expanded: bool) -> None:
    with st.expander(text.OWN_DATA, expanded=expanded):
        st.code(text.OWN_COMMANDS, language="bash")
        st.caption(text.OWN_NOTE)
