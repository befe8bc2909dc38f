"""What an export adds to people's answers: what each trial showed and how well, and the designs that sessions follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import duckdb

from core.answer_set import Collected, Presentation
from core.store.answer_read import ANSWERS

PRESENTATIONS: Final = f"""
SELECT session_id, position, query_top, query_bottom, max_references, min_references, shown_ms, n_dropped_frames, was_hidden, input_device,
       screen
FROM ({ANSWERS}) WHERE study = $1 AND ($2 IS NULL OR stimuli_digest = $2) ORDER BY answered_at, session_id, position"""
DESIGNS: Final = """
SELECT spec FROM designs WHERE design_digest IN (SELECT design_digest FROM sessions WHERE study = $1)
  AND ($2 IS NULL OR spec ->> '$.stimuli_digest' = $2) ORDER BY created_at, design_digest"""


def with_details(cursor: duckdb.DuckDBPyConnection, collected: Collected, study: str, stimuli_digest: str | None) -> Collected:
    """Return what was collected with presentations, one for each answer, and designs."""
    designs = cursor.execute(DESIGNS, [study, stimuli_digest]).fetchall()
    shown = presentations_of_store(cursor, study, stimuli_digest)
    return replace(collected, presentations=shown, designs=tuple(spec for (spec,) in designs))


def presentations_of_store(cursor: duckdb.DuckDBPyConnection, study: str, stimuli_digest: str | None) -> tuple[Presentation, ...]:
    """Return what each answered trial showed, oldest answer first."""
    return tuple(
        Presentation(session, position, top, bottom, tuple(most), tuple(least), *rest)
        for session, position, top, bottom, most, least, *rest in cursor.execute(PRESENTATIONS, [study, stimuli_digest]).fetchall()
    )
