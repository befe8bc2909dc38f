"""A self-test: choose it, run its blocks in the browser, see one's own answers; a reload goes on where it was."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.design_spec import CONDITIONS, Condition
from core.domain import Study
from core.errors import ExemplaryError, UnknownName, UsageError
from core.experiment import Session
from core.psychophysics.session import SessionState
from core.services import self_test
from dashboard import resources, state, text
from dashboard.components import empty
from dashboard.components.session_summary import session_summary
from dashboard.components.trial import Announcement, TrialView, trial_block
from dashboard.navigation import link
from dashboard.routes import ANSWER_URL, IMAGE_URL

LENGTHS: Final = tuple(text.TEST_LENGTHS)  # main trials per condition
DEFAULT_LENGTH: Final = 6
PRESELECTED: Final[tuple[Condition, ...]] = ("natural", "synthetic")


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    session_id = state.session_id()
    if session_id is None:
        _choose(study)
        return
    try:
        where = self_test.state(resources.responses(), session_id)
    except UnknownName:
        st.warning(text.TEST_LOST)
        st.button(text.TEST_NEW, on_click=state.close_session)
        return
    if where.is_finished:
        _summary(session_id, where)
    else:
        _block(session_id, where)


def _choose(study: Study) -> None:
    st.title(text.TEST_TITLE)
    st.caption(text.study_line(study))
    try:
        offer = resources.test_offer(study)
    except UsageError as error:
        _no_test(str(error))
        return
    most = max(offer.n_units.values())
    if most < min(LENGTHS):
        _no_test(text.TEST_TOO_FEW.format(n=most, wanted=min(LENGTHS)))
        return
    state.remember_guest()
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(text.TEST_INTRO)
        _form(study, offer)
    with right:
        _notes(offer)


def _no_test(sentence: str) -> None:
    """Say why this study has no self-test, and lead on."""
    st.info(sentence)
    if st.button(text.BROWSE, type="primary"):
        st.switch_page(link("feature-maps"))


def _form(study: Study, offer: self_test.Offer) -> None:
    available = [condition for condition in CONDITIONS if offer.n_units[condition] >= min(LENGTHS)]
    preselected = [condition for condition in PRESELECTED if condition in available] or available
    lengths = [n for n in LENGTHS if n <= min(offer.n_units[condition] for condition in preselected)]
    default = DEFAULT_LENGTH if DEFAULT_LENGTH in lengths else lengths[-1]
    with st.form("self-test", border=True):
        name = st.text_input(text.TEST_NAME, key=state.PARTICIPANT, persist_state="session", help=text.TEST_NAME_HINT, max_chars=40)
        conditions = st.pills(
            text.TEST_CONDITIONS, available, selection_mode="multi", default=preselected, format_func=text.CONDITION_NAMES.__getitem__
        )
        n_main = st.segmented_control(text.TEST_LENGTH, lengths, default=default, required=True, format_func=text.TEST_LENGTHS.__getitem__)
        practice = st.checkbox(text.TEST_PRACTICE, value=True) if offer.n_reserved else False
        if st.form_submit_button(text.TEST_START, type="primary"):
            _start(study, name, tuple(conditions), n_main or default, practice=practice)


def _start(study: Study, name: str, conditions: tuple[Condition, ...], n_main: int, *, practice: bool) -> None:
    """Begin a self-test and go to it, or say in place why it cannot begin."""
    problem = _problem(resources.test_offer(study), conditions, n_main)
    if problem:
        st.error(problem)
        return
    try:
        session = _begin(study, name, conditions, n_main, practice=practice)
    except ExemplaryError as error:
        st.error(str(error))
        return
    state.open_session(session.session_id)
    st.rerun()


def _problem(offer: self_test.Offer, conditions: tuple[Condition, ...], n_main: int) -> str | None:
    """Return why these conditions cannot have so many trials, asked of the study as it is now."""
    if not conditions:
        return text.TEST_NO_CONDITION
    scarcest = min(conditions, key=lambda condition: offer.n_units[condition])
    if offer.n_units[scarcest] < n_main:
        return text.TEST_TOO_LONG.format(references=text.REFERENCES[scarcest], n=offer.n_units[scarcest], wanted=n_main)
    return None


def _begin(study: Study, name: str, conditions: tuple[Condition, ...], n_main: int, *, practice: bool) -> Session:
    with st.spinner(text.TEST_PREPARING):
        return self_test.begin(
            resources.workspace(),
            resources.reader(),
            resources.responses(),
            study,
            participant=name,
            conditions=conditions,
            n_main=n_main,
            with_practice=practice,
        )


def _notes(offer: self_test.Offer) -> None:
    st.markdown(text.TEST_HOW)
    st.caption(text.share_note(offer.reference_share))
    if offer.n_units["synthetic"] < min(LENGTHS):
        st.info(text.TEST_UNAVAILABLE.format(wanted=min(LENGTHS), n=offer.n_units["synthetic"]))


def _block(session_id: str, where: SessionState) -> None:
    design = resources.responses().session(session_id).design
    block = where.current_block
    if block is None:
        return
    answered = {response.trial_index for response in where.responses}
    trials = [trial for trial in where.trials if trial.block == block.block and trial.index not in answered]
    with st.container(horizontal_alignment="right"):  # above: anything below the trial would make the page scroll
        st.button(text.TEST_LEAVE, on_click=state.close_session, type="tertiary", help=text.TEST_LEAVE_HELP)
    views = [
        TrialView(t.index, t.condition, t.scheme, t.kind, t.min_references, t.max_references, t.query_top, t.query_bottom) for t in trials
    ]
    result = trial_block(
        session_id=session_id,
        trials=views,
        answer_url=ANSWER_URL,
        image_url=IMAGE_URL,
        feedback=design.feedback,
        pause_ms=design.pause_ms,
        feedback_ms=design.feedback_ms,
        total=block.n_trials,
        offset=block.n_answered,
        key=f"trials/{session_id}/{block.block}",
        announcement=_announcement(where),
        image_px=resources.image_px(design.study),
    )
    if result.finished:
        st.rerun()


def _announcement(where: SessionState) -> Announcement:
    """Return what is said before the current block: which condition, how many trials, and how the block before went."""
    block = next(one for one in where.blocks if not one.is_finished)
    main_blocks = [one for one in where.blocks if not one.is_practice]
    references = text.REFERENCES[block.condition]
    if block.is_practice:
        title = text.PRACTICE_TITLE.format(references=references)
    else:
        title = text.BLOCK_TITLE.format(number=main_blocks.index(block) + 1, total=len(main_blocks), references=references)
    body = text.block_note(block.condition, block.n_trials - block.n_answered)
    before = [one for one in main_blocks if one.is_finished]
    if before:
        body = text.BLOCK_DONE.format(number=len(before), correct=before[-1].n_correct, n=before[-1].n_trials) + "\n" + body
    return Announcement(title, body)


def _summary(session_id: str, where: SessionState) -> None:
    st.title(text.SUMMARY)
    session_summary(where)
    st.caption(text.SUMMARY_NOTE)
    left, right, _ = st.columns([1, 1, 3])
    if left.button(text.SEE_RESULTS, type="primary", width="stretch"):
        state.choose_study(resources.responses().session(session_id).design.study)
        st.switch_page(link("results"))
    right.button(text.TEST_NEW, on_click=state.close_session, width="stretch")
