"""Groups of a table's rows, such as condition x layer, and what is counted in each by participant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import AnswerTable, Codes, Floats, Mask, Word

Value = TypeVar("Value")
Key = tuple[str, ...]
MOST_CELLS: Final = 2**22  # counted in an array; beyond, cells are few of many, and sorted


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
    respondent = table["respondent"].codes
    chosen = (found.codes >= 0) & (respondent >= 0)
    if kept is not None:
        chosen &= kept
    n_respondents = len(table["respondent"].levels)
    cell, total, n = _present_sums(found.codes[chosen].astype(np.int64) * n_respondents + respondent[chosen], values[chosen])
    starts = np.searchsorted(cell, np.arange(len(found.keys) + 1) * n_respondents)
    for key, start, stop in zip(found.keys, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if stop > start:
            yield key, ParticipantSums(cell[start:stop] % n_respondents, total[start:stop], n[start:stop])


def _present_sums(cell: NDArray[np.int64], values: Floats) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Return the cells that rows are in, ascending, with the sum of their values and their number, all (present cells,)."""
    if cell.max(initial=0) > MOST_CELLS:
        cell, place = np.unique(cell, return_inverse=True)
        total, n = summed(place, values, cell.shape)
        return cell, total, n
    total, n = summed(cell, values, (int(cell.max(initial=-1)) + 1,))
    present = np.flatnonzero(n)
    return present, total[present], n[present]


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
