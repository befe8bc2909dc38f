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
    of = [study, stimuli_digest]
    shown = cursor.execute(PRESENTATIONS, of).fetchall()
    return replace(
        collected,
        presentations=tuple(
            Presentation(session, position, top, bottom, tuple(most), tuple(least), *rest)
            for session, position, top, bottom, most, least, *rest in shown
        ),
        designs=tuple(spec for (spec,) in cursor.execute(DESIGNS, of).fetchall()),
    )
