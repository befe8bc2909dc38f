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
                f"{text.CONDITION_NAMES[one.condition]} references", f"{one.n_correct} of {one.n} correct", f"{one.n_correct / one.n:.0%}",
                delta_color="off", delta_arrow="off",
            )  # fmt: skip
            st.caption(f"median reaction time {one.median_reaction_time_s:.1f} s · mean confidence {one.mean_confidence:.1f} of 3")
