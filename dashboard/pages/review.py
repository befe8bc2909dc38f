"""Reviewing together: a queue of units by keyboard, agreement between reviewers, assignment, exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.domain import Study
from core.services.reviews.review_queue import ORDERS, QueueOrder
from dashboard import resources, review_text, state, text
from dashboard.components import empty
from dashboard.navigation import link
from dashboard.pages.review_files import export_part
from dashboard.pages.review_parts import agreement_part, assign_part
from dashboard.pages.review_queue import queue_part

ORDERED: Final = frozenset({"queue", "assign"})  # parts that an order matters to


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(text.PAGE_TITLES["review"], width="content")
        st.caption(text.study_line(study))
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        first, second = st.container(width="content"), st.container(width="content")
    with second:
        section = _section_choice()
    with first:
        order = _order_choice() if section in ORDERED else ORDERS[0]
    parts: dict[str, Callable[[Study, QueueOrder], None]] = {
        "queue": queue_part,
        "agreement": lambda study, _: agreement_part(study),
        "assign": assign_part,
        "export": lambda study, _: export_part(study),
    }
    parts[section](study, order)


def _order_choice() -> QueueOrder:
    chosen = st.segmented_control(
        review_text.ORDER,
        ORDERS,
        default=ORDERS[0],
        required=True,
        format_func=review_text.ORDERS.__getitem__,
        help=review_text.ORDER_HELP,
        key=state.REVIEW_ORDER,
        bind="query-params",
        persist_state="session",
    )
    return chosen or ORDERS[0]


def _section_choice() -> str:
    sections = list(review_text.SECTIONS)
    chosen = st.segmented_control(
        review_text.SECTION_LABEL,
        sections,
        default=sections[0],
        required=True,
        format_func=review_text.SECTIONS.__getitem__,
        label_visibility="collapsed",
        key=state.REVIEW_SECTION,
        bind="query-params",
    )
    return chosen or sections[0]
