"""Scopes: which answers they leave, and that results state them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from core.answer_set import SessionFacts, UnitRating
from core.domain import Unit
from core.experiment import Answer
from core.inference import Results, Scope, results, within
from core.inference.answer_table import table_of
from core.inference.scope import DesignUse, ratings_within, with_designs


def answer(who: str, condition: str, day: int, *, expertise: str = "lay") -> Answer:
    return Answer(
        respondent=who,
        kind="main",
        condition=condition,
        scheme="Max-9",
        unit=Unit("3a", 1),
        block=0,
        proportion_correct=1.0,
        confidence=2,
        reaction_time_ms=900.0,
        answered_at=datetime(2026, 3, day, 23, 59, tzinfo=UTC) if day else None,
        session=f"s-{who}",
        expertise=expertise,  # type: ignore[arg-type]
    )


ANSWERS = (
    answer("ada", "natural", 1),
    answer("ada", "none", 2),
    answer("bob", "natural", 3, expertise="expert"),
    answer("eve", "natural", 0),
)
FACTS = (SessionFacts("s-ada", "ada", design="quick"), SessionFacts("s-bob", "bob", design="imi"))


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (Scope(), [0, 1, 2, 3]),
        (Scope(conditions=("natural",)), [0, 2, 3]),
        (Scope(conditions=("nothing",)), []),
        (Scope(expertise=("expert",)), [2]),
        (Scope(participants=("ada", "eve")), [0, 1, 3]),
        (Scope(schemes=("Max-1",)), []),
        (Scope(since=date(2026, 3, 2)), [1, 2]),
        (Scope(until=date(2026, 3, 2)), [0, 1]),
        (Scope(since=date(2026, 3, 2), until=date(2026, 3, 2), participants=("ada",)), [1]),
        (Scope(design="quick"), [0, 1]),
        (Scope(design="qui"), []),
    ],
)
def test_what_a_scope_leaves(scope: Scope, left: list[int]) -> None:
    """Filters hold together, both days count, and an answer without a time is on no day."""
    table = with_designs(table_of(ANSWERS), FACTS)
    wanted = table.where(table.score < 0) if not left else table_of([ANSWERS[place] for place in left])
    found = within(table, scope)
    assert [found["respondent"].levels[code] for code in found["respondent"].codes] == [
        wanted["respondent"].levels[code] for code in wanted["respondent"].codes
    ]
    assert found.answered_at.tolist() == wanted.answered_at.tolist()


def test_results_state_their_scope_and_designs() -> None:
    """The record says what it was computed of, and reads back from JSON."""
    found = results(ANSWERS, sessions=FACTS, scope=Scope(conditions=("natural",), until=date(2026, 3, 9)))
    assert found.n_answers == 2
    assert found.designs == (DesignUse("imi", None, 1, 1), DesignUse("quick", None, 1, 1))
    assert Results.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_ratings_follow_their_sessions() -> None:
    """Ratings have the days and the design of their session."""
    facts = (SessionFacts("s-ada", "ada", started_at=datetime(2026, 3, 1, tzinfo=UTC), design="quick"),)
    rating = UnitRating("ada", "begin", Unit("3a", 1), 5, None, "s-ada", "lay")
    assert ratings_within([rating], facts, Scope(design="quick", since=date(2026, 3, 1))) == (rating,)
    for scope in (Scope(design="imi"), Scope(until=date(2026, 2, 28)), Scope(expertise=("expert",)), Scope(participants=("bob",))):
        assert ratings_within([rating], facts, scope) == ()
