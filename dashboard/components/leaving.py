"""Stopping a self-test: the personal link that leads back, and deleting one's own answers, which takes two clicks."""

from __future__ import annotations

import streamlit as st

from dashboard.participant_text import ParticipantText

ASKED = "delete-asked"  # the session whose participant pressed the first of the two buttons


def leaving(*, link: str, n_answers: int, session_id: str, texts: ParticipantText) -> bool | None:
    """Draw the button that stops a session and what it offers; return True to leave, False to leave and delete, None to stay."""
    words = texts.leaving
    with st.popover(words.leave, help=words.leave_help, type="tertiary"):
        st.markdown(f"**{words.title}** {words.kept}")
        personal_link(link)
        if st.button(words.go, key="leave", type="primary"):
            return True
        st.divider()
        if deletion(n_answers=n_answers, session_id=session_id, texts=texts):
            return False
    return None


def personal_link(link: str) -> None:
    """Draw the link that leads back to a session, with a button that copies it."""
    st.code(link, language=None, wrap_lines=True)


def deletion(*, n_answers: int, session_id: str, texts: ParticipantText) -> bool:
    """Draw the way to delete a session's answers; return True once it was asked for and confirmed."""
    words = texts.leaving
    st.caption(words.delete_why)
    if st.session_state.get(ASKED) != session_id:
        st.button(words.delete, key="delete", on_click=_ask, args=(session_id,))
        return False
    st.markdown(f"**{words.delete_sure.of(n_answers)}**")
    yes, no = st.columns(2)
    no.button(words.keep, key="keep", on_click=_ask, args=(None,), width="stretch")
    return yes.button(words.delete_really, key="delete-really", width="stretch")


def _ask(session_id: str | None) -> None:
    st.session_state[ASKED] = session_id
