"""The review of a unit on its page: one's own verdict, and colleagues' changes within seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from core.domain import Study, Unit
from core.errors import ExemplaryError, UsageError
from core.services.reviews.reviewing import checked_name
from core.services.units.unit_names import parse_unit
from dashboard import access, review_books, review_resources, review_text, state
from dashboard.components.review_panel import Action, Reader, review_panel

REFRESH_S: Final = 1.0


def review_section(study: Study, unit: Unit) -> None:
    """Draw the section."""
    st.subheader(review_text.SECTION)
    _watched(study, unit)


@st.fragment(run_every=REFRESH_S)
def _watched(study: Study, unit: Unit) -> None:
    try:
        access.require("browse")
        actions = panel(study, unit, is_queue=False)
        if taken(study, actions):
            st.rerun(scope="fragment")
    except ExemplaryError as error:  # on a timed rerun the page's own guard does not reach
        st.warning(review_text.UNREADABLE.format(error=error))


def panel(study: Study, unit: Unit, *, is_queue: bool) -> tuple[Action, ...]:
    """Draw the panel of a unit; return what was done in it."""
    return review_panel(
        review_resources.unit_review(study, unit),
        review_books.scheme(),
        _reader(),
        known_tags=review_resources.known_tags(study, unit),
        is_queue=is_queue,
        acknowledged=tuple(review_resources.handled()),
        key="review/queue" if is_queue else f"review/{study.key}/{unit}",
    )


def taken(study: Study, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Take what was done, each once, and return it; what is refused is said, and leads no further."""
    return tuple(_taken(study, one) for one in actions if one.id not in review_resources.handled() and not _waits(one))


def _reader() -> Reader:
    name, is_chosen_here = access.person().name, not access.is_configured()
    may_review = access.may("review") and (name is not None or is_chosen_here)
    return Reader(name, may_review, can_rename=is_chosen_here, is_blind=review_books.blind_reader() is not None)


def _waits(action: Action) -> bool:
    """Return whether an action is left with the browser: after a new start of the server it comes before the name is told anew."""
    return action.kind not in ("name", "go") and access.person().name is None


def _taken(study: Study, action: Action) -> Action:
    try:
        _take(study, action)
    except ExemplaryError as error:
        st.toast(str(error), icon=":material/error:")
        action = replace(action, go="")
    review_resources.note_handled(action)
    return action


def _take(study: Study, action: Action) -> None:
    if action.kind == "name":
        if not access.is_configured():
            st.session_state[state.REVIEWER] = checked_name(action.content) if action.content else None
    elif action.kind != "go":
        access.require("review")
        name = access.person().name
        if name is None or name != action.by:
            raise UsageError(review_text.OF_ANOTHER.format(by=action.by, name=name))
        review_resources.apply(study, parse_unit(study.network, action.unit), name, action)
