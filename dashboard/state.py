"""The names of what a browser session remembers, and its defaults. Filters that belong in the address are bound to it by these names."""

from __future__ import annotations

import secrets
from typing import Final

import streamlit as st

STUDY: Final = "study"  # Study.key that this browser looks at
UNIT: Final = "unit"  # query parameter: the unit whose own view is open
LAYER: Final = "layer"
BRANCH: Final = "branch"
SEARCH: Final = "search"
RENDERED: Final = "rendered"
WALL_PAGE: Final = "page"
SESSION: Final = "session"  # query parameter and session state: the self-test that is under way
PARTICIPANT: Final = "participant"


def remember_guest() -> None:
    """Give a browser session without a name a pseudonym, so that a self-test begins with one click."""
    if not st.session_state.get(PARTICIPANT):
        st.session_state[PARTICIPANT] = f"guest-{secrets.token_hex(2)}"


def session_id() -> str | None:
    """Return the self-test of this browser session: from the address, else remembered (navigation drops the query string)."""
    found = st.query_params.get(SESSION) or st.session_state.get(SESSION)
    return str(found) if found else None


def open_session(session_id: str) -> None:
    """Remember a self-test in the address and in this browser session."""
    st.session_state[SESSION] = session_id
    st.query_params[SESSION] = session_id


def close_session() -> None:
    """Forget the self-test that was under way or finished."""
    st.session_state.pop(SESSION, None)
    st.query_params.pop(SESSION, None)
