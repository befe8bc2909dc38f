"""A self-test: choose it and take part, go through its steps in the browser, see one's own answers; a reload goes on where it was."""

from __future__ import annotations

import streamlit as st

from core.errors import UnknownName
from core.services.experiment import sessions
from dashboard import resources, state
from dashboard.components import empty
from dashboard.navigation import link
from dashboard.pages.enrolment import render_enrolment
from dashboard.pages.session import render_session
from dashboard.participant_text import participant_text


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    session_id = state.session_id()
    if session_id is None:
        render_enrolment(study)
        return
    try:
        session = resources.responses().session(session_id)
        where = sessions.where(resources.responses(), session_id)
    except UnknownName:
        _lost()
        return
    render_session(session, where)


def _lost() -> None:
    words = participant_text(state.language())
    st.warning(words.enrolment.lost)
    st.button(words.summary.another, on_click=state.close_session)
