"""Reviewers' events in responses.duckdb: appended, numbered, never changed; only their author takes them out again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import duckdb

from core.domain import Unit
from core.reviews import ReviewEvent
from core.store.database import transaction
from core.store.response_read import ResponseReader

COLUMNS = "event_key, study, layer, channel, author, kind, content, happened_at, undoes"
ADD = f"INSERT INTO review_events ({COLUMNS}) VALUES {{rows}} ON CONFLICT DO NOTHING"
AT_ONCE = 500  # events of a statement: one after another they would take 5 ms each, while everybody's answers wait
# The version, a number that grows, and that of the latest deletion: both are counted by one sequence.
VERSIONS = """
WITH stored AS (SELECT coalesce(max(number), 0) AS number FROM review_events WHERE study = $1),
     deleted AS (SELECT coalesce(max(number), 0) AS number FROM review_deletions WHERE study = $1)
SELECT greatest(stored.number, deleted.number), deleted.number FROM stored, deleted"""
# An assignment names whom it is for: it goes with that person, too.
OF_AUTHOR = "(author = $1 OR (kind = 'assign' AND content = $1))"


@dataclass(frozen=True, slots=True)
class ReviewChanges:
    """What became of a study's reviews since a version. `is_whole`: events were taken out since, so that these are all there are."""

    version: int
    events: tuple[ReviewEvent, ...]
    is_whole: bool


class ReviewStore(ResponseReader):
    """The part of an open responses.duckdb that holds reviews. Writers take turns."""

    def add_review_event(self, event: ReviewEvent) -> bool:
        """Append an event. Return whether it is new: the same key sent twice changes nothing."""
        return self.add_review_events([event]) == 1

    def add_review_events(self, events: list[ReviewEvent]) -> int:
        """Append events, all or none. Return how many are new."""
        with self._transaction() as cursor:
            return sum(_add(cursor, events[first : first + AT_ONCE]) for first in range(0, len(events), AT_ONCE))

    def review_events(self, study: str, unit: Unit | None = None) -> tuple[ReviewEvent, ...]:
        """Return the study's events in the order in which they were stored; only those of one unit, where it is given."""
        query = f"SELECT {COLUMNS} FROM review_events WHERE study = $1 AND ($2 IS NULL OR (layer = $2 AND channel = $3)) ORDER BY number"
        layer, channel = (unit.layer, unit.channel) if unit else (None, None)
        return tuple(map(_event, self._rows(query, study, layer, channel)))

    def review_version(self, study: str) -> int:
        """Return a number that grows with every event of the study and every deletion of some."""
        return self._kept("reviews", study, partial(self._count, VERSIONS))

    def review_changes(self, study: str, since: int) -> ReviewChanges:
        """Return the events that were stored since a version; all where some were deleted since, or it never had the version."""
        query = f"SELECT {COLUMNS} FROM review_events WHERE study = $1 AND number > $2 ORDER BY number"
        with transaction(self._connection.cursor()) as cursor:
            ((version, deleted),) = cursor.execute(VERSIONS, [study]).fetchall()
            is_whole = since == 0 or deleted > since or version < since
            rows = cursor.execute(query, [study, 0 if is_whole else since]).fetchall()
        return ReviewChanges(int(version), tuple(map(_event, rows)), is_whole)

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


def _add(cursor: duckdb.DuckDBPyConnection, events: list[ReviewEvent]) -> int:
    rows = list(map(_row, events))
    statement = ADD.format(rows=", ".join(f"({', '.join('?' * len(row))})" for row in rows))
    return int(cursor.execute(statement, [value for row in rows for value in row]).fetchall()[0][0])


def _row(event: ReviewEvent) -> list[object]:
    unit = event.unit
    return [
        event.event_key, event.study, unit.layer, unit.channel, event.author, event.kind, event.content, event.happened_at, event.undoes,
    ]  # fmt: skip


def _event(row: tuple[Any, ...]) -> ReviewEvent:
    key, study, layer, channel, author, kind, content, happened_at, undoes = row
    return ReviewEvent(key, study, Unit(layer, channel), author, kind, content, happened_at, undoes)
