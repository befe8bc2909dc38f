"""Which of the answers results are of: stated with the results, and a function of the table alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from core.answer_set import SessionFacts, UnitRating
from core.inference.answer_table import ABSENT, AnswerTable, Mask, Word, coded
from core.inference.rules import ExclusionRules

AT: Final = "@"  # between a design's name and its digest


@dataclass(frozen=True, slots=True)
class Scope:
    """What results are of; an empty tuple and None: all. `since`, `until`: first and last day of answers, in UTC. `design`: by its name.

    `rules` leave out what breaks them; a session is judged as a whole, whichever of its answers are in the scope.
    """

    conditions: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    expertise: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    design: str | None = None
    rules: ExclusionRules = field(default_factory=ExclusionRules)


@dataclass(frozen=True, slots=True)
class DesignUse:
    """A design that answers came from: its name, the digest of its spec (None where only the name is known), sessions and answers."""

    name: str
    digest: str | None
    n_sessions: int
    n_answers: int


def within(table: AnswerTable, scope: Scope) -> AnswerTable:
    """Return the answers in the scope; its rules are not applied yet, and levels stay."""
    chosen = in_scope(table, scope)
    return table if chosen.all() else table.where(chosen)


def in_scope(table: AnswerTable, scope: Scope) -> Mask:
    """Return which answers are in the scope, (n,); those without a known time are in no range of days."""
    chosen = np.ones(len(table), dtype=bool)
    asked: Sequence[tuple[Word, tuple[str, ...]]] = (
        ("condition", scope.conditions),
        ("scheme", scope.schemes),
        ("expertise", scope.expertise),
        ("respondent", scope.participants),
    )
    for word, levels in asked:
        if levels:
            chosen &= _has(table, word, levels)
    if scope.design is not None:
        chosen &= _has(table, "design", [level for level in table["design"].levels if design_name(level) == scope.design])
    if scope.since is not None:
        chosen &= table.answered_at >= np.datetime64(scope.since, "us")
    if scope.until is not None:
        chosen &= table.answered_at < np.datetime64(scope.until + timedelta(days=1), "us")
    return chosen


def ratings_within(ratings: Iterable[UnitRating], sessions: Iterable[SessionFacts], scope: Scope) -> tuple[UnitRating, ...]:
    """Return the ratings in the scope. They have no condition, scheme or time: days and design are those of their sessions."""
    facts = {one.session: one for one in sessions}
    return tuple(one for one in ratings if _rating_is_in(one, facts.get(one.session), scope))


def with_designs(table: AnswerTable, sessions: Iterable[SessionFacts]) -> AnswerTable:
    """Return the table with the designs of sessions, by name, where it tells none itself."""
    if table["design"].levels:
        return table
    design_of = {one.session: one.design for one in sessions}
    column = table["session"]
    known = [design_of.get(session) for session in column.levels]
    if not any(known):
        return table
    return table.having("design", coded("design", column.codes, known))


def under_way(table: AnswerTable, planned: Mapping[str, int]) -> frozenset[str]:
    """Return the sessions of which more main trials were `planned` than were answered."""
    session, kind = table["session"], table["kind"]
    n = np.bincount(session.codes[kind.codes == kind.code("main")], minlength=len(session.levels))
    answered = dict(zip(session.levels, n.tolist(), strict=True))
    return frozenset(name for name, n_main in planned.items() if answered.get(name, 0) < n_main)


def designs_in(table: AnswerTable, chosen: Mask) -> tuple[DesignUse, ...]:
    """Return the designs that the chosen answers, (n,), came from, by name."""
    design, session = table["design"], table["session"]
    if not design.levels:
        return ()
    code = np.where(chosen, design.codes, ABSENT)
    of_session = np.full(len(session.levels), ABSENT, dtype=np.int64)
    of_session[session.codes[code >= 0]] = code[code >= 0]
    n_sessions = np.bincount(of_session[of_session >= 0], minlength=len(design.levels)).tolist()
    n_answers = np.bincount(code[code >= 0], minlength=len(design.levels)).tolist()
    return tuple(
        DesignUse(design_name(level), level.partition(AT)[2] or None, n_sessions[place], n_answers[place])
        for place, level in enumerate(design.levels)
        if n_answers[place]
    )


def design_name(level: str) -> str:
    """Return the name in a table's word for a design, NAME@DIGEST or NAME."""
    return level.partition(AT)[0]


def _has(table: AnswerTable, word: Word, levels: Sequence[str]) -> Mask:
    column = table[word]
    is_asked = np.array([*(level in set(levels) for level in column.levels), False])  # the last: of absent words
    return np.asarray(is_asked[column.codes])


def _rating_is_in(one: UnitRating, facts: SessionFacts | None, scope: Scope) -> bool:
    if scope.participants and one.respondent not in scope.participants:
        return False
    if scope.expertise and one.expertise not in scope.expertise:
        return False
    if scope.design is not None and (facts is None or facts.design != scope.design):
        return False
    return _is_between(facts.started_at if facts else None, scope.since, scope.until)


def _is_between(moment: datetime | None, since: date | None, until: date | None) -> bool:
    if since is None and until is None:
        return True
    return moment is not None and (since is None or moment.date() >= since) and (until is None or moment.date() <= until)
