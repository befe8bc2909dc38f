"""People's sessions, planned trials and answers: responses.duckdb, owned by one process (the dashboard), appended to and never updated."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from core.design_spec import DesignSpec
from core.domain import Unit, canonical_json, digest
from core.errors import UnknownName
from core.experiment import Answer, Response, Session, Trial
from core.store.database import connect, transaction
from core.store.migrations import migrate
from core.store.workspace import Workspace

ANSWERS_QUERY = """
SELECT s.participant, s.study, t.kind, t.condition, t.scheme, t.layer, t.channel, t.block, r.is_correct, r.confidence,
       r.reaction_time_ms, r.answered_at, s.session_id, t.trial_index, s.design_digest, d.spec ->> '$.stimuli_digest' AS stimuli_digest
FROM responses r JOIN trials t USING (session_id, trial_index) JOIN sessions s USING (session_id) JOIN designs d USING (design_digest)"""
OF_STUDY = "WHERE study = $1 AND ($2 IS NULL OR stimuli_digest = $2) ORDER BY answered_at"


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing an answer came to: `is_new` is False where this trial had an answer already, which stays as it was."""

    is_new: bool
    is_correct: bool


class ResponseStore:
    """The open responses.duckdb. Every call takes a cursor of its own, so that threads never share one; writers take turns, because
    two that insert the same key at once would both fail."""

    def __init__(self, workspace: Workspace) -> None:
        workspace.root.mkdir(parents=True, exist_ok=True)
        self._writing = threading.Lock()
        self.planning = threading.Lock()  # held from asking for a participant number to storing the session that has it
        self._connection = connect(workspace.responses)
        migrate(self._connection)

    def __enter__(self) -> ResponseStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the file for other processes."""
        self._connection.close()

    def add_session(self, session: Session, trials: Sequence[Trial]) -> None:
        """Store a session with all its planned trials, before the first is shown."""
        with self._writing, transaction(self._connection.cursor()) as cursor:
            cursor.execute(
                "INSERT INTO designs VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [digest(session.design), canonical_json(session.design), session.started_at],
            )
            cursor.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
                [
                    session.session_id,
                    session.participant,
                    session.participant_number,
                    digest(session.design),
                    session.design.study,
                    session.started_at,
                ],
            )
            cursor.executemany(
                "INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_trial_row(session.session_id, trial) for trial in trials],
            )

    def session(self, session_id: str) -> Session:
        """Return a session. Raises UnknownName."""
        query = """SELECT participant, participant_number, spec, started_at FROM sessions JOIN designs USING (design_digest)
                   WHERE session_id = ?"""
        row = self._connection.cursor().execute(query, [session_id]).fetchone()
        if row is None:
            raise UnknownName("self-test session", session_id, [])
        return Session(session_id, row[0], row[1], _design(row[2]), row[3])

    def trials(self, session_id: str) -> tuple[Trial, ...]:
        """Return the session's planned trials, in order."""
        query = "SELECT * EXCLUDE (session_id) FROM trials WHERE session_id = ? ORDER BY trial_index"
        return tuple(_trial(row) for row in self._connection.cursor().execute(query, [session_id]).fetchall())

    def trial(self, session_id: str, trial_index: int) -> Trial | None:
        """Return one planned trial, or None."""
        query = "SELECT * EXCLUDE (session_id) FROM trials WHERE session_id = ? AND trial_index = ?"
        row = self._connection.cursor().execute(query, [session_id, trial_index]).fetchone()
        return _trial(row) if row else None

    def responses(self, session_id: str) -> tuple[Response, ...]:
        """Return the session's answers, in order of trial."""
        query = """SELECT response_key, trial_index, choice, confidence, reaction_time_ms, is_correct, shown_ms, input_device, was_hidden,
                   screen, answered_at FROM responses WHERE session_id = ? ORDER BY trial_index"""
        return tuple(Response(*row) for row in self._connection.cursor().execute(query, [session_id]).fetchall())

    def add_response(self, session_id: str, response: Response) -> Stored:
        """Commit one answer. A second answer to the same trial, or the same answer sent twice, changes nothing."""
        values = [
            response.response_key, session_id, response.trial_index, response.choice, response.confidence, response.reaction_time_ms,
            response.is_correct, response.shown_ms, response.input_device, response.was_hidden, response.screen, response.answered_at,
        ]  # fmt: skip
        cursor = self._connection.cursor()
        try:
            with self._writing:
                cursor.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        except (duckdb.ConstraintException, duckdb.TransactionException):
            return self._already_stored(session_id, response)
        return Stored(is_new=True, is_correct=response.is_correct)

    def add_event(self, session_id: str, kind: str, detail: str = "") -> None:
        """Append what happened in a session (started, resumed, finished)."""
        self._connection.cursor().execute("INSERT INTO events VALUES (?, ?, ?, ?)", [session_id, kind, detail, datetime.now(UTC)])

    def n_sessions(self, study: str) -> int:
        """Return how many sessions the study has had: the next participant number is one more."""
        row = self._connection.cursor().execute("SELECT count(*) FROM sessions WHERE study = ?", [study]).fetchone()
        return int(row[0]) if row else 0

    def n_responses(self, study: str) -> int:
        """Return how many answers the study has: a cheap question that tells watchers whether anything is new."""
        query = "SELECT count(*) FROM responses JOIN sessions USING (session_id) WHERE study = ?"
        row = self._connection.cursor().execute(query, [study]).fetchone()
        return int(row[0]) if row else 0

    def answers(self, study: str, stimuli_digest: str | None = None) -> tuple[Answer, ...]:
        """Return people's answers to the study, oldest first; only those to the stimuli of this digest, where one is given."""
        query = f"SELECT * FROM ({ANSWERS_QUERY}) {OF_STUDY}"
        return _answers(self._connection.cursor().execute(query, [study, stimuli_digest]).fetchall())

    def export_parquet(self, path: Path) -> None:
        """Write one row an answer as Parquet: a consistent snapshot of all studies."""
        target = str(path).replace("'", "''")
        self._connection.cursor().execute(f"COPY ({ANSWERS_QUERY} ORDER BY r.answered_at) TO '{target}' (FORMAT parquet)")

    def _already_stored(self, session_id: str, response: Response) -> Stored:
        query = "SELECT is_correct FROM responses WHERE session_id = ? AND trial_index = ?"
        row = self._connection.cursor().execute(query, [session_id, response.trial_index]).fetchone()
        if row is None:  # the key is there, but for another trial
            raise UnknownName("unanswered trial with this response key", response.response_key, [])
        return Stored(is_new=False, is_correct=bool(row[0]))


