"""The overview's section about several studies in one workspace."""

from __future__ import annotations

import streamlit as st

from core.domain import Study
from core.errors import StoreError
from core.services.results.results import Comparison
from core.services.results.study_comparison import StudyFacts, beside
from dashboard import resources, state, studies_text
from dashboard.components.study_table import study_figure, study_table


def render_studies(current: Study) -> None:
    """Draw the workspace's studies beside each other; nothing where there is one only."""
    studies = resources.all_studies()
    if len(studies) < 2:
        return
    st.subheader(studies_text.TITLE)
    with st.spinner(studies_text.READING):
        found = beside([StudyFacts(study, resources.counts(study), _comparison(study)) for study in studies])
    study_table(found, current=current.key, choose=_choose)
    study_figure(found, key="overview-studies")


def _comparison(study: Study) -> Comparison | str:
    try:
        return resources.comparison(study)
    except StoreError as error:
        return str(error)


def _choose(key: str) -> None:
    state.forget_address_study()
    state.choose_study(key)
