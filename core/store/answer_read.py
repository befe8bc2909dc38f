"""People's answers as the rows that inference works on: from the open responses.duckdb, or from what it exported as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from core.domain import Unit
from core.experiment import Answer

# One row an answer. A place is counted over all trials of the session, as they are shown: by block, then index.
ANSWERS_QUERY = """
WITH placed AS (SELECT *, row_number() OVER (PARTITION BY session_id ORDER BY block, trial_index) - 1 AS position FROM trials),
     instructed AS (SELECT session_id, sum(duration_ms) AS instructed_ms FROM events WHERE kind = 'instructed' GROUP BY session_id)
SELECT s.participant, t.kind, t.condition, t.scheme, t.layer, t.channel, t.block, r.is_correct, r.confidence, r.reaction_time_ms,
       r.answered_at, s.session_id, s.expertise, nullif(t.unit_list, '') AS unit_list, t.position, first.position AS repeats,
       t.set_number, r.choice, s.study, s.design_digest, d.spec ->> '$.name' AS design, d.spec ->> '$.stimuli_digest' AS stimuli_digest,
       s.participant_number, s.language, s.started_at, instructed_ms, t.trial_index, t.min_references, t.max_references, t.query_top,
       t.query_bottom, r.shown_ms, r.n_dropped_frames, r.was_hidden, r.input_device, r.screen
FROM responses r JOIN placed t USING (session_id, trial_index) JOIN sessions s USING (session_id) JOIN designs d USING (design_digest)
     LEFT JOIN instructed USING (session_id)
     LEFT JOIN placed first ON first.session_id = t.session_id AND first.trial_index = t.repeats"""
OF_STUDY = """
SELECT participant, kind, condition, scheme, layer, channel, block, is_correct, confidence, reaction_time_ms, answered_at, session_id,
       expertise, unit_list, position, repeats, set_number, choice
FROM {answers} WHERE study = $1 AND ($2 IS NULL OR stimuli_digest = $2) ORDER BY answered_at, session_id, position"""


def answers_of_store(cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None) -> tuple[Answer, ...]:
    """Return people's answers to the study, oldest first; only those to the stimuli of this digest, where one is given."""
    return _answers(cursor.execute(OF_STUDY.format(answers=f"({ANSWERS_QUERY})"), [study, stimuli_digest]).fetchall())


def answers_of_parquet(cursor: duckdb.DuckDBPyConnection, path: Path, study: str, stimuli_digest: str | None = None) -> tuple[Answer, ...]:
    """Return what `answers_of_store` gives, from an exported Parquet file."""
    return _answers(cursor.execute(OF_STUDY.format(answers="read_parquet($3)"), [study, stimuli_digest, str(path)]).fetchall())


def write_parquet(cursor: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write one row an answer as Parquet: a consistent snapshot of all studies."""
    target = str(path).replace("'", "''")
    cursor.execute(f"COPY ({ANSWERS_QUERY} ORDER BY r.answered_at) TO '{target}' (FORMAT parquet)")


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
            session=session,
            expertise=expertise,
            unit_list=unit_list,
            position=position,
            repeats=repeats,
            set_number=set_number,
            choice=choice,
        )
        for (
            participant, kind, condition, scheme, layer, channel, block, is_correct, confidence, time_ms, answered_at,
            session, expertise, unit_list, position, repeats, set_number, choice,
        ) in rows
    )  # fmt: skip
