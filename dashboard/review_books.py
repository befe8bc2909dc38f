"""Reviews as they are now: one book a study, kept up with the store; and what whoever looks may see of them in blind mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core import roles
from core.reviews import ReviewScheme, ReviewSummary
from core.roles import Person
from core.services.reviews import review_scheme, reviewing
from core.services.reviews.review_book import ReviewBook, Reviews
from core.store.workspace import Workspace
from dashboard import access, resources
from dashboard.caching import kept

MOST_BOOKS: Final = 16  # studies whose reviews are kept
UNNAMED: Final = ""  # a reviewer who has not said who they are


def version(study_key: str) -> int:
    """Return what changes with every event. Raises StoreBusy."""
    return reviewing.version(resources.responses(), study_key)


def reviews(study_key: str) -> Reviews:
    """Return a study's reviews. Raises StoreBusy."""
    return _book(resources.workspace(), study_key).now(resources.responses())


def scheme() -> ReviewScheme:
    """Return the workspace's questions. Raises UsageError where their file is malformed."""
    return review_scheme.review_scheme(resources.workspace())


def blind_reader() -> str | None:
    """Return from whom others' words are hidden until their own verdict: whoever looks, where they review and the scheme is blind.

    None: everything is seen. Raises UsageError where the scheme is malformed.
    """
    return blind_for(access.person())


def blind_for(person: Person) -> str | None:
    """Return from whom others' words are hidden until their own verdict: this person, where they review and the scheme is blind."""
    if not scheme().is_blind or not roles.may(person, "review"):
        return None
    return person.name or UNNAMED


def seen(study_key: str, reader: str | None) -> Mapping[str, ReviewSummary]:
    """Return the summaries as a `blind_reader` sees them, by "layer:channel". Raises StoreBusy."""
    if reader is None:
        return reviews(study_key).summaries
    return _book(resources.workspace(), study_key).seen_by(resources.responses(), reader)


@kept(MOST_BOOKS)
def _book(where: Workspace, study_key: str) -> ReviewBook:
    return ReviewBook(study_key)
