"""The self-test page before a session: language, design, what is missing for it, and who takes part."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.design_spec import DesignSpec
from core.domain import Study
from core.errors import ExemplaryError, NotReady
from core.experiment import Language
from core.services.experiment import designs, sessions
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import DesignOffer, UnitCounts
from core.services.experiment.sessions import Enrolment
from dashboard import resources, state, text
from dashboard.components.design_choice import LENGTHS, QUICK, available_conditions, design_choice, n_units, quick_options, what_is_missing
from dashboard.components.enrolment_form import enrolment_fields
from dashboard.components.language_choice import language_choice
from dashboard.navigation import link
from dashboard.participant_text import ParticipantText, participant_text

SHORTEST: Final = min(LENGTHS)


def render_enrolment(study: Study) -> None:
    """Draw what stands before a session, and begin one."""
    heading, chooser = st.columns([3, 1], vertical_alignment="bottom")
    with chooser, st.container(horizontal_alignment="right"):
        language = language_choice(state.language(), key=state.LANGUAGE)
    texts = participant_text(language)
    heading.title(texts.enrolment.title)
    st.caption(text.study_line(study))
    if state.was_deleted():
        st.success(texts.leaving.deleted)
    try:
        counts = resources.unit_counts(study)
    except NotReady as error:
        _no_test(str(error))
        return
    if n_units(counts, "natural") < SHORTEST:
        _no_test(text.TEST_TOO_FEW.format(n=n_units(counts, "natural"), wanted=SHORTEST))
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(texts.enrolment.intro)
        _take_part(study, counts, language, texts)
    with right:
        _notes(counts, texts)


def _no_test(sentence: str) -> None:
    """Say why this study has no self-test, and lead on."""
    st.info(sentence)
    if st.button(text.BROWSE, type="primary"):
        st.switch_page(link("feature-maps"))


def _take_part(study: Study, counts: UnitCounts, language: Language, texts: ParticipantText) -> None:
    offer = design_choice(resources.design_offers(study), asked=st.query_params.get(state.DESIGN), texts=texts)
    if offer.spec is None and offer.name != QUICK:
        what_is_missing(offer, texts)
        return
    state.offer_name(sessions.generated_code())
    with st.form("self-test", border=True):
        request = quick_options(counts, texts) if offer.name == QUICK else None
        enrolment = enrolment_fields(name_key=state.PARTICIPANT, language=language, consent=resources.consent(language), texts=texts)
        if st.form_submit_button(texts.enrolment.start, type="primary"):
            _start(study, offer, request, enrolment, texts)
    for note in offer.notes:
        st.caption(note)


def _start(study: Study, offer: DesignOffer, request: DesignRequest | None, enrolment: Enrolment | None, texts: ParticipantText) -> None:
    """Begin a session and go to it, or say in place why it cannot begin."""
    problem = _problem(resources.unit_counts(study), offer, request, enrolment, texts)
    if problem or enrolment is None:
        st.error(problem)
        return
    try:
        with st.spinner(texts.enrolment.preparing):
            design = _design(study, offer, request)
            session = sessions.begin(resources.workspace(), resources.reader(), resources.responses(), study, design, enrolment)
    except ExemplaryError as error:
        st.error(str(error))
        return
    state.open_session(session.session_id)
    st.rerun()


def _problem(
    counts: UnitCounts, offer: DesignOffer, request: DesignRequest | None, enrolment: Enrolment | None, texts: ParticipantText
) -> str:
    """Return why this session cannot begin, asked of the study as it is now; "" where nothing is in the way."""
    if enrolment is None:
        return texts.enrolment.no_consent
    if offer.spec is not None and offer.spec.numbered_within_group and enrolment.expertise is None:
        return texts.enrolment.no_expertise
    if request is None:
        return ""
    if not request.conditions:
        return texts.enrolment.no_condition
    scarcest = min(request.conditions, key=lambda condition: n_units(counts, condition))
    n, wanted = n_units(counts, scarcest), request.n_main or SHORTEST
    return texts.enrolment.too_long.format(references=texts.references.of(scarcest), n=n, wanted=wanted) if n < wanted else ""


def _design(study: Study, offer: DesignOffer, request: DesignRequest | None) -> DesignSpec:
    if request is None and offer.spec is not None:
        return offer.spec
    return designs.build(resources.reader(), study, request or DesignRequest(preset=offer.name))


def _notes(counts: UnitCounts, texts: ParticipantText) -> None:
    st.markdown(texts.enrolment.how)
    if "synthetic" not in available_conditions(counts):
        st.info(text.TEST_UNAVAILABLE.format(wanted=SHORTEST, n=counts.n_synthetic))
