"""Answers as columns: what all inference counts on, made from Answer records or from a query's columns.

n rows, one an answer. A column of words is codes (int32, n) into sorted levels, -1 where a word is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.design_spec import SCHEMES, in_order
from core.experiment import EXPERTISE, Answer, TrialKind

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]
Times = NDArray[np.datetime64]
Word = Literal[
    "respondent", "session", "kind", "condition", "scheme", "layer", "branch", "unit", "unit_list", "expertise", "block", "choice", "design"
]
WORDS: Final[tuple[Word, ...]] = get_args(Word)
KINDS: Final[tuple[TrialKind, ...]] = get_args(TrialKind)
ABSENT: Final = -1
UNKNOWN_TIME: Final = np.datetime64("NaT", "us")


@dataclass(frozen=True, slots=True, eq=False)
class WordColumn:
    """Words as codes into levels; levels are in the order that results have everywhere."""

    codes: Codes
    levels: tuple[str, ...]

    def code(self, level: str) -> int:
        """Return the code of a level; one that no row has where it is no level."""
        return self.levels.index(level) if level in self.levels else ABSENT - 1


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTable:
    """`words`: every column of WORDS. `score`: proportion correct in [0, 1]; `confidence`: 1 to 3, 0 where there is none; `time_s`:
    reaction time in seconds, NaN where there is none; `position`, `repeats`: place in the session and that of the first showing, or -1;
    `answered_at`: datetime64[us] in UTC, NaT where it is not known. A design is written NAME@DIGEST, or NAME where no digest is known."""

    words: Mapping[Word, WordColumn]
    score: Floats
    confidence: NDArray[np.int8]
    time_s: Floats
    position: Codes
    repeats: Codes
    answered_at: Times

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, word: Word) -> WordColumn:
        return self.words[word]

    def where(self, chosen: Mask | NDArray[np.int64]) -> AnswerTable:
        """Return the chosen rows, (n,) bool or their numbers; levels stay."""
        words = {name: WordColumn(column.codes[chosen], column.levels) for name, column in self.words.items()}
        return AnswerTable(
            words=words,
            score=self.score[chosen],
            confidence=self.confidence[chosen],
            time_s=self.time_s[chosen],
            position=self.position[chosen],
            repeats=self.repeats[chosen],
            answered_at=self.answered_at[chosen],
        )

    def having(self, word: Word, column: WordColumn) -> AnswerTable:
        """Return the table with another column of words."""
        return replace(self, words={**self.words, word: column})

    def of(self, word: Word, *levels: str) -> AnswerTable:
        """Return the rows that have one of these levels."""
        column = self.words[word]
        return self.where(np.isin(column.codes, [column.code(level) for level in levels]))

    def present(self, word: Word) -> tuple[str, ...]:
        """Return the levels that rows have, in order."""
        column = self.words[word]
        found = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
        return tuple(level for level, n in zip(column.levels, found, strict=True) if n)


def table_of(answers: Iterable[Answer]) -> AnswerTable:
    """Return the answers as a table, rows in their order."""
    rows = list(answers)
    values: dict[Word, list[str | None]] = {
        "respondent": [one.respondent for one in rows],
        "session": [one.session or one.respondent for one in rows],
        "kind": [one.kind for one in rows],
        "condition": [one.condition for one in rows],
        "scheme": [one.scheme for one in rows],
        "layer": [one.unit.layer for one in rows],
        "branch": [one.branch for one in rows],
        "unit": [str(one.unit) for one in rows],
        "unit_list": [one.unit_list for one in rows],
        "expertise": [one.expertise for one in rows],
        "block": [str(one.block) for one in rows],
        "choice": [one.choice for one in rows],
        "design": [None] * len(rows),
    }
    return AnswerTable(
        words={name: _column(name, column) for name, column in values.items()},
        score=np.array([one.proportion_correct for one in rows], dtype=np.float64),
        confidence=np.array([one.confidence or 0 for one in rows], dtype=np.int8),
        time_s=np.array([np.nan if one.reaction_time_ms is None else one.reaction_time_ms / 1000 for one in rows], dtype=np.float64),
        position=np.array([ABSENT if one.position is None else one.position for one in rows], dtype=np.int32),
        repeats=np.array([ABSENT if one.repeats is None else one.repeats for one in rows], dtype=np.int32),
        answered_at=np.array([_in_utc(one.answered_at) for one in rows], dtype="datetime64[us]"),
    )


def coded(
    word: Word, codes: NDArray[np.integer[Any]], names: Sequence[str | None], rows: NDArray[np.integer[Any]] | None = None
) -> WordColumn:
    """Return a column from codes into names, in any order and some perhaps twice, or from the codes of these rows; -1 and None: absent.
    Names without rows are no levels."""
    numbers = np.asarray(codes if rows is None else codes[rows], dtype=np.int32)
    seen = np.bincount(numbers if numbers.min(initial=0) >= 0 else numbers[numbers >= 0], minlength=len(names)) > 0
    levels = levels_in_order(word, {name for name, is_seen in zip(names, seen, strict=True) if is_seen and name is not None})
    place: dict[str | None, int] = {level: number for number, level in enumerate(levels)}
    found = np.array([*(place.get(name, ABSENT) for name in names), ABSENT], dtype=np.int32)
    is_same = bool((found[:-1] == np.arange(len(names))).all()) and bool(seen.all())
    return WordColumn(numbers if is_same and numbers.min(initial=0) >= ABSENT else found[numbers], levels)


def levels_in_order(word: Word, present: Iterable[str]) -> tuple[str, ...]:
    """Return the levels of a column in the order of results: conditions and schemes in theirs, others with numbers in them by number."""
    fixed: dict[Word, Sequence[str]] = {"scheme": SCHEMES, "expertise": EXPERTISE, "kind": KINDS}
    levels = set(present)
    if word == "condition":
        return in_order(levels)
    if word in fixed:
        return tuple(level for level in fixed[word] if level in levels)
    if word == "session":  # names that nobody reads
        return tuple(sorted(levels))
    return tuple(sorted(levels, key=lambda level: ((_by_unit if word == "unit" else by_number)(level), level)))


def _by_unit(unit: str) -> tuple[Any, ...]:
    """Return the same as `by_number`: the layer is looked at once for all its channels."""
    layer, colon, channel = unit.rpartition(":")
    return (*_by_layer(layer + colon), (0, int(channel), "")) if colon and channel.isdecimal() else by_number(unit)


@lru_cache(maxsize=1024)
def _by_layer(layer: str) -> tuple[Any, ...]:
    return by_number(layer)


def _in_utc(moment: datetime | None) -> np.datetime64:
    if moment is None:
        return UNKNOWN_TIME
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment, "us")


def by_number(word: str) -> tuple[Any, ...]:
    """Return what words are sorted by so that p2 comes before p10."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", word) if part)


def _column(word: Word, values: Sequence[str | None]) -> WordColumn:
    levels = levels_in_order(word, {value for value in values if value is not None})
    code: dict[str | None, int] = {level: number for number, level in enumerate(levels)}
    return WordColumn(np.array([code.get(value, ABSENT) for value in values], dtype=np.int32), levels)
