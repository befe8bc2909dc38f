"""Groups of a table's rows, such as condition x layer, and sums in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

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


def kept_rows(kept: Mask, *columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the rows of columns that are kept, (n,) bool; of all, the columns themselves, since a copy of a million rows takes long."""
    return columns if kept.all() else tuple(column[kept] for column in columns)


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
