"""Migrations of responses.duckdb run once, in order, from any older state, and never downwards."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from core.errors import StoreError
from core.store import migrations
from core.store.database import connect
from core.store.migrations import MIGRATIONS, migrate
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import response_to, session_of, trials_of

TABLES = {"migrations", "designs", "sessions", "trials", "responses", "events"}


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}


def test_an_empty_file_becomes_the_newest_state(empty_workspace: Workspace) -> None:
    """From nothing, all tables are made and every migration is noted once."""
    empty_workspace.root.mkdir()
    with connect(empty_workspace.responses) as connection:
        assert migrate(connection) == len(MIGRATIONS)
        assert migrate(connection) == len(MIGRATIONS)
        assert tables(connection) >= TABLES
        assert connection.execute("SELECT number FROM migrations ORDER BY number").fetchall() == [
            (number,) for number in range(1, len(MIGRATIONS) + 1)
        ]


def test_the_oldest_state_keeps_its_answers(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store written by the first version opens in the newest one with all its answers."""
    monkeypatch.setattr(migrations, "MIGRATIONS", MIGRATIONS[:1])
    with ResponseStore(empty_workspace) as store:
        store.add_session(session_of(), trials_of(4))
        store.add_response("session-0", response_to(trials_of(4)[0]))
        before = store.answers("tiny/shapes")
    monkeypatch.undo()
    with ResponseStore(empty_workspace) as store:
        assert store.answers("tiny/shapes") == before
        assert store.trials("session-0") == trials_of(4)


def test_a_failed_migration_leaves_the_former_state(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails half-way is undone as a whole."""
    ResponseStore(empty_workspace).close()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE half (x INTEGER); CREATE TABLE responses (x INTEGER);"))
    with connect(empty_workspace.responses) as connection:
        with pytest.raises(duckdb.Error):
            migrate(connection)
        assert "half" not in tables(connection)
        assert connection.execute("SELECT max(number) FROM migrations").fetchone() == (len(MIGRATIONS),)


def test_a_newer_state_is_refused(empty_workspace: Workspace) -> None:
    """A store of a newer version is left alone, and the sentence says to update."""
    ResponseStore(empty_workspace).close()
    with connect(empty_workspace.responses) as connection:
        connection.execute("INSERT INTO migrations VALUES (?, ?)", [len(MIGRATIONS) + 1, datetime.now(UTC)])
    with pytest.raises(StoreError, match="update"):
        ResponseStore(empty_workspace)
