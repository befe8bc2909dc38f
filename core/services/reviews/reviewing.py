"""Reviewing units: verdicts, notes, tags, bookmarks, assignments, undo; each an event of one author. No torch."""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from core.domain import Study, Unit, digest
from core.errors import NotReady, StoreBusy, UnknownName, UsageError
from core.reviews import ReviewEvent, ReviewKind, ReviewScheme, checked_answers, fold, last_undoable, verdict_content
from core.services.results.results import EXPORT_ROUTE, ask_dashboard
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

REVIEWS_ROUTE: Final = f"{EXPORT_ROUTE}/reviews"
LONGEST_NAME: Final = 40
LONGEST_TAG: Final = 40
LONGEST_TEXT: Final = 4000
BEGINS: Final = b'{"review_events":'


def version(store: ResponseStore, study_key: str) -> int:
    """Return a number that grows with every event of the study, and with deletions: cheap enough to be asked every second."""
    return store.review_version(study_key)


def checked_name(name: str) -> str:
    """Return a reviewer's pseudonym, trimmed, in Unicode's composed form: what looks the same is the same reviewer.

    Raises UsageError where it is empty, too long, or an e-mail address.
    """
    trimmed = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(trimmed) <= LONGEST_NAME or "@" in trimmed or not trimmed.isprintable():
        raise UsageError(f"A reviewer's name has 1 to {LONGEST_NAME} characters and is no e-mail address: a pseudonym is enough.")
    return trimmed


class Reviewer:
    """What one reviewer does to one unit of a study. Each call appends an event at once; several reviewers may write at once.

    `sent`: what the sender calls the one thing that is done; the same done again changes nothing.
    """

    def __init__(self, store: ResponseStore, study: Study, unit: Unit, author: str, *, sent: str | None = None) -> None:
        layers = {layer.name: layer for layer in study.network.all_layers}
        if unit.layer not in layers:
            raise UnknownName("layer", unit.layer, layers)
        layer = layers[unit.layer]
        if not 0 <= unit.channel < layer.n_channels:
            raise UsageError(f"{layer.name} has channels 0 to {layer.n_channels - 1}, not {unit.channel}.")
        self._store, self._study, self._unit, self._author, self._sent = store, study.key, unit, checked_name(author), sent

    def give_verdict(self, scheme: ReviewScheme, answers: Mapping[str, int | str]) -> ReviewEvent:
        """Store a verdict; it takes the place of the author's former one. Raises UsageError for answers that the scheme does not have."""
        checked = checked_answers(scheme, answers)
        for one in checked:
            if isinstance(one.value, str):
                _text(one.value, longest=LONGEST_TEXT, what=one.question)
        return self._append("verdict", verdict_content(checked))

    def note(self, words: str) -> ReviewEvent:
        """Store a note."""
        return self._append("note", _text(words, longest=LONGEST_TEXT, what="A note"))

    def tag(self, tag: str) -> ReviewEvent:
        """Put a tag on the unit."""
        return self._append("tag", checked_tag(tag))

    def untag(self, tag: str) -> ReviewEvent:
        """Take a tag off the unit, whoever put it there."""
        return self._append("untag", checked_tag(tag))

    def bookmark(self, *, is_on: bool) -> ReviewEvent:
        """Bookmark the unit for oneself, or no longer."""
        return self._append("bookmark" if is_on else "unbookmark")

    def undo(self) -> ReviewEvent | None:
        """Take back the author's latest event on this unit that still holds. Return that event; None where there is none."""
        found = last_undoable(self._store.review_events(self._study, self._unit), self._author)
        if found is not None:
            self._append("undo", undoes=found.event_key)
        return found

    def _append(self, kind: ReviewKind, content: str = "", *, undoes: str | None = None) -> ReviewEvent:
        made = _event(self._study, self._unit, self._author, kind, content, undoes=undoes)
        if self._sent is not None:
            made = replace(made, event_key=digest([self._study, self._author, self._sent]))
        self._store.add_review_event(made)
        return made


