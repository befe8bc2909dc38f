"""People's sessions, planned trials, answers and reviews: responses.duckdb, owned by one process (the dashboard).

It is appended to and never updated; only participants who leave take their own sessions out again. No e-mail or IP address is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

import duckdb

from core.domain import canonical_json, digest
from core.errors import UnknownName
from core.experiment import Event, Rating, RatingTask, Response, Session, Trial
from core.store.database import connect
from core.store.migrations import migrate
from core.store.response_read import RESPONSE_COLUMNS, TRIAL_COLUMNS
from core.store.review_store import ReviewStore
from core.store.workspace import Workspace

ADD_SESSION = """
INSERT INTO sessions (session_id, participant, participant_number, design_digest, study, started_at, expertise, language, demographics,
                      consent_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
ADD_TRIAL = f"INSERT INTO trials (session_id, {TRIAL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_RATING_TASK = """
INSERT INTO rating_tasks (session_id, moment, place, layer, channel, synthetic_images, natural_images) VALUES (?, ?, ?, ?, ?, ?, ?)"""
# What was not planned, or was deleted meanwhile, gets no answer.
ADD_RESPONSE = f"""
INSERT INTO responses (session_id, {RESPONSE_COLUMNS}) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
WHERE EXISTS (SELECT 1 FROM trials WHERE session_id = $1 AND trial_index = $3)"""
ADD_RATING = """
INSERT INTO ratings (session_id, rating_key, moment, place, rating, reaction_time_ms, answered_at) SELECT $1, $2, $3, $4, $5, $6, $7
WHERE EXISTS (SELECT 1 FROM rating_tasks WHERE session_id = $1 AND moment = $3 AND place = $4)"""
ADD_EVENT = """
INSERT INTO events (session_id, event_key, kind, duration_ms, happened_at) SELECT $1, $2, $3, $4, $5
WHERE EXISTS (SELECT 1 FROM sessions WHERE session_id = $1)"""
OF_SESSIONS = ("responses", "ratings", "events", "rating_tasks", "trials", "sessions")  # tables with rows of a session


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing an answer came to: `is_new` is False where this trial had an answer already, which stays as it was."""

    is_new: bool
    is_correct: bool


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a participant took out."""

    n_answers: int
    n_ratings: int


class ResponseStore(ReviewStore):
    """The open responses.duckdb. Writers take turns, because two that insert the same key at once would both fail."""

    def __init__(self, workspace: Workspace) -> None:
        workspace.root.mkdir(parents=True, exist_ok=True)
        self.planning = threading.Lock()  # held from asking for a participant number to storing the session that has it
        super().__init__(connect(workspace.responses))
        migrate(self._connection)

    def __enter__(self) -> ResponseStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the file for other processes."""
        self._connection.close()

    def add_session(
        self, session: Session, trials: Sequence[Trial], rating_tasks: Sequence[RatingTask] = (), *, consent_text: str | None = None
    ) -> None:
        """Store a session with all that is planned for it, before the first trial is shown. Its consent is the digest of the text."""
        with self._transaction() as cursor:
            _put_design(cursor, session)
            if consent_text is not None:
                values = [session.consent, consent_text, session.started_at]
                cursor.execute("INSERT INTO consent_texts VALUES (?, ?, ?) ON CONFLICT DO NOTHING", values)
            cursor.execute(ADD_SESSION, _session_row(session))
            numbered = [session.design.study, session.design.name, session.expertise, session.participant_number]
            cursor.execute("INSERT INTO participant_numbers VALUES (?, ?, ?, ?)", numbered)
            cursor.executemany(ADD_TRIAL, [_trial_row(session.session_id, trial) for trial in trials])
            if rating_tasks:
                cursor.executemany(ADD_RATING_TASK, [_rating_task_row(session.session_id, task) for task in rating_tasks])

    def add_trials(self, session_id: str, trials: Sequence[Trial]) -> bool:
        """Add trials that the answers of a session called for. Return whether they are new.

        Their indices follow on those of the trials that they were planned from: where others have been added since, nothing changes.
        """
        first = min(trial.index for trial in trials)
        with self._transaction() as cursor:
            highest = cursor.execute("SELECT max(trial_index) FROM trials WHERE session_id = ?", [session_id]).fetchall()[0][0]
            if highest != first - 1:
                return False
            cursor.executemany(ADD_TRIAL, [_trial_row(session_id, trial) for trial in trials])
        return True

    def add_response(self, session_id: str, response: Response) -> Stored:
        """Commit one answer. A second answer to the same trial, or the same answer sent twice, changes nothing. Raises UnknownName."""
        values = [
            session_id, response.response_key, response.trial_index, response.choice, response.confidence, response.reaction_time_ms,
            response.is_correct, response.shown_ms, response.input_device, response.was_hidden, response.screen, response.answered_at,
            response.n_dropped_frames,
        ]  # fmt: skip
        if self._commit(ADD_RESPONSE, values, what=f"planned trial {response.trial_index} of the session", name=session_id):
            return Stored(is_new=True, is_correct=response.is_correct)
        query = "SELECT is_correct FROM responses WHERE session_id = ? AND trial_index = ?"
        for (is_correct,) in self._rows(query, session_id, response.trial_index):
            return Stored(is_new=False, is_correct=bool(is_correct))
        raise UnknownName("unanswered trial with this response key", response.response_key, [])  # it answered another trial

    def add_rating(self, session_id: str, rating: Rating) -> bool:
        """Commit one rating. Return whether it is new: a second rating of the same task changes nothing. Raises UnknownName."""
        values = [
            session_id, rating.rating_key, rating.moment, rating.place, rating.rating, rating.reaction_time_ms, rating.answered_at,
        ]  # fmt: skip
        if self._commit(ADD_RATING, values, what=f"planned rating {rating.moment} {rating.place} of the session", name=session_id):
            return True
        query = "SELECT 1 FROM ratings WHERE session_id = ? AND moment = ? AND place = ?"
        if self._rows(query, session_id, rating.moment, rating.place):
            return False
        raise UnknownName("unanswered rating with this rating key", rating.rating_key, [])

    def add_event(self, session_id: str, event: Event) -> bool:
        """Append what happened in a session. Return whether it is new: the same event sent twice changes nothing. Raises UnknownName."""
        values = [session_id, event.event_key, event.kind, event.duration_ms, event.happened_at]
        if self._commit(ADD_EVENT, values, what="self-test session", name=session_id):
            return True
        if self._rows("SELECT 1 FROM events WHERE event_key = ? AND session_id = ? AND kind = ?", event.event_key, session_id, event.kind):
            return False
        raise UnknownName("event of this session with the key", event.event_key, [])

    def delete_session(self, session_id: str) -> Deleted:
        """Take a session with everything in it out for good, and count that one was, without saying whose. Raises UnknownName."""
        design = self.session(session_id).design
        with self._transaction() as cursor:
            counts = [cursor.execute(f"DELETE FROM {table} WHERE session_id = ?", [session_id]).fetchall()[0][0] for table in OF_SESSIONS]
            n_answers, n_ratings, *_, n_sessions = counts
            if not n_sessions:
                raise UnknownName("self-test session", session_id, [])
            counted = [design.study, design.name, n_sessions, n_answers, n_ratings, datetime.now(UTC)]
            cursor.execute("INSERT INTO deletions VALUES (?, ?, ?, ?, ?, ?)", counted)
        return Deleted(n_answers, n_ratings)

    def _commit(self, statement: str, values: Sequence[object], *, what: str, name: str) -> bool:
        """Insert one row of its own. Return False where its key or place is taken; raise UnknownName where nothing was planned for it."""
        cursor = self._connection.cursor()
        try:
            with self._writing:
                ((n_rows,),) = cursor.execute(statement, values).fetchall()
        except (duckdb.ConstraintException, duckdb.TransactionException):
            return False
        if not n_rows:
            raise UnknownName(what, name, [])
        return True


def _put_design(cursor: duckdb.DuckDBPyConnection, session: Session) -> None:
    values = [digest(session.design), canonical_json(session.design), session.started_at]
    cursor.execute("INSERT INTO designs VALUES (?, ?, ?) ON CONFLICT DO NOTHING", values)


def _session_row(session: Session) -> list[object]:
    return [
        session.session_id, session.participant, session.participant_number, digest(session.design), session.design.study,
        session.started_at, session.expertise, session.language, canonical_json(session.demographics), session.consent,
    ]  # fmt: skip


def _trial_row(session_id: str, trial: Trial) -> list[object]:
    return [
        session_id, trial.index, trial.block, trial.kind, trial.condition, trial.scheme, trial.unit.layer, trial.unit.channel,
        trial.set_number, list(trial.min_references), list(trial.max_references), trial.query_top, trial.query_bottom, trial.correct,
        trial.unit_list, trial.repeats,
    ]  # fmt: skip


def _rating_task_row(session_id: str, task: RatingTask) -> list[object]:
    return [session_id, task.moment, task.place, task.unit.layer, task.unit.channel, list(task.synthetic), list(task.natural)]
