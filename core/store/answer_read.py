"""People's answers, ratings and sessions as inference works on them: from the open responses.duckdb, or from its exports (Parquet)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb

from core.answer_set import Collected, SessionFacts, UnitRating
from core.domain import Unit
from core.experiment import Answer

# One row an answer. A place is counted over all trials of the session, as they are shown: by block, then index.
ANSWERS: Final = """
WITH placed AS (SELECT *, row_number() OVER (PARTITION BY session_id ORDER BY block, trial_index) - 1 AS position FROM trials)
SELECT s.participant, t.kind, t.condition, t.scheme, t.layer, t.channel, t.block, r.is_correct, r.confidence, r.reaction_time_ms,
       r.answered_at, s.session_id, s.expertise, nullif(t.unit_list, '') AS unit_list, t.position, first.position AS repeats,
       t.set_number, r.choice, s.study, s.design_digest, d.spec ->> '$.name' AS design, d.spec ->> '$.stimuli_digest' AS stimuli_digest,
       t.trial_index, t.min_references, t.max_references, t.query_top, t.query_bottom, r.shown_ms, r.n_dropped_frames, r.was_hidden,
       r.input_device, r.screen
FROM responses r JOIN placed t USING (session_id, trial_index) JOIN sessions s USING (session_id) JOIN designs d USING (design_digest)
     LEFT JOIN placed first ON first.session_id = t.session_id AND first.trial_index = t.repeats"""
ANSWERS_OF_STUDY: Final = """
SELECT participant, kind, condition, scheme, layer, channel, block, is_correct, confidence, reaction_time_ms, answered_at, session_id,
       expertise, unit_list, position, repeats, set_number, choice
FROM {source} WHERE study = $1 AND ($2 IS NULL OR stimuli_digest = $2) ORDER BY answered_at, session_id, position"""
RATINGS_OF_STUDY: Final = """
SELECT s.participant, r.moment, t.layer, t.channel, r.rating, r.reaction_time_ms, s.session_id, s.expertise, r.place
FROM ratings r JOIN rating_tasks t USING (session_id, moment, place) JOIN sessions s USING (session_id)
     JOIN designs d USING (design_digest)
WHERE s.study = $1 AND ($2 IS NULL OR d.spec ->> '$.stimuli_digest' = $2) ORDER BY r.answered_at, s.session_id, r.moment, r.place"""
# What was planned of a practice block at first has indices without a gap; its further rounds are as long.
SESSIONS_OF_STUDY: Final = """
WITH practised AS (
       SELECT session_id, block, trial_index - row_number() OVER blocks AS run, min(trial_index) OVER blocks - 1 AS first_run
       FROM trials WHERE kind = 'practice' WINDOW blocks AS (PARTITION BY session_id, block ORDER BY trial_index)),
     rounds AS (SELECT session_id, count(*) // count(*) FILTER (run = first_run) AS n FROM practised GROUP BY session_id, block),
     most_rounds AS (SELECT session_id, max(n) AS n FROM rounds GROUP BY session_id),
     instructed AS (SELECT session_id, sum(duration_ms) / 1000 AS n_s FROM events WHERE kind = 'instructed' GROUP BY session_id),
     ended AS (SELECT session_id, max(answered_at) AS at FROM responses GROUP BY session_id),
     planned AS (SELECT session_id, count(*) AS n FROM trials WHERE kind = 'main' GROUP BY session_id)
SELECT s.session_id, s.participant, s.expertise, s.started_at, instructed.n_s, epoch(ended.at - s.started_at), coalesce(most_rounds.n, 0),
       d.spec ->> '$.name', s.participant_number, s.language, CAST(s.demographics ->> '$.age' AS INTEGER), s.demographics ->> '$.gender',
       s.demographics ->> '$.handedness', s.demographics ->> '$.visual_aid', coalesce(planned.n, 0)
FROM sessions s JOIN designs d USING (design_digest) LEFT JOIN most_rounds USING (session_id) LEFT JOIN instructed USING (session_id)
     LEFT JOIN ended USING (session_id) LEFT JOIN planned USING (session_id)
WHERE s.study = $1 AND ($2 IS NULL OR d.spec ->> '$.stimuli_digest' = $2) ORDER BY s.started_at, s.session_id"""

PLANNED_MAIN: Final = """
WITH named AS MATERIALIZED (SELECT design_digest, spec ->> '$.stimuli_digest' AS stimuli_digest FROM designs)
SELECT session_id, count(*) FROM trials JOIN sessions s USING (session_id) JOIN named USING (design_digest)
WHERE s.study = $1 AND ($2 IS NULL OR stimuli_digest = $2) AND kind = 'main' GROUP BY session_id"""


def answers_of_store(cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None) -> tuple[Answer, ...]:
    """Return people's answers to the study, oldest first; only those to the stimuli of this digest, where one is given."""
    return tuple(map(_answer, cursor.execute(ANSWERS_OF_STUDY.format(source=f"({ANSWERS})"), [study, stimuli_digest]).fetchall()))


def collected_of_store(cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None) -> Collected:
    """Return people's answers, ratings and sessions, the oldest first; a cursor in a transaction makes them one snapshot."""
    answers = answers_of_store(cursor, study, stimuli_digest)
    ratings = ratings_of_store(cursor, study, stimuli_digest)
    return Collected(answers, ratings, sessions_of_store(cursor, study, stimuli_digest))


def ratings_of_store(cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None) -> tuple[UnitRating, ...]:
    """Return people's ratings, the oldest first."""
    return tuple(map(_rating, cursor.execute(RATINGS_OF_STUDY, [study, stimuli_digest]).fetchall()))


def sessions_of_store(cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None) -> tuple[SessionFacts, ...]:
    """Return what is known of people's sessions, the oldest first."""
    return tuple(SessionFacts(*row) for row in cursor.execute(SESSIONS_OF_STUDY, [study, stimuli_digest]).fetchall())


def planned_of_store(cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None) -> dict[str, int]:
    """Return how many main trials each session with any has."""
    return dict(cursor.execute(PLANNED_MAIN, [study, stimuli_digest]).fetchall())


def write_parquet(cursor: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the answers to all studies as Parquet, one row each: a consistent snapshot."""
    target = str(path).replace("'", "''")
    cursor.execute(f"COPY ({ANSWERS} ORDER BY r.answered_at) TO '{target}' (FORMAT parquet)")


def answers_of_parquet(cursor: duckdb.DuckDBPyConnection, path: Path, study: str, stimuli_digest: str | None = None) -> tuple[Answer, ...]:
    """Return what `answers_of_store` gives, from an exported Parquet file."""
    query = ANSWERS_OF_STUDY.format(source="read_parquet($3)")
    return tuple(map(_answer, cursor.execute(query, [study, stimuli_digest, str(path)]).fetchall()))


def _rating(row: tuple[Any, ...]) -> UnitRating:
    participant, moment, layer, channel, *others = row
    return UnitRating(participant, moment, Unit(layer, channel), *others)


def _answer(row: tuple[Any, ...]) -> Answer:
    (
        participant, kind, condition, scheme, layer, channel, block, is_correct, confidence, time_ms, answered_at,
        session, expertise, unit_list, position, repeats, set_number, choice,
    ) = row  # fmt: skip
    return Answer(
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
        session=session,
        expertise=expertise,
        unit_list=unit_list,
        position=position,
        repeats=repeats,
        set_number=set_number,
        choice=choice,
    )
