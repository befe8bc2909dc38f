"""Roles and what each may do: the one table that pages and routes ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["viewer", "reviewer", "participant", "admin"]
Action = Literal[
    "browse",  # feature maps, units, images, comparisons, with every image of the workspace
    "see_results",
    "take_part",  # the self-test, with the images of one's own trials
    "review",  # verdicts, notes, tags, bookmarks under one's own name; taking back and deleting one's own
    "export_reviews",
    "upload",  # a photo of one's own, looked at and not kept
    "assign",  # ask others to review units
    "delete_others",  # take out for good what another reviewer gave
    "export_answers",
    "run_jobs",
]
ROLES: Final[tuple[Role, ...]] = ("participant", "viewer", "reviewer", "admin")  # the weakest first
_ALLOWED: Final[dict[Action, frozenset[Role]]] = {
    "browse": frozenset({"viewer", "reviewer", "admin"}),
    "see_results": frozenset({"viewer", "reviewer", "admin"}),
    "take_part": frozenset({"participant", "reviewer", "admin"}),
    "review": frozenset({"reviewer", "admin"}),
    "export_reviews": frozenset({"reviewer", "admin"}),
    "upload": frozenset({"reviewer", "admin"}),
    "assign": frozenset({"admin"}),
    "delete_others": frozenset({"admin"}),
    "export_answers": frozenset({"admin"}),
    "run_jobs": frozenset({"admin"}),
}
ACTIONS: Final[tuple[Action, ...]] = tuple(_ALLOWED)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks. `name`: a pseudonym, None where none is known. `role`: None for somebody who has not logged in, or has no role here."""

    name: str | None
    role: Role | None


NOBODY: Final = Person(None, None)


def may(person: Person, action: Action) -> bool:
    """Return whether a person may do this."""
    return person.role in _ALLOWED[action]


def roles_that_may(action: Action) -> tuple[Role, ...]:
    """Return the roles that may do this, the weakest first."""
    return tuple(role for role in ROLES if role in _ALLOWED[action])
