"""How well one unit is explained, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.design_spec import Condition
from core.services.units.unit_scores import UnitScore
from core.store.observations import ObserverCard
from dashboard import score_text


def score_section(by: Sequence[tuple[ObserverCard | None, Mapping[Condition, UnitScore]]]) -> None:
    """Draw what everybody answered about one unit, observers labelled with what they are."""
    st.subheader(score_text.TITLE)
    lines = [score_text.score_line(score_text.judge_label(card), scores, are_people=card is None) for card, scores in by if scores]
    if not lines:
        st.caption(score_text.NOBODY)
        return
    st.markdown("\n\n".join(lines))
    st.caption(score_text.NOTE)
