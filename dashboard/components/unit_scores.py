"""How well units are explained, drawn: the choice of an order of the wall, and the scores of one unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.design_spec import Condition
from core.services.unit_scores import ScoreOrder, UnitScore
from core.store.observations import ObserverCard
from dashboard import score_text, state


def judge_choice(cards: Sequence[ObserverCard | None]) -> int:
    """Draw the choice of who judges the units (an observer's card, or None for people); return its place."""
    labels = [score_text.judge_label(card) for card in cards]
    found = st.selectbox(score_text.JUDGE, labels, key=state.JUDGE, bind="query-params", on_change=state.first_wall_page)
    return labels.index(found) if found in labels else 0


def order_choice(orders: Sequence[ScoreOrder]) -> ScoreOrder | None:
    """Draw the choice of an order of units; return it, None for that of the network."""
    labels = {score_text.sort_label(None): None, **{score_text.sort_label(one): one for one in orders}}
    found = st.selectbox(
        score_text.SORT,
        list(labels),
        key=state.SORT,
        bind="query-params",
        on_change=state.first_wall_page,
        help=score_text.SORT_HELP,
    )
    return labels.get(found or "")


def score_section(by: Sequence[tuple[ObserverCard | None, Mapping[Condition, UnitScore]]]) -> None:
    """Draw what everybody answered about one unit, observers labelled with what they are."""
    st.subheader(score_text.TITLE)
    lines = [score_text.score_line(score_text.judge_label(card), scores, are_people=card is None) for card, scores in by if scores]
    if not lines:
        st.caption(score_text.NOBODY)
        return
    st.markdown("\n\n".join(lines))
    st.caption(score_text.NOTE)
