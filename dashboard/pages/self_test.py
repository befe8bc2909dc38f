"""A self-test: choose it, run its blocks in the browser, see one's own answers; a reload goes on where it was."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import CONDITIONS, Condition, Study
from core.errors import UnknownName
from core.psychophysics.session import SessionState
from core.services import self_test
from dashboard import resources, state, text
from dashboard.components import empty
from dashboard.components.session_summary import session_summary
from dashboard.components.trial import Announcement, TrialView, trial_block
from dashboard.navigation import link
from dashboard.routes import ANSWER_URL, IMAGE_URL

LENGTHS: Final = {6: "6 (1 min)", 12: "12 (2 min)", 20: "20 (4 min)"}
DEFAULT_LENGTH: Final = 6


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study()
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
        _summary(where)
    else:
        _block(session_id, where)


def _choose(study: Study) -> None:
    offer = resources.test_offer(study)
    most = max(offer.n_units.values())
    state.remember_guest()
    st.title(text.TEST_TITLE)
    if most < DEFAULT_LENGTH:
        st.info(text.TEST_TOO_FEW.format(n=most, wanted=DEFAULT_LENGTH))
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(text.TEST_INTRO)
        available = [condition for condition in CONDITIONS if offer.n_units[condition]]
        defaults = [condition for condition in ("natural", "synthetic") if condition in available]
        with st.form("self-test", border=True):
            name = st.text_input(text.TEST_NAME, key=state.PARTICIPANT, persist_state="session", help=text.TEST_NAME_HINT, max_chars=40)
            conditions = st.pills(
                text.TEST_CONDITIONS, available, selection_mode="multi", default=defaults, format_func=text.CONDITION_NAMES.__getitem__
            )
            lengths = [n for n in LENGTHS if n <= most]
            n_main = st.segmented_control(text.TEST_LENGTH, lengths, default=lengths[0], format_func=LENGTHS.__getitem__)
            practice = st.checkbox(text.TEST_PRACTICE, value=True) if offer.n_reserved else False
            if st.form_submit_button(text.TEST_START, type="primary"):
                _start(study, name, tuple(conditions), n_main or DEFAULT_LENGTH, practice=practice)
    with right:
        _notes(offer)


def _start(study: Study, name: str, conditions: tuple[Condition, ...], n_main: int, *, practice: bool) -> None:
    if not conditions:
        st.error(text.TEST_NO_CONDITION)
        return
    with st.spinner(text.TEST_PREPARING):
        session = self_test.begin(
            resources.workspace(),
            resources.reader(),
            resources.responses(),
            study,
            participant=name,
            conditions=conditions,
            n_main=n_main,
            with_practice=practice,
        )
    state.open_session(session.session_id)
    st.rerun()


def _notes(offer: self_test.Offer) -> None:
    st.markdown(text.TEST_HOW)
    st.caption(text.share_note(offer.reference_share))
    if not offer.n_units["synthetic"]:
        st.info(text.TEST_UNAVAILABLE)


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
    blocks = where.blocks
    block = next(one for one in blocks if not one.is_finished)
    main_blocks = [one for one in blocks if not one.is_practice]
    name = text.CONDITION_NAMES[block.condition]
    if block.is_practice:
        title = text.PRACTICE_TITLE.format(condition=name)
    else:
        title = text.BLOCK_TITLE.format(number=main_blocks.index(block) + 1, total=len(main_blocks), condition=name)
    n_left = block.n_trials - block.n_answered
    body = f"{text.ANNOUNCEMENTS[block.condition]}\n{n_left} trial{'s' if n_left != 1 else ''}, no time limit."
    before = [one for one in main_blocks if one.is_finished]
    if before and not block.is_practice:
        body = text.BLOCK_DONE.format(number=len(before), correct=before[-1].n_correct, n=before[-1].n_trials) + "\n" + body
    return Announcement(title, body)


def _summary(where: SessionState) -> None:
    st.title(text.SUMMARY)
    session_summary(where)
    st.caption(text.SUMMARY_NOTE)
    left, right, _ = st.columns([1, 1, 3])
    if left.button(text.SEE_RESULTS, type="primary", width="stretch"):
        st.switch_page(link("results"))
    right.button(text.TEST_NEW, on_click=state.close_session, width="stretch")
