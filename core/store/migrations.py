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
    # Every table names a session but participant_numbers, consent_texts and deletions: these outlive it and tell nobody from another.
    """
    ALTER TABLE sessions ADD COLUMN expertise VARCHAR;
    ALTER TABLE sessions ADD COLUMN language VARCHAR NOT NULL DEFAULT 'en';
    ALTER TABLE sessions ADD COLUMN demographics VARCHAR NOT NULL DEFAULT '{}';
    ALTER TABLE sessions ADD COLUMN consent_digest VARCHAR;
    ALTER TABLE trials ADD COLUMN unit_list VARCHAR NOT NULL DEFAULT '';
    ALTER TABLE trials ADD COLUMN repeats INTEGER;
    ALTER TABLE responses ADD COLUMN n_dropped_frames INTEGER;
    CREATE TABLE rating_tasks (
      session_id VARCHAR NOT NULL, moment VARCHAR NOT NULL, place INTEGER NOT NULL, layer VARCHAR NOT NULL, channel INTEGER NOT NULL,
      synthetic_images VARCHAR[] NOT NULL, natural_images VARCHAR[] NOT NULL, PRIMARY KEY (session_id, moment, place));
    CREATE TABLE ratings (
      rating_key VARCHAR PRIMARY KEY, session_id VARCHAR NOT NULL, moment VARCHAR NOT NULL, place INTEGER NOT NULL,
      rating SMALLINT NOT NULL, reaction_time_ms DOUBLE NOT NULL, answered_at TIMESTAMPTZ NOT NULL,
      UNIQUE (session_id, moment, place));
    CREATE TABLE keyed_events (
      event_key VARCHAR PRIMARY KEY, session_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, duration_ms DOUBLE,
      happened_at TIMESTAMPTZ NOT NULL);
    INSERT INTO keyed_events SELECT CAST(uuid() AS VARCHAR), session_id, kind, NULL, happened_at FROM events;
    DROP TABLE events;
    ALTER TABLE keyed_events RENAME TO events;
    CREATE TABLE consent_texts (consent_digest VARCHAR PRIMARY KEY, content VARCHAR NOT NULL, first_agreed_at TIMESTAMPTZ NOT NULL);
    CREATE TABLE participant_numbers (study VARCHAR NOT NULL, design VARCHAR NOT NULL, expertise VARCHAR, number INTEGER NOT NULL);
    INSERT INTO participant_numbers
      SELECT study, spec ->> '$.name', NULL, participant_number FROM sessions JOIN designs USING (design_digest);
    CREATE TABLE deletions (
      study VARCHAR NOT NULL, design VARCHAR NOT NULL, n_sessions INTEGER NOT NULL, n_answers INTEGER NOT NULL, n_ratings INTEGER NOT NULL,
      deleted_at TIMESTAMPTZ NOT NULL);
    """,
    # Events and deletions are numbered by one sequence, so that the highest number grows with both.
    """
    CREATE SEQUENCE review_numbers;
    CREATE TABLE review_events (
      event_key VARCHAR PRIMARY KEY, number BIGINT NOT NULL DEFAULT nextval('review_numbers'), study VARCHAR NOT NULL,
      layer VARCHAR NOT NULL, channel INTEGER NOT NULL, author VARCHAR NOT NULL, kind VARCHAR NOT NULL, content VARCHAR NOT NULL,
      happened_at TIMESTAMPTZ NOT NULL, undoes VARCHAR);
    CREATE TABLE review_deletions (
      number BIGINT NOT NULL DEFAULT nextval('review_numbers'), study VARCHAR NOT NULL, n_events INTEGER NOT NULL,
      deleted_at TIMESTAMPTZ NOT NULL);
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
