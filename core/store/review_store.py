"""Reviewers' events in responses.duckdb: appended, numbered, never changed; only their author takes them out again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb

from core.domain import Unit
from core.reviews import ReviewEvent
from core.store.database import transaction
from core.store.response_read import ResponseReader

COLUMNS = "event_key, study, layer, channel, author, kind, content, happened_at, undoes"
ADD = f"INSERT INTO review_events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
# An assignment names whom it is for: it goes with that person, too.
OF_AUTHOR = "(author = $1 OR (kind = 'assign' AND content = $1))"


class ReviewStore(ResponseReader):
    """The part of an open responses.duckdb that holds reviews. Writers take turns."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._writing = threading.Lock()
        super().__init__(connection)

    def add_review_event(self, event: ReviewEvent) -> bool:
        """Append an event. Return whether it is new: the same key sent twice changes nothing."""
        return self.add_review_events([event]) == 1

    def add_review_events(self, events: list[ReviewEvent]) -> int:
        """Append events, all or none. Return how many are new."""
        with self._transaction() as cursor:
            return sum(int(cursor.execute(ADD, _row(one)).fetchall()[0][0]) for one in events)

    def review_events(self, study: str, unit: Unit | None = None) -> tuple[ReviewEvent, ...]:
        """Return the study's events in the order in which they were stored; only those of one unit, where it is given."""
        query = f"SELECT {COLUMNS} FROM review_events WHERE study = $1 AND ($2 IS NULL OR (layer = $2 AND channel = $3)) ORDER BY number"
        layer, channel = (unit.layer, unit.channel) if unit else (None, None)
        return tuple(map(_event, self._rows(query, study, layer, channel)))

    def review_version(self, study: str) -> int:
        """Return a number that grows with every event of the study and every deletion of some."""
        query = """SELECT greatest((SELECT coalesce(max(number), 0) FROM review_events WHERE study = $1),
                                   (SELECT coalesce(max(number), 0) FROM review_deletions WHERE study = $1))"""
        return self._count(query, study)

    def delete_reviewer(self, author: str) -> int:
        """Take out all that a reviewer gave, in every study, and count it without saying whose it was. Return how many events it were."""
        with self._transaction() as cursor:
            counted = f"SELECT study, count(*) FROM review_events WHERE {OF_AUTHOR} GROUP BY study ORDER BY study"
            found = cursor.execute(counted, [author]).fetchall()
            cursor.execute(f"DELETE FROM review_events WHERE {OF_AUTHOR}", [author])
            for study, n_events in found:
                row = [study, n_events, datetime.now(UTC)]
                cursor.execute("INSERT INTO review_deletions (study, n_events, deleted_at) VALUES (?, ?, ?)", row)
        return sum(int(n_events) for _, n_events in found)

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._writing, transaction(self._connection.cursor()) as cursor:
            yield cursor


def _row(event: ReviewEvent) -> list[object]:
    unit = event.unit
    return [
        event.event_key, event.study, unit.layer, unit.channel, event.author, event.kind, event.content, event.happened_at, event.undoes,
    ]  # fmt: skip


def _event(row: tuple[Any, ...]) -> ReviewEvent:
    key, study, layer, channel, author, kind, content, happened_at, undoes = row
    return ReviewEvent(key, study, Unit(layer, channel), author, kind, content, happened_at, undoes)
