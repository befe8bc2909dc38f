"""A table with room to grow: rows are appended without copying those that are there, but where a word has a new level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import ABSENT, AnswerTable, Word, WordColumn, levels_in_order

ROOM: Final = 1.25  # capacity, as a multiple of the rows that need more
OTHERS: Final = ("score", "confidence", "time_s", "position", "repeats", "answered_at")


class GrowingTable:
    """Answers that only ever become more. Tables that were given out stay as they were."""

    def __init__(self, table: AnswerTable) -> None:
        self._n = len(table)
        self._columns: dict[str, NDArray[Any]] = {name: getattr(table, name) for name in OTHERS}
        self._codes: dict[Word, NDArray[np.int32]] = {word: column.codes for word, column in table.words.items()}
        self._levels: dict[Word, tuple[str, ...]] = {word: column.levels for word, column in table.words.items()}

    @property
    def table(self) -> AnswerTable:
        """Return all answers so far."""
        words = {word: WordColumn(codes[: self._n], self._levels[word]) for word, codes in self._codes.items()}
        return AnswerTable(words=words, **{name: column[: self._n] for name, column in self._columns.items()})

    def append(self, more: AnswerTable) -> None:
        """Add answers at the end."""
        for word, column in more.words.items():
            levels = self._levels[word]
            if not set(column.levels) <= set(levels):
                self._levels[word] = levels_in_order(word, {*levels, *column.levels})
                self._codes[word] = recoded(self._codes[word][: self._n], levels, self._levels[word])
            self._codes[word] = _appended(self._codes[word], self._n, recoded(column.codes, column.levels, self._levels[word]))
        for name, values in self._columns.items():
            self._columns[name] = _appended(values, self._n, getattr(more, name))
        self._n += len(more)


def recoded(codes: NDArray[np.int32], levels: Sequence[str], wanted: Sequence[str]) -> NDArray[np.int32]:
    """Return codes into levels as codes into others that have all of these."""
    return np.append(places_in(levels, wanted), ABSENT).astype(np.int32)[codes]


def places_in(levels: Sequence[str], wanted: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each level among others that have all of these."""
    place = {level: number for number, level in enumerate(wanted)}
    return np.array([place[level] for level in levels], dtype=np.int64)


def _appended(values: NDArray[Any], n: int, more: NDArray[Any]) -> NDArray[Any]:
    """Return values whose first n are those that there were, and the next are more; the same array where it has the room."""
    if n + len(more) > len(values):
        grown = np.empty(int(ROOM * (n + len(more))) + 16, dtype=values.dtype)
        grown[:n] = values[:n]
        values = grown
    values[n : n + len(more)] = more
    return values
