"""The fields about who takes part: name, expertise, consent, and demographics that can be skipped. Drawn inside a form."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.experiment import Demographics, Handedness, Language, VisualAid
from core.services.experiment.sessions import AGES, MAX_NAME_LENGTH, Enrolment
from dashboard.participant_text import ParticipantText

HANDEDNESS: Final[tuple[Handedness, ...]] = ("left", "right", "both")
VISUAL_AIDS: Final[tuple[VisualAid, ...]] = ("none", "glasses", "contact lenses")


def enrolment_fields(*, name_key: str, language: Language, consent: str | None, texts: ParticipantText) -> Enrolment | None:
    """Draw the fields; return what they hold, None while a consent that is asked for is not given."""
    words = texts.enrolment
    left, right = st.columns(2)
    name = left.text_input(words.name, key=name_key, persist_state="session", help=words.name_help, max_chars=MAX_NAME_LENGTH)
    names = {"expert": words.expert, "lay": words.lay}
    expertise = right.segmented_control(
        words.expertise, ["expert", "lay"], format_func=names.__getitem__, help=words.expertise_help, key="expertise"
    )
    demographics = _demographics(texts)
    agreed = True
    if consent is not None:
        with st.container(border=True, height=220 if len(consent) > 700 else "content"):
            st.markdown(consent)
        agreed = st.checkbox(words.consent, key="consent")
    if not agreed:
        return None
    return Enrolment(participant=name, expertise=expertise, language=language, demographics=demographics, consent=consent)  # type: ignore[arg-type]


def _demographics(texts: ParticipantText) -> Demographics:
    words = texts.enrolment
    hands = dict(zip(HANDEDNESS, (words.left, words.right, words.both), strict=True))
    aids = dict(zip(VISUAL_AIDS, (words.no_aid, words.glasses, words.contact_lenses), strict=True))
    with st.expander(words.demographics):
        st.caption(words.demographics_note)
        one, two, three, four = st.columns(4)
        return Demographics(
            age=one.number_input(words.age, min_value=AGES[0], max_value=AGES[-1], value=None, step=1, key="age", placeholder=words.skip),
            gender=two.text_input(words.gender, key="gender", max_chars=MAX_NAME_LENGTH, placeholder=words.skip) or None,
            handedness=three.selectbox(
                words.handedness, HANDEDNESS, index=None, format_func=hands.__getitem__, key="handedness", placeholder=words.skip
            ),
            visual_aid=four.selectbox(
                words.visual_aid, VISUAL_AIDS, index=None, format_func=aids.__getitem__, key="visual-aid", placeholder=words.skip
            ),
        )
