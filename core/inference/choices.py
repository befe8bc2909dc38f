"""What a table of answers can be narrowed to, with the number of main answers of each choice; and how many a scope leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final

import numpy as np

from core.answer_set import SessionFacts
from core.inference.answer_table import AnswerTable, Word
from core.inference.attention_table import by_session
from core.inference.rules import ruled
from core.inference.scope import Scope, design_name, in_scope, with_designs, within

FILTERS: Final = {  # field of Scope -> what it narrows
    "design": "design",
    "conditions": "condition",
    "schemes": "scheme",
    "expertise": "expertise",
    "participants": "participant",
    "since": "date",
    "until": "date",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """Numbers of main answers: in all, and of every condition, scheme, expertise, respondent and design's name.

    `days`: of the first and of the last answer, in UTC.
    """

    n: int
    conditions: Mapping[str, int]
    schemes: Mapping[str, int]
    expertise: Mapping[str, int]
    participants: Mapping[str, int]
    designs: Mapping[str, int]
    days: tuple[date, date] | None


def choices(main: AnswerTable) -> Choices:
    """Return what main answers can be narrowed to."""
    return Choices(
        n=len(main),
        conditions=_counts(main, "condition"),
        schemes=_counts(main, "scheme"),
        expertise=_counts(main, "expertise"),
        participants=_counts(main, "respondent"),
        designs=_designs(main),
        days=_days(main),
    )


def left_out(main: AnswerTable, scope: Scope) -> dict[str, int]:
    """Return how many main answers each filter of a scope leaves out, one after the other, so that they add up; rules aside."""
    narrowed, found, n = Scope(), dict.fromkeys(FILTERS.values(), 0), len(main)
    for name, word in FILTERS.items():
        if getattr(scope, name) == getattr(narrowed, name):
            continue
        narrowed = replace(narrowed, **{name: getattr(scope, name)})
        left = len(within(main, narrowed))
        found[word] += n - left
        n = left
    return {word: count for word, count in found.items() if count}


def counted(table: AnswerTable, scope: Scope, sessions: Iterable[SessionFacts] = ()) -> AnswerTable:
    """Return the main answers of a table that count within a scope and its rules: what results with this scope are of."""
    facts = tuple(sessions)
    whole = with_designs(table, facts)
    kept = ruled(whole, scope.rules, by_session(facts), in_scope(whole, scope)).kept
    return whole.where(kept).of("kind", "main")


def is_narrowed(scope: Scope) -> bool:
    """Return whether a scope differs from that of all answers, rules included."""
    return any(getattr(scope, one.name) != getattr(Scope(), one.name) for one in fields(Scope))


def has_rules(scope: Scope) -> bool:
    """Return whether a scope's rules may leave anybody out."""
    return bool(scope.rules.attention.stated) or scope.rules.min_catch is not None


def narrowed_by(scope: Scope) -> tuple[str, ...]:
    """Return what a scope narrows answers by, in words: filters, then rules that may leave anybody out."""
    words = [word for name, word in FILTERS.items() if getattr(scope, name) != getattr(Scope(), name)]
    return (*dict.fromkeys(words), *(["exclusion rules"] if has_rules(scope) else []))


def _counts(main: AnswerTable, word: Word) -> dict[str, int]:
    column = main[word]
    found = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels)).tolist()
    return {level: n for level, n in zip(column.levels, found, strict=True) if n}


def _designs(main: AnswerTable) -> dict[str, int]:
    """Return the numbers by a design's name: specs of one name, told apart by their digests, count together."""
    found: dict[str, int] = {}
    for level, n in _counts(main, "design").items():
        name = design_name(level)
        found[name] = found.get(name, 0) + n
    return found


def _days(main: AnswerTable) -> tuple[date, date] | None:
    known = main.answered_at[~np.isnat(main.answered_at)]
    if not len(known):
        return None
    first, last = (one.astype("datetime64[D]").item() for one in (known.min(), known.max()))
    return first, last
