"""The self-test page during a session: instructions, ratings, blocks of trials, and one's own answers at the end."""

from __future__ import annotations

import streamlit as st

from core.design_spec import Condition
from core.errors import StoreError
from core.experiment import Session
from core.inference.proportions import Proportion
from core.psychophysics.session import SessionState, summary
from core.services.experiment import sessions
from core.services.experiment.designs import DesignOffer
from dashboard import access, resources, state
from dashboard.components.announcements import announcements, running_score
from dashboard.components.instructions import instruction_pages, instructions, worked_example
from dashboard.components.intuitiveness import intuitiveness_ratings
from dashboard.components.leaving import deletion, leaving, personal_link
from dashboard.components.session_end import own_results
from dashboard.components.trial import trial_block, view_of
from dashboard.navigation import link
from dashboard.participant_text import ParticipantText, participant_text
from dashboard.routes import ANSWER_URL, EVENT_URL, IMAGE_URL, RATING_URL, SESSION_URL


def render_session(session: Session, where: SessionState) -> None:
    """Draw the step that a session has come to."""
    texts = participant_text(session.language)
    if where.step == "finished":
        _end(session, where, texts)
        return
    with st.container(horizontal_alignment="right"):  # above: anything below would make the page scroll
        _stop(session, where, texts)
    {"instructions": _instructions, "ratings": _ratings, "trials": _trials}[where.step](session, where, texts)


def _stop(session: Session, where: SessionState, texts: ParticipantText) -> None:
    wish = leaving(link=_link(session), n_answers=where.n_answered + len(where.ratings), session_id=session.session_id, texts=texts)
    if wish is False:
        _delete(session)
    elif wish:
        state.leave_session(session.language)
        st.rerun()


def _delete(session: Session) -> None:
    sessions.delete(resources.responses(), session.session_id)
    state.note_deletion(session.language)
    st.rerun()


def _link(session: Session) -> str:
    """Return the address that leads back to a session."""
    return f"{st.context.url or ''}?{state.SESSION}={session.session_id}"


def _instructions(session: Session, where: SessionState, texts: ParticipantText) -> None:
    design = session.design
    shown = next((trial for trial in where.trials if trial.condition != "none"), where.trials[0])
    found = resources.example(session.session_id)
    example = None if found is None else worked_example(found)
    offer = DesignOffer(design.name, design)
    instructions(
        session_id=session.session_id,
        pages=instruction_pages(design, n_trials=offer.n_trials or 0, minutes=offer.minutes or 1, example=example, words=texts),
        example=example,
        sides=view_of(shown).sides if example is None else example.sides,
        n_references=design.references_of(shown.scheme) if example is None else len(example.max_references),
        event_url=EVENT_URL,
        image_url=_image_url(session),
        key=f"instructions/{session.session_id}",
        texts=texts,
        image_px=resources.image_px(design.study),
    )


def _image_url(session: Session) -> str:
    """Return where the session's images are: who may not browse sees those of the session only."""
    return IMAGE_URL if access.may("browse") else f"{SESSION_URL}/{session.session_id}/image"


def _ratings(session: Session, where: SessionState, texts: ParticipantText) -> None:
    moment = where.moment
    if moment is None:
        return
    intuitiveness_ratings(
        session_id=session.session_id,
        tasks=where.open_ratings(moment),
        rating_url=RATING_URL,
        image_url=_image_url(session),
        total=sum(task.moment == moment for task in where.rating_tasks),
        key=f"ratings/{session.session_id}/{moment}",
        texts=texts,
        image_px=resources.image_px(session.design.study),
    )


def _trials(session: Session, where: SessionState, texts: ParticipantText) -> None:
    design, block = session.design, where.current_block
    if block is None:
        return
    trial_block(
        session_id=session.session_id,
        trials=[view_of(trial) for trial in where.open_trials(block.block)],
        answer_url=ANSWER_URL,
        image_url=_image_url(session),
        feedback=design.feedback,
        pause_ms=design.pause_ms,
        feedback_ms=design.feedback_ms,
        total=block.n_trials,
        offset=block.n_answered,
        key=f"trials/{session.session_id}",
        texts=texts,
        announcements=announcements(where, design, texts),
        score=running_score(where, design),
        image_px=resources.image_px(design.study),
    )


def _end(session: Session, where: SessionState, texts: ParticipantText) -> None:
    words = texts.summary
    st.title(words.title)
    st.markdown(words.thanks)
    own_results(summary(where.trials, where.responses), _team(session), texts, n_references=session.design.n_references)
    st.caption(f"{words.note} {words.method}")
    with st.container(horizontal=True):
        if access.may("see_results") and st.button(words.results, type="primary", key="see-results"):
            state.choose_study(session.design.study)
            st.switch_page(link("results"))
        st.button(words.another, on_click=state.leave_session, args=(session.language,), key="another")
    with st.expander(texts.leaving.link_and_deletion):
        personal_link(_link(session))
        if deletion(n_answers=where.n_answered + len(where.ratings), session_id=session.session_id, texts=texts):
            _delete(session)


def _team(session: Session) -> dict[Condition, Proportion]:
    """Return people's pooled proportions correct in the session's design; none where they cannot be read now."""
    study = next((one for one in resources.all_studies() if one.key == session.design.study), None)
    if study is None or study.stimuli_digest != session.design.stimuli_digest:
        return {}
    try:
        return dict(resources.comparison(study, design=session.design.name).people.accuracy)
    except StoreError:
        return {}
