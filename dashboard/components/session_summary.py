"""A participant's own answers at the end of a self-test."""

from __future__ import annotations

import streamlit as st

from core.psychophysics.session import SessionState, summary
from dashboard import text


def session_summary(where: SessionState) -> None:
    """Draw one card a condition: correct of n, median reaction time, mean confidence."""
    found = summary(where.trials, where.responses).conditions
    columns = st.columns(max(1, len(found)))
    for column, one in zip(columns, found, strict=False):
        with column, st.container(border=True):
            st.metric(
                text.REFERENCES[one.condition],
                text.SUMMARY_CORRECT.format(n_correct=one.n_correct, n=one.n),
                f"{one.n_correct / one.n:.0%}",
                delta_color="off",
                delta_arrow="off",
            )
            st.caption(text.SUMMARY_DETAIL.format(time_s=one.median_reaction_time_s, confidence=one.mean_confidence))
