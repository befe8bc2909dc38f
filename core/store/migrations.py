"""Numbered migrations of responses.duckdb: each runs once, in order, in a transaction of its own. Never edit one that was released."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from core.errors import StoreError
from core.store.database import transaction

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE designs (design_digest VARCHAR PRIMARY KEY, spec VARCHAR NOT NULL, created_at TIMESTAMPTZ NOT NULL);
    CREATE TABLE sessions (
      session_id VARCHAR PRIMARY KEY, participant VARCHAR NOT NULL, participant_number INTEGER NOT NULL,
      design_digest VARCHAR NOT NULL, study VARCHAR NOT NULL, started_at TIMESTAMPTZ NOT NULL);
    CREATE TABLE trials (
      session_id VARCHAR NOT NULL, trial_index INTEGER NOT NULL, block INTEGER NOT NULL, kind VARCHAR NOT NULL,
      condition VARCHAR NOT NULL, scheme VARCHAR NOT NULL, layer VARCHAR NOT NULL, channel INTEGER NOT NULL,
      set_number INTEGER NOT NULL, min_references VARCHAR[] NOT NULL, max_references VARCHAR[] NOT NULL,
      query_top VARCHAR NOT NULL, query_bottom VARCHAR NOT NULL, correct VARCHAR NOT NULL,
      PRIMARY KEY (session_id, trial_index));
    CREATE TABLE responses (
      response_key VARCHAR PRIMARY KEY, session_id VARCHAR NOT NULL, trial_index INTEGER NOT NULL, choice VARCHAR NOT NULL,
      confidence UTINYINT NOT NULL, reaction_time_ms DOUBLE NOT NULL, is_correct BOOLEAN NOT NULL, shown_ms DOUBLE,
      input_device VARCHAR NOT NULL, was_hidden BOOLEAN NOT NULL, screen VARCHAR NOT NULL, answered_at TIMESTAMPTZ NOT NULL,
      UNIQUE (session_id, trial_index));
    CREATE TABLE events (session_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, detail VARCHAR NOT NULL, happened_at TIMESTAMPTZ NOT NULL);
    """,
)


def migrate(cursor: duckdb.DuckDBPyConnection) -> int:
    """Bring the database to the newest state; return its number. Raises StoreError where it was written by a newer version."""
    cursor.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)")
    row = cursor.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
    applied = int(row[0]) if row else 0
    if applied > len(MIGRATIONS):
        raise StoreError(f"responses.duckdb is in state {applied}, this version knows {len(MIGRATIONS)}; update Exemplary.")
    for number, statements in enumerate(MIGRATIONS[applied:], start=applied + 1):
        with transaction(cursor):
            cursor.execute(statements)
            cursor.execute("INSERT INTO migrations VALUES (?, ?)", [number, datetime.now(UTC)])
    return len(MIGRATIONS)