def answers_of_parquet(cursor: duckdb.DuckDBPyConnection, path: Path, study: str, stimuli_digest: str | None = None) -> tuple[Answer, ...]:
    """Return what `ResponseStore.answers` gives, from an exported Parquet file."""
    parameters = [study, stimuli_digest, str(path)]
    return _answers(cursor.execute(f"SELECT * FROM read_parquet($3) {OF_STUDY}", parameters).fetchall())


def _answers(rows: Sequence[tuple[Any, ...]]) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            respondent=participant,
            kind=kind,
            condition=condition,
            scheme=scheme,
            unit=Unit(layer, channel),
            block=block,
            proportion_correct=float(is_correct),
            confidence=confidence,
            reaction_time_ms=time_ms,
            answered_at=answered_at,
        )
        for participant, _, kind, condition, scheme, layer, channel, block, is_correct, confidence, time_ms, answered_at, *_ in rows
    )


def _trial_row(session_id: str, trial: Trial) -> list[object]:
    return [
        session_id, trial.index, trial.block, trial.kind, trial.condition, trial.scheme, trial.unit.layer, trial.unit.channel,
        trial.set_number, list(trial.min_references), list(trial.max_references), trial.query_top, trial.query_bottom, trial.correct,
    ]  # fmt: skip


def _trial(row: tuple[Any, ...]) -> Trial:
    index, block, kind, condition, scheme, layer, channel, set_number, min_refs, max_refs, top, bottom, correct = row
    unit = Unit(layer, channel)
    return Trial(index, block, kind, condition, scheme, unit, set_number, tuple(min_refs), tuple(max_refs), top, bottom, correct)


def _design(text: str) -> DesignSpec:
    content: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()}
    return DesignSpec(**content)
