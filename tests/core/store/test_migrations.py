"""Migrations of responses.duckdb run once, in order, from any older state, and never downwards."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest

from core.errors import StoreError
from core.experiment import Demographics
from core.reviews import ReviewEvent
from core.store import migrations
from core.store.database import connect
from core.store.migrations import MIGRATIONS, migrate
from core.store.responses import OF_SESSIONS, ResponseStore
from core.store.workspace import Workspace
from tests.processes import python
from tests.studies import response_to, session_of, trials_of

TABLES = {
    "migrations", "designs", "sessions", "trials", "responses", "events", "rating_tasks", "ratings", "consent_texts", "participant_numbers",
    "deletions", "review_events", "review_deletions",
}  # fmt: skip


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


FIRST_SPEC = {
    "name": "quick", "study": "tiny/shapes", "conditions": ["natural", "synthetic"], "scheme": "Min-Max-9", "n_main": 2, "n_practice": 0,
    "n_catch": 0, "n_sets": 3, "n_references": 9, "feedback": "trial", "seed": 0, "stimuli_digest": "5ee5", "render_digest": "abcd",
    "units": [], "reserved_units": [], "balanced_positions": True, "catch_never_first": True, "pause_ms": 500, "feedback_ms": 1500,
}  # fmt: skip
TRIALS = trials_of(4)
RESPONSES = tuple(response_to(trial, right=trial.index != 2) for trial in TRIALS[:3])


def write_first_state(workspace: Workspace, names: tuple[str, ...] = ("session-0", "session-1")) -> None:
    """Write a store as the first version left it: sessions of four trials, three of them answered."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    with connect(workspace.responses) as connection:
        connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)")
        connection.execute(MIGRATIONS[0])
        connection.execute("INSERT INTO migrations VALUES (1, ?)", [datetime.now(UTC)])
        connection.execute("INSERT INTO designs VALUES ('d1', ?, ?)", [json.dumps(FIRST_SPEC), session_of().started_at])
        for number, name in enumerate(names, start=1):
            write_first_session(connection, name, number)


def write_first_session(connection: duckdb.DuckDBPyConnection, name: str, number: int) -> None:
    started = session_of().started_at
    connection.execute("INSERT INTO sessions VALUES (?, 'Ada', ?, 'd1', 'tiny/shapes', ?)", [name, number, started])
    connection.execute("INSERT INTO events VALUES (?, 'started', '', ?)", [name, started])
    for one in TRIALS:
        row = [
            one.index, one.block, one.kind, one.condition, one.scheme, one.unit.layer, one.unit.channel, one.set_number,
            list(one.min_references), list(one.max_references), one.query_top, one.query_bottom, one.correct,
        ]  # fmt: skip
        connection.execute("INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [name, *row])
    for answer in RESPONSES:
        row = [
            answer.trial_index, answer.choice, answer.confidence, answer.reaction_time_ms, answer.is_correct, answer.shown_ms,
            answer.input_device, answer.was_hidden, answer.screen, answer.answered_at,
        ]  # fmt: skip
        key = f"{name}/{answer.response_key}"
        connection.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [key, name, *row])


def test_the_first_state_keeps_its_answers(empty_workspace: Workspace) -> None:
    """Sessions, trials and answers of the first version are all there, with nothing made up for what it did not ask."""
    write_first_state(empty_workspace)
    with ResponseStore(empty_workspace) as store:
        assert [one.session_id for one in store.sessions("tiny/shapes")] == ["session-0", "session-1"]
        session = store.session("session-1")
        assert (session.participant, session.participant_number, session.started_at) == ("Ada", 2, session_of().started_at)
        assert (session.expertise, session.language, session.demographics, session.consent) == (None, "en", Demographics(), None)
        assert session.design.n_main("natural") == 2 and session.design.conditions == ("natural", "synthetic")
        for name in ("session-0", "session-1"):
            assert store.trials(name) == TRIALS
            assert store.responses(name) == tuple(replace(one, response_key=f"{name}/{one.response_key}") for one in RESPONSES)
            assert [(event.kind, event.duration_ms) for event in store.events(name)] == [("started", None)]
            assert store.rating_tasks(name) == store.ratings(name) == ()
        answers = store.answers("tiny/shapes", "5ee5")
        assert [answer.proportion_correct for answer in answers] == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
        assert {(answer.unit_list, answer.repeats, answer.expertise) for answer in answers} == {(None, None, None)}


def test_a_session_of_the_first_state_goes_on(empty_workspace: Workspace) -> None:
    """What the first version began is answered in the newest one, once; participants are numbered on from where they were."""
    write_first_state(empty_workspace)
    with ResponseStore(empty_workspace) as store:
        assert store.add_response("session-0", response_to(TRIALS[3], key="new-answer", n_dropped_frames=2)).is_new
        assert not store.add_response("session-0", response_to(TRIALS[0], key="second-answer")).is_new
        assert store.responses("session-0")[3].n_dropped_frames == 2
        assert store.next_number("tiny/shapes", "quick", None) == 3
        store.delete_session("session-1")
        assert [one.session_id for one in store.sessions("tiny/shapes")] == ["session-0"]


def test_the_first_state_can_be_reviewed(empty_workspace: Workspace) -> None:
    """A store of the first version has no reviews, and takes them; its answers count as before."""
    write_first_state(empty_workspace)
    with ResponseStore(empty_workspace) as store:
        n_changes = store.n_changes("tiny/shapes")
        assert store.review_events("tiny/shapes") == () and store.review_version("tiny/shapes") == 0
        made = ReviewEvent("e1", "tiny/shapes", TRIALS[0].unit, "Ada", "note", "words", session_of().started_at)
        assert store.add_review_event(made)
        assert store.review_events("tiny/shapes") == (made,)
        assert store.n_changes("tiny/shapes") == n_changes


MIGRATOR = """
import os, signal, sys
from pathlib import Path
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.processes import python
from tests.studies import response_to, trials_of
store = ResponseStore(Workspace(Path(sys.argv[1])))
store.add_response("session-0", response_to(trials_of(4)[3], key="new-answer"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_after_migrating_loses_nothing(empty_workspace: Workspace) -> None:
    """kill -9 right after the migration and an answer: the next process finds both."""
    write_first_state(empty_workspace)
    process = python(MIGRATOR, empty_workspace.root)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with ResponseStore(empty_workspace) as store:
        assert [len(store.responses(name)) for name in ("session-0", "session-1")] == [4, 3]
        assert store.trials("session-1") == TRIALS


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


def test_nobody_can_be_reached_by_what_is_stored(empty_workspace: Workspace) -> None:
    """There is no place for an e-mail or IP address, and what outlives a session does not name it."""
    ResponseStore(empty_workspace).close()
    with connect(empty_workspace.responses) as connection:
        columns = connection.execute("SELECT table_name, column_name FROM information_schema.columns").fetchall()
    assert not [name for _, name in columns if "mail" in name or "address" in name or name.split("_")[0] == "ip"]
    with_sessions = {table for table, name in columns if name == "session_id"}
    of_nobody = {"migrations", "designs", "consent_texts", "participant_numbers", "deletions", "review_deletions"}
    assert TABLES - with_sessions == of_nobody | {"review_events"}
    assert {table for table, name in columns if name == "author"} == {"review_events"}
    assert with_sessions == set(OF_SESSIONS)
