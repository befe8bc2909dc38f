"""Reviewing together: a queue of units by keyboard, agreement between reviewers, assignment, exports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.domain import Study, Unit
from core.errors import ExemplaryError
from core.services import export_source, review_queue
from core.services.review_queue import ORDERS, QueueOrder
from dashboard import access, resources, review_resources, review_text, state, text
from dashboard.components import empty
from dashboard.components.review_images import review_images
from dashboard.components.review_panel import Action
from dashboard.navigation import link
from dashboard.pages.review_parts import agreement_part, assign_part, export_part
from dashboard.pages.unit_review import REFRESH_S, panel, taken
from dashboard.routes import IMAGE_URL

WIDTHS: Final = (9, 4)


@dataclass(frozen=True, slots=True)
class Worked:
    """The queue that a browser session works through: its order stays while verdicts arrive. `at`: the place that is looked at."""

    study: str
    order: QueueOrder
    reviewer: str
    units: tuple[Unit, ...]
    at: int


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
        order = _order_choice()
        section = _section_choice()
    parts: dict[str, Callable[[Study, QueueOrder], None]] = {
        "queue": _queue,
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


@st.fragment(run_every=REFRESH_S)
def _queue(study: Study, order: QueueOrder) -> None:
    try:
        worked = _worked(study, order)
        if not worked.units:
            st.info(review_text.EMPTY_QUEUES[order])
            return
        actions = _draw(study, worked)
    except ExemplaryError as error:  # on a timed rerun the page's own guard does not reach
        st.warning(review_text.UNREADABLE.format(error=error))
        return
    new = taken(study, actions)
    if new:
        steps = sum({"next": 1, "previous": -1, "": 0}[one.go] for one in new)
        at = min(max(worked.at + steps, 0), len(worked.units) - 1)
        st.session_state[state.REVIEW_QUEUE] = replace(worked, at=at)
        st.rerun(scope="fragment")


def _worked(study: Study, order: QueueOrder) -> Worked:
    """Return the queue as it was begun; a new one for another study, order or reviewer, at the first unit that is open."""
    reviewer = access.person().name or ""
    kept: Worked | None = st.session_state.get(state.REVIEW_QUEUE)
    if kept is not None and kept.units and (kept.study, kept.order, kept.reviewer) == (study.key, order, reviewer):
        return kept
    units = review_resources.queue(study, order, reviewer)
    begun = Worked(study.key, order, reviewer, units, review_queue.first_open(units, review_resources.summaries(study), reviewer))
    st.session_state[state.REVIEW_QUEUE] = begun
    return begun


def _draw(study: Study, worked: Worked) -> tuple[Action, ...]:
    unit = worked.units[worked.at]
    view = resources.unit_view(study, unit)
    found = review_queue.progress(worked.units, review_resources.summaries(study), worked.reviewer)
    st.progress(
        found.n_mine / found.n_units,
        text=review_text.PLACE.format(place=worked.at + 1, n=found.n_units, mine=found.n_mine, any=found.n_any, twice=found.n_twice),
    )
    images, side = st.columns(WIDTHS, gap="large")
    with images:
        chosen = export_source.choose_set(view) if view.render_sets else None
        review_images(view, chosen, image_url=IMAGE_URL, native_px=study.network.preprocessing.crop_px)
    with side:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(str(unit), width="content")
            address = {state.STUDY: study.key, state.UNIT: str(unit)}
            st.page_link(link("feature-maps"), label=review_text.OPEN_UNIT, query_params=address, width="content")
        return panel(study, unit, is_queue=True)
