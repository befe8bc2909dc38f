"""Choosing the language in which one takes part."""

from __future__ import annotations

import streamlit as st

from core.experiment import LANGUAGES, Language
from dashboard.participant_text import PARTICIPANT_TEXTS, participant_text


def language_choice(first: Language, *, key: str) -> Language:
    """Draw the languages, each by its own name; return the one chosen, at first `first`."""
    names = {one: texts.name for one, texts in PARTICIPANT_TEXTS.items()}
    st.session_state.setdefault(key, first)
    chosen = st.segmented_control(
        participant_text(first).enrolment.language,
        LANGUAGES,
        format_func=names.__getitem__,
        key=key,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen or first
