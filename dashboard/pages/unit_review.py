"""The review of a unit on its page: one's own verdict, and colleagues' changes within seconds."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import Study, Unit
from core.errors import ExemplaryError
from core.services.reviewing import checked_name
from core.services.unit_names import parse_unit
from dashboard import access, review_resources, review_text, state
from dashboard.components.review_panel import Action, Reader, review_panel

REFRESH_S: Final = 2.0
REVIEWING_ROLES: Final = frozenset({"reviewer", "admin"})


def review_section(study: Study, unit: Unit) -> None:
    """Draw the section."""
    st.subheader(review_text.SECTION)
    _watched(study, unit)


@st.fragment(run_every=REFRESH_S)
def _watched(study: Study, unit: Unit) -> None:
    try:
        actions = panel(study, unit, is_queue=False)
        if taken(study, actions):
            st.rerun(scope="fragment")
    except ExemplaryError as error:  # on a timed rerun the page's own guard does not reach
        st.warning(review_text.UNREADABLE.format(error=error))


def panel(study: Study, unit: Unit, *, is_queue: bool) -> tuple[Action, ...]:
    """Draw the panel of a unit; return what was done in it."""
    who = access.person()
    reader = Reader(who.name, may_review=who.role in REVIEWING_ROLES, can_rename=bool(st.session_state.get(state.REVIEWER)))
    return review_panel(
        review_resources.unit_review(study, unit),
        review_resources.scheme(),
        reader,
        known_tags=review_resources.known_tags(study),
        is_queue=is_queue,
        acknowledged=tuple(review_resources.handled()),
        key="review/queue" if is_queue else f"review/{study.key}/{unit}",
    )


def taken(study: Study, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Take what was done, each once; what is refused is said. Return what was new."""
    new = tuple(one for one in actions if one.id not in review_resources.handled())
    for action in new:
        try:
            _take(study, action)
        except ExemplaryError as error:
            st.toast(str(error), icon=":material/error:")
        review_resources.note_handled(action)
    return new


def _take(study: Study, action: Action) -> None:
    if action.kind == "name":
        st.session_state[state.REVIEWER] = checked_name(action.content) if action.content else None
        return
    who = access.person()
    if action.kind != "go" and who.name is not None and who.role in REVIEWING_ROLES:
        review_resources.apply(study, parse_unit(study.network, action.unit), who.name, action)
