"""The queue of the page Review: one unit after another, by keyboard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.domain import Study, Unit
from core.errors import ExemplaryError
from core.services.renders import export_source
from core.services.reviews import review_queue
from core.services.reviews.review_queue import QueueOrder
from dashboard import access, resources, review_resources, review_text, state
from dashboard.components.review_images import review_images
from dashboard.components.review_panel import Action
from dashboard.navigation import link
from dashboard.pages.unit_review import REFRESH_S, panel, taken
from dashboard.routes import IMAGE_URL

WIDTHS: Final = (9, 4)
STEPS: Final = {"next": 1, "previous": -1, "": 0}
FILLING: Final = frozenset({"disagreement", "assigned"})  # queues that others fill while one works through them


@dataclass(frozen=True, slots=True)
class Worked:
    """The queue that a browser session works through: its order stays while verdicts arrive, what is new comes last.

    `version`: of the reviews that it was last filled from; `at`: the place that is looked at.
    """

    study: str
    order: QueueOrder
    reviewer: str
    units: tuple[Unit, ...]
    version: int
    at: int


@st.fragment(run_every=REFRESH_S)
def queue_part(study: Study, order: QueueOrder) -> None:
    """Draw the queue."""
    try:
        access.require("review")
        worked = _worked(study, order)
        if not worked.units:
            st.info(review_text.EMPTY_QUEUES[order])
            return
        new = taken(study, _draw(study, worked))
    except ExemplaryError as error:  # on a timed rerun the page's own guard does not reach
        st.warning(review_text.UNREADABLE.format(error=error))
        return
    if new:
        at = min(max(worked.at + sum(STEPS[one.go] for one in new), 0), len(worked.units) - 1)
        st.session_state[state.REVIEW_QUEUE] = replace(worked, at=at)
        st.rerun(scope="fragment")


def _worked(study: Study, order: QueueOrder) -> Worked:
    """Return the queue as it was begun; a new one for another study, order or reviewer, at the first unit that is open."""
    reviewer = access.person().name or ""
    kept: Worked | None = st.session_state.get(state.REVIEW_QUEUE)
    if kept is not None and kept.units and (kept.study, kept.order, kept.reviewer) == (study.key, order, reviewer):
        worked = _filled(study, kept)
    else:
        version, units = review_resources.version(study), review_resources.queue(study, order, reviewer)
        at = review_queue.first_open(units, review_resources.summaries(study), reviewer)
        worked = Worked(study.key, order, reviewer, units, version, at)
    st.session_state[state.REVIEW_QUEUE] = worked
    return worked


def _filled(study: Study, kept: Worked) -> Worked:
    """Return a queue with the units that came to it since."""
    version = review_resources.version(study)
    if kept.order not in FILLING or version == kept.version:
        return kept
    now = review_resources.queue(study, kept.order, kept.reviewer)
    return replace(kept, units=tuple(dict.fromkeys((*kept.units, *now))), version=version)


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