def checked_tag(tag: str) -> str:
    """Return a tag in the form in which it is stored: lower case, words joined by hyphens. Raises UsageError."""
    return re.sub(r"\s+", "-", _text(tag, longest=LONGEST_TAG, what="A tag").lower())


def assign(store: ResponseStore, study: Study, units: Iterable[Unit], *, to: str, by: str) -> int:
    """Ask a reviewer to look at units: all or none are stored. Return how many were not assigned to them yet."""
    reviewer, author = checked_name(to), checked_name(by)
    held = fold(store.review_events(study.key))
    new = [unit for unit in dict.fromkeys(units) if unit not in held or reviewer not in held[unit].assigned_to]
    return store.add_review_events([_event(study.key, unit, author, "assign", reviewer) for unit in new])


def delete_reviewer(store: ResponseStore, author: str) -> int:
    """Take out for good all that a reviewer gave, in every study, and what was assigned to them. Raises NotReady where there is nothing."""
    n_events = store.delete_reviewer(checked_name(author))
    if not n_events:
        raise NotReady(f"Nobody called {author!r} has reviewed anything; nothing was deleted.")
    return n_events


def delete_author(workspace: Workspace, author: str) -> int:
    """Do what `delete_reviewer` does for a command. Raises StoreBusy where the dashboard holds the file: the page Review deletes, too."""
    name = checked_name(author)
    if not workspace.responses.exists():
        raise NotReady(f"Nobody called {name!r} has reviewed anything; nothing was deleted.")
    try:
        with ResponseStore(workspace) as store:
            return delete_reviewer(store, name)
    except StoreBusy as busy:
        raise StoreBusy(f"The dashboard holds the answers: delete under Review, Export, or stop it first. ({busy})") from busy


# --- for commands ---------------------------------------------------------------------------------------------------------------


def read_events(workspace: Workspace, study_key: str) -> tuple[ReviewEvent, ...]:
    """Return a study's events: from the file, or from the dashboard that holds it. Raises StoreBusy where neither works."""
    if not workspace.responses.exists():
        return ()
    try:
        with ResponseStore(workspace) as store:
            return store.review_events(study_key)
    except StoreBusy as busy:
        query = urlencode({"study": study_key})
        return unpacked_events(ask_dashboard(workspace, f"{REVIEWS_ROUTE}?{query}", BEGINS, busy=busy))


def packed_events(store: ResponseStore, study_key: str) -> bytes:
    """Return what a command reads from the dashboard: a study's events as JSON."""
    rows = [{**asdict(one), "happened_at": one.happened_at.isoformat()} for one in store.review_events(study_key)]
    return BEGINS + json.dumps(rows, ensure_ascii=False).encode() + b"}"


def unpacked_events(content: bytes) -> tuple[ReviewEvent, ...]:
    """Return the events of `packed_events`."""
    rows = json.loads(content)["review_events"]
    return tuple(
        ReviewEvent(**{**row, "unit": Unit(**row["unit"]), "happened_at": datetime.fromisoformat(row["happened_at"])}) for row in rows
    )


def _event(study: str, unit: Unit, author: str, kind: ReviewKind, content: str = "", *, undoes: str | None = None) -> ReviewEvent:
    return ReviewEvent(secrets.token_hex(16), study, unit, author, kind, content, datetime.now(UTC), undoes)


def _text(words: str, *, longest: int, what: str) -> str:
    trimmed = words.strip()
    if "\x00" in trimmed or any("\ud800" <= one <= "\udfff" for one in trimmed):
        raise UsageError(f"{what} has a character that cannot be stored.")
    if not 1 <= len(trimmed) <= longest:
        raise UsageError(f"{what} has 1 to {longest:,} characters, not {len(trimmed):,}.")
    return trimmed
