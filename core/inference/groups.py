"""Groups of a table's rows, such as condition x layer, and what is counted in each by participant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import AnswerTable, Codes, Floats, Mask, Word

Value = TypeVar("Value")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """`codes`: the group of each row, (n,), -1 for rows in none (a word is absent); `keys`: the levels of every possible group."""

    codes: Codes
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ParticipantSums:
    """Of one group, one entry for each participant who has rows in it: code of the respondent, sum of a measure, number of rows."""

    who: NDArray[np.int64]
    total: Floats
    n: NDArray[np.int64]

    @property
    def means(self) -> Floats:
        return self.total / self.n


def groups(table: AnswerTable, *words: Word) -> Groups:
    """Return the groups of all combinations of levels, the first word's changing slowest."""
    codes = np.zeros(len(table), dtype=np.int32)
    keys: list[Key] = [()]
    is_in = np.ones(len(table), dtype=bool)
    for word in words:
        column = table[word]
        codes = codes * len(column.levels) + column.codes
        is_in &= column.codes >= 0
        keys = [(*key, level) for key in keys for level in column.levels]
    return Groups(np.where(is_in, codes, -1).astype(np.int32), tuple(keys))


def by_participant(table: AnswerTable, values: Floats, *words: Word, kept: Mask | None = None) -> Iterator[tuple[Key, ParticipantSums]]:
    """Yield each group that has rows (of those `kept`) with its participants' sums of values, (n,)."""
    found = groups(table, *words)
    respondent = table["respondent"]
    n_respondents = len(respondent.levels)
    chosen = (found.codes >= 0) & (respondent.codes >= 0)
    if kept is not None:
        chosen &= kept
    cell = found.codes[chosen].astype(np.int64) * n_respondents + respondent.codes[chosen]
    shape = len(found.keys), n_respondents
    total, n = summed(cell, values[chosen], shape)
    for key, its_n, its_total in zip(found.keys, n, total, strict=True):
        there = its_n > 0
        if there.any():
            yield key, ParticipantSums(np.flatnonzero(there), its_total[there], its_n[there])


def summed(cell: NDArray[np.int64], values: Floats, shape: tuple[int, ...]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the sum of the values, (n,), in each cell and how many there are, both of this shape; `cell` counts in C order."""
    size = math.prod(shape)
    total = np.bincount(cell, weights=values, minlength=size).astype(np.float64)
    return total.reshape(shape), np.bincount(cell, minlength=size).astype(np.int64).reshape(shape)


def nested(found: Mapping[Key, Value]) -> dict[str, dict[str, Value]]:
    """Return values by two words as a mapping in a mapping."""
    inside: dict[str, dict[str, Value]] = {}
    for (first, second), value in found.items():
        inside.setdefault(first, {})[second] = value
    return inside
