"""Counting one answer at a time: what sums, columns and breakdowns are tested against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from core.experiment import Answer
from core.inference.answer_table import AnswerTable, Word
from core.inference.sums import CORRECT, INCORRECT, TIE

LEVEL_OF: dict[Word, Callable[[Answer], str | None]] = {
    "respondent": lambda one: one.respondent,
    "condition": lambda one: one.condition,
    "scheme": lambda one: one.scheme,
    "layer": lambda one: one.unit.layer,
    "branch": lambda one: one.branch,
    "unit": lambda one: str(one.unit),
    "unit_list": lambda one: one.unit_list,
    "expertise": lambda one: one.expertise,
    "block": lambda one: str(one.block),
}


def groups_of(table: AnswerTable, words: tuple[Word, ...]) -> list[tuple[str, ...]]:
    """Return all combinations of the words' levels, the first word's changing slowest."""
    return list(product(*(table[word].levels for word in words)))


def in_groups(answers: list[Answer], table: AnswerTable, words: tuple[Word, ...]) -> Iterator[list[Answer]]:
    """Yield the answers of each group."""
    for levels in groups_of(table, words):
        yield [one for one in answers if tuple(LEVEL_OF[word](one) for word in words) == levels]


def outcome(one: Answer) -> int:
    """Return INCORRECT, TIE or CORRECT."""
    return {0.0: INCORRECT, 0.5: TIE, 1.0: CORRECT}[one.proportion_correct]


def seconds(one: Answer, *, exclude_negative: bool) -> float | None:
    """Return the reaction time that counts."""
    if one.reaction_time_ms is None or (exclude_negative and one.reaction_time_ms < 0):
        return None
    return one.reaction_time_ms / 1000


def same(a: Any, b: Any) -> bool:
    """Return whether two records of arrays, and of such records, are equal to the last bit and in their types."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fM")
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, name), getattr(b, name)) for name in a.__dataclass_fields__)
    return bool(a == b)
