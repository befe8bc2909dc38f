"""What pages ask of reviews: kept by the study's review version, so that a look that finds nothing new costs one small query."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.domain import Study, Unit
from core.reviews import ReviewScheme, ReviewSummary, UnitReview, fold_unit, summarise
from core.services import review_scheme, reviewing
from core.services.reviewing import Reviewer
from core.store.workspace import Workspace
from dashboard import resources, state
from dashboard.components.review_panel import Action

MOST_KEPT = 4
MOST_HANDLED = 200  # actions that a browser session remembers; one is sent again for seconds at most


def version(study: Study) -> int:
    """Return what changes with every event. Raises StoreBusy."""
    return reviewing.version(resources.responses(), study.key)


def scheme() -> ReviewScheme:
    """Return the workspace's questions. Raises UsageError where their file is malformed."""
    return review_scheme.review_scheme(resources.workspace())


def summaries(study: Study) -> Mapping[str, ReviewSummary]:
    """Return every reviewed unit's summary as it is now, by "layer:channel"."""
    return {name: summarise(review) for name, review in reviews(study).items()}


def reviews(study: Study) -> Mapping[str, UnitReview]:
    """Return every unit's review as it is now, by "layer:channel"."""
    return _reviews(resources.workspace(), study.key, version(study))


def unit_review(study: Study, unit: Unit) -> UnitReview:
    """Return a unit's review as it is now; one without events where nobody said anything."""
    return reviews(study).get(str(unit)) or fold_unit(unit, ())


def known_tags(study: Study) -> tuple[str, ...]:
    """Return the tags in use, the most frequent first."""
    return _known_tags(resources.workspace(), study.key, version(study))


def apply(study: Study, unit: Unit, author: str, action: Action) -> None:
    """Store what a reviewer did to a unit. Raises UsageError, StoreBusy."""
    reviewer = Reviewer(resources.responses(), study, unit, author)
    match action.kind:
        case "verdict":
            reviewer.give_verdict(scheme(), action.answers or {})
        case "note":
            reviewer.note(action.content)
        case "tag":
            reviewer.tag(action.content)
        case "untag":
            reviewer.untag(action.content)
        case "bookmark" | "unbookmark":
            reviewer.bookmark(is_on=action.kind == "bookmark")
        case "undo":
            reviewer.undo()
        case "name" | "go":
            pass


def handled() -> list[str]:
    """Return the ids of the actions that this browser session's reviewer has sent, the latest last."""
    found: list[str] = st.session_state.setdefault(state.REVIEW_HANDLED, [])
    return found


def note_handled(action: Action) -> None:
    """Note that an action was taken, whatever came of it."""
    handled().append(action.id)
    del handled()[:-MOST_HANDLED]


@st.cache_resource(show_spinner=False, max_entries=MOST_KEPT)
def _reviews(where: Workspace, key: str, number: int) -> Mapping[str, UnitReview]:
    return reviewing.reviews(resources.responses(), key)


@st.cache_resource(show_spinner=False, max_entries=MOST_KEPT)
def _known_tags(where: Workspace, key: str, number: int) -> tuple[str, ...]:
    return reviewing.tags_of(_reviews(where, key, number).values())
