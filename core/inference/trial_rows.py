"""The trials behind a number: which rows of a table a part of a figure stands for, and each row as a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import AnswerTable, Mask, Word

Part = Mapping[str, Any]  # what a part of a figure has in common: field -> value, such as {"condition": "natural", "layer": "mixed4b"}
WORD_OF: Final[Mapping[str, Word]] = {
    "participant": "respondent",
    "respondent": "respondent",
    "condition": "condition",
    "scheme": "scheme",
    "layer": "layer",
    "branch": "branch",
    "unit": "unit",
    "unit_list": "unit_list",
    "expertise": "expertise",
    "block": "block",
}


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One answered trial. `score`: proportion correct (an observer's tie is one half); `position`: place in the session, from 0."""

    respondent: str
    session: str
    unit: str
    condition: str
    scheme: str | None
    branch: str | None
    score: float
    confidence: int | None
    time_s: float | None
    position: int | None
    answered_at: datetime | None


def rows_behind(main: AnswerTable, parts: Sequence[Part]) -> NDArray[np.int64]:
    """Return the rows that any of the parts stands for, (n,), the newest answer first; those without a time come last, as they are.

    What a table does not have, such as the series that a point belongs to, narrows nothing.
    """
    chosen = np.zeros(len(main), dtype=bool)
    for part in parts:
        chosen |= _of_part(main, part)
    rows = np.flatnonzero(chosen)
    at = main.answered_at[rows]
    age = np.where(np.isnat(at), np.iinfo(np.int64).max, -at.astype(np.int64))
    return rows[np.argsort(age, kind="stable")]


def narrows(part: Part) -> dict[str, Any]:
    """Return the fields of a part that say which rows it stands for."""
    return {name: value for name, value in part.items() if (name in WORD_OF or name in ("confidence", "correct")) and value is not None}


def trial_rows(main: AnswerTable, rows: NDArray[np.int64]) -> tuple[TrialRow, ...]:
    """Return these rows as records, in their order."""
    return tuple(_row(main, int(row)) for row in rows)


def _of_part(main: AnswerTable, part: Part) -> Mask:
    chosen = np.ones(len(main), dtype=bool)
    for name, value in narrows(part).items():
        if name in WORD_OF:
            column = main[WORD_OF[name]]
            chosen &= column.codes == column.code(str(value))
        elif name == "confidence":
            chosen &= main.confidence == int(value)
        else:
            chosen &= (main.score == 1) == bool(value)
    return chosen


def _row(main: AnswerTable, row: int) -> TrialRow:
    time_s, confidence, position, at = main.time_s[row], int(main.confidence[row]), int(main.position[row]), main.answered_at[row]
    return TrialRow(
        respondent=_word(main, "respondent", row) or "",
        session=_word(main, "session", row) or "",
        unit=_word(main, "unit", row) or "",
        condition=_word(main, "condition", row) or "",
        scheme=_word(main, "scheme", row),
        branch=_word(main, "branch", row),
        score=float(main.score[row]),
        confidence=confidence or None,
        time_s=None if np.isnan(time_s) else float(time_s),
        position=None if position < 0 else position,
        answered_at=None if np.isnat(at) else at.astype("datetime64[us]").item().replace(tzinfo=UTC),
    )


def _word(main: AnswerTable, word: Word, row: int) -> str | None:
    column = main[word]
    code = int(column.codes[row])
    return column.levels[code] if code >= 0 else None
