"""Reading responses.duckdb: sessions, what was planned for them, and what people answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb

from core.answer_set import Collected, Presentation, SessionFacts, UnitRating
from core.design_spec import read_design
from core.domain import Layer, Unit
from core.errors import UnknownName
from core.experiment import Answer, Demographics, Event, Rating, RatingTask, Response, Session, Trial
from core.store import answer_read
from core.store.answer_columns import Read, n_answers, table_of_store
from core.store.database import Turns, transaction
from core.store.detail_read import presentations_of_store, with_details

SESSION_COLUMNS = "session_id, participant, participant_number, spec, started_at, expertise, language, demographics, consent_digest"
TRIAL_COLUMNS = (
    "trial_index, block, kind, condition, scheme, layer, channel, set_number, min_references, max_references, query_top, query_bottom, "
    "correct, unit_list, repeats"
)
RESPONSE_COLUMNS = (
    "response_key, trial_index, choice, confidence, reaction_time_ms, is_correct, shown_ms, input_device, was_hidden, screen, answered_at, "
    "n_dropped_frames"
)


class ResponseReader:
    """What an open responses.duckdb holds. Every call takes a cursor of its own, so that threads never share one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._writing = Turns()
        self._numbers: dict[tuple[str, str], tuple[int, int]] = {}  # by what they are and the study: the turn, the number

    def session(self, session_id: str) -> Session:
        """Return a session. Raises UnknownName."""
        rows = self._rows(f"SELECT {SESSION_COLUMNS} FROM sessions JOIN designs USING (design_digest) WHERE session_id = ?", session_id)
        if not rows:
            raise UnknownName("self-test session", session_id, [])
        return _session(rows[0])

    def has_session(self, session_id: str) -> bool:
        """Return whether there is such a session."""
        return bool(self._rows("SELECT 1 FROM sessions WHERE session_id = ?", session_id))

    def sessions(self, study: str) -> tuple[Session, ...]:
        """Return the study's sessions, the oldest first."""
        query = f"SELECT {SESSION_COLUMNS} FROM sessions JOIN designs USING (design_digest) WHERE study = ? ORDER BY started_at, session_id"
        return tuple(map(_session, self._rows(query, study)))

    def trials(self, session_id: str) -> tuple[Trial, ...]:
        """Return the session's planned trials as they are shown: by block, then index."""
        query = f"SELECT {TRIAL_COLUMNS} FROM trials WHERE session_id = ? ORDER BY block, trial_index"
        return tuple(map(_trial, self._rows(query, session_id)))

    def trial(self, session_id: str, trial_index: int) -> Trial | None:
        """Return one planned trial, or None."""
        query = f"SELECT {TRIAL_COLUMNS} FROM trials WHERE session_id = ? AND trial_index = ?"
        return next(map(_trial, self._rows(query, session_id, trial_index)), None)

    def responses(self, session_id: str) -> tuple[Response, ...]:
        """Return the session's answers, in order of their trials' indices."""
        query = f"SELECT {RESPONSE_COLUMNS} FROM responses WHERE session_id = ? ORDER BY trial_index"
        return tuple(Response(*row) for row in self._rows(query, session_id))

    def rating_tasks(self, session_id: str) -> tuple[RatingTask, ...]:
        """Return the session's planned ratings: those of the beginning first, by place."""
        query = """SELECT moment, place, layer, channel, synthetic_images, natural_images FROM rating_tasks WHERE session_id = ?
                   ORDER BY moment, place"""
        return tuple(
            RatingTask(moment, place, Unit(layer, channel), tuple(synthetic), tuple(natural))
            for moment, place, layer, channel, synthetic, natural in self._rows(query, session_id)
        )

    def ratings(self, session_id: str) -> tuple[Rating, ...]:
        """Return the session's stored ratings, in the order of their tasks."""
        query = """SELECT rating_key, moment, place, rating, reaction_time_ms, answered_at FROM ratings WHERE session_id = ?
                   ORDER BY moment, place"""
        return tuple(Rating(*row) for row in self._rows(query, session_id))

    def events(self, session_id: str) -> tuple[Event, ...]:
        """Return what else happened in the session, the oldest first."""
        query = "SELECT event_key, kind, duration_ms, happened_at FROM events WHERE session_id = ? ORDER BY happened_at, event_key"
        return tuple(Event(*row) for row in self._rows(query, session_id))

    def consent_text(self, consent_digest: str) -> str | None:
        """Return the text that participants with this digest agreed to, or None."""
        return next((text for (text,) in self._rows("SELECT content FROM consent_texts WHERE consent_digest = ?", consent_digest)), None)

    def participants(self, study: str) -> frozenset[str]:
        """Return the names under which people have answered the study."""
        return frozenset(name for (name,) in self._rows("SELECT DISTINCT participant FROM sessions WHERE study = ?", study))

    def next_number(self, study: str, design: str, expertise: str | None) -> int:
        """Return one more than the highest participant number ever given for a design's name (in the group, where one is given).

        Numbers of sessions that were deleted are not given again.
        """
        query = """SELECT coalesce(max(number), 0) + 1 FROM participant_numbers
                   WHERE study = $1 AND design = $2 AND ($3 IS NULL OR expertise = $3)"""
        return self._count(query, study, design, expertise)

    def n_sessions(self, study: str) -> int:
        """Return how many sessions the study has."""
        return self._count("SELECT count(*) FROM sessions WHERE study = ?", study)

    def n_responses(self, study: str) -> int:
        """Return how many answers the study has."""
        return n_answers(self._connection.cursor(), study)

    def n_changes(self, study: str) -> int:
        """Return a number that grows with every session, answer and rating of the study, and with every deletion of some: cheap enough to
        be asked all the time."""
        return self._kept("answers", study, self._counted_changes)

    def _counted_changes(self, study: str) -> int:
        there = self.n_sessions(study) + self.n_responses(study) + self.n_ratings(study)
        return there + 2 * sum(self.n_deleted(study))  # a deletion lowers the first by what it took out

    def n_deleted(self, study: str) -> tuple[int, int, int]:
        """Return how many sessions of the study, answers and ratings in them, were deleted by those who gave them."""
        query = (
            "SELECT coalesce(sum(n_sessions), 0), coalesce(sum(n_answers), 0), coalesce(sum(n_ratings), 0) FROM deletions WHERE study = ?"
        )
        ((n_sessions, n_answers, n_ratings),) = self._rows(query, study)
        return int(n_sessions), int(n_answers), int(n_ratings)

    def answers(self, study: str, stimuli_digest: str | None = None) -> tuple[Answer, ...]:
        """Return people's answers to the study, oldest first; only those to the stimuli of this digest, where one is given."""
        return answer_read.answers_of_store(self._connection.cursor(), study, stimuli_digest)

    def collected(self, study: str, stimuli_digest: str | None = None, *, details: bool = False) -> Collected:
        """Return people's answers, ratings and sessions of the study, oldest first, as they are at one moment.

        `details`: also what each trial showed, and the designs.
        """
        with transaction(self._connection.cursor()) as cursor:
            found = answer_read.collected_of_store(cursor, study, stimuli_digest)
            return with_details(cursor, found, study, stimuli_digest) if details else found

    def columns(self, study: str, stimuli_digest: str | None, layers: Iterable[Layer] = (), *, after: int = -1) -> Read:
        """Return people's answers as columns, those stored after a row's number, as they are at one moment."""
        with transaction(self._connection.cursor()) as cursor:
            return table_of_store(cursor, study, stimuli_digest, layers=layers, after=after)

    def presentations(self, study: str, stimuli_digest: str | None = None) -> tuple[Presentation, ...]:
        """Return what each answered trial of the study showed, oldest answer first."""
        return presentations_of_store(self._connection.cursor(), study, stimuli_digest)

    def n_ratings(self, study: str) -> int:
        """Return how many intuitiveness ratings the study has."""
        return self._count("SELECT count(*) FROM ratings JOIN sessions USING (session_id) WHERE study = ?", study)

    def unit_ratings(self, study: str, stimuli_digest: str | None = None) -> tuple[UnitRating, ...]:
        """Return people's ratings of the study, oldest first."""
        return answer_read.ratings_of_store(self._connection.cursor(), study, stimuli_digest)

    def session_facts(self, study: str, stimuli_digest: str | None = None) -> tuple[SessionFacts, ...]:
        """Return what is known of the study's sessions, oldest first."""
        return answer_read.sessions_of_store(self._connection.cursor(), study, stimuli_digest)

    def planned_main(self, study: str, stimuli_digest: str | None = None) -> dict[str, int]:
        """Return how many main trials each of the study's sessions with any has, answered or not."""
        return answer_read.planned_of_store(self._connection.cursor(), study, stimuli_digest)

    def export_parquet(self, path: Path) -> None:
        """Write one row an answer as Parquet: a consistent snapshot of all studies."""
        answer_read.write_parquet(self._connection.cursor(), path)

    def _kept(self, name: str, study: str, count: Callable[[str], int]) -> int:
        """Return a number of the study; it is counted anew only once something was written, which no other process does meanwhile."""
        turn = self._writing.n  # before counting: what is written while that goes on is asked for again
        known = self._numbers.get((name, study))
        if known is None or known[0] != turn:
            self._numbers[name, study] = known = (turn, count(study))
        return known[1]

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.cursor().execute(query, list(values)).fetchall()

    def _count(self, query: str, *values: object) -> int:
        return int(self._rows(query, *values)[0][0])


def _session(row: tuple[Any, ...]) -> Session:
    session_id, participant, number, spec, started_at, expertise, language, demographics, consent = row
    about = Demographics(**json.loads(demographics))
    return Session(session_id, participant, number, read_design(spec), started_at, expertise, language, about, consent)


def _trial(row: tuple[Any, ...]) -> Trial:
    index, block, kind, condition, scheme, layer, channel, set_number, min_refs, max_refs, *others = row
    return Trial(index, block, kind, condition, scheme, Unit(layer, channel), set_number, tuple(min_refs), tuple(max_refs), *others)
