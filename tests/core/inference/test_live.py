"""Results that are kept while answers arrive equal those of all answers, counted anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.answer_set import SessionFacts, UnitRating
from core.domain import Unit
from core.experiment import Answer
from core.inference import ExclusionRules, Scope, results
from core.inference.answer_table import table_of
from core.inference.growing import GrowingTable
from core.inference.live import LiveResults
from core.inference.scope import with_designs
from core.psychophysics.attention import CAUSAL_2021, EXEMPLARY, NONE

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = (
    ExclusionRules(),
    ExclusionRules(negative_reaction_times=False, min_catch=0.6),
    ExclusionRules(attention=EXEMPLARY),
    ExclusionRules(attention=replace(CAUSAL_2021, min_total_s=20, min_each_side=1), min_catch=0.4),
)
SCOPES = (
    Scope(),
    Scope(conditions=("natural", "synthetic")),
    Scope(schemes=("Max-9",), expertise=("lay",)),
    Scope(since=date(2026, 3, 2), until=date(2026, 3, 3)),
    Scope(design="quick"),
    Scope(participants=("p1", "p2")),
)


def answers_of(draws: list[tuple[int, ...]]) -> list[Answer]:
    """Return answers of up to four people with two sessions each, in the order in which they came."""
    found: list[Answer] = []
    n: dict[str, int] = {}
    for number, (who, sitting, condition, scheme, unit, kind, correct, level, time) in enumerate(draws):
        session = f"s{who}-{sitting}"
        position = n[session] = n.get(session, -1) + 1
        is_repeat = kind == 3 and position > 0
        found.append(
            Answer(
                respondent=f"p{who}",
                kind="repeated" if is_repeat else ("main", "main", "catch", "main")[kind],
                condition=("natural", "synthetic", "none", "blur")[condition],
                scheme=("Max-9", "Min-Max-9")[scheme],
                unit=Unit(("3a", "4b")[unit % 2], unit),
                block=position // 3,
                proportion_correct=(0.0, 1.0, 1.0, 0.5)[correct],
                confidence=level or None,
                reaction_time_ms=(None, -5.0, 150.0, 700.25, 1234.5, 3333.3)[time],
                answered_at=START + timedelta(hours=number * 2),
                session=session,
                expertise=("lay", "expert", None, "lay")[who],
                branch=("1x1", "pool")[unit % 2],
                unit_list=("random", "hand-picked", None)[unit % 3],
                position=position,
                repeats=0 if is_repeat else None,
                choice=("top", "bottom")[(correct + unit) % 2],
            )
        )
    return found


def facts_of(answers: list[Answer]) -> dict[str, SessionFacts]:
    """Return what is known of the sessions: the longer they are, the more time they took."""
    found = {}
    for name in sorted({one.session for one in answers}):
        n = sum(one.session == name for one in answers)
        found[name] = SessionFacts(name, f"p{name[1]}", total_s=10.0 * n, design=("quick", "imi")[int(name[-1])])
    return found


DRAWS = st.tuples(
    st.integers(0, 3), st.integers(0, 1), st.integers(0, 3), st.integers(0, 1), st.integers(0, 4), st.integers(0, 3), st.integers(0, 3),
    st.integers(0, 3), st.integers(0, 5),
)  # fmt: skip


@given(st.lists(DRAWS, max_size=60), st.lists(st.integers(0, 60), max_size=4), st.sampled_from(RULES), st.sampled_from(SCOPES))
@settings(max_examples=150, deadline=None)
def test_what_is_kept_equals_what_is_counted_anew(
    draws: list[tuple[int, ...]], cuts: list[int], rules: ExclusionRules, scope: Scope
) -> None:
    """However answers come in, in whatever portions, under all rules and scopes: every number is the same, bit by bit."""
    given_answers, scope = answers_of(draws), replace(scope, rules=rules)
    ends = [*sorted(min(cut, len(draws)) for cut in cuts), len(draws)]
    growing, live, begin = None, None, 0
    for end in ends:
        facts = facts_of(given_answers[:end])
        more = with_designs(table_of(given_answers[begin:end]), facts.values())
        if growing is None or live is None:
            growing = GrowingTable(more)
            live = LiveResults(growing.table, scope, facts, most_own=1.0)
        else:
            growing.append(more)
            live.advance(growing.table, facts)
        begin = end
        wanted = results(given_answers[:end], scope=scope, sessions=facts.values())
        assert live.results() == wanted
    assert live is not None and len(live.main) == wanted.n_main_answers


def test_tables_that_were_given_out_stay_as_they_were() -> None:
    """A table does not change when it goes on growing, be it that a new level comes between those that there were."""
    answers = answers_of([(who, 0, 0, 0, 0, 0, 1, 2, 3) for who in (1, 3, 2, 0)])
    growing = GrowingTable(table_of(answers[:2]))
    before = growing.table
    growing.append(table_of(answers[2:]))
    assert [before["respondent"].levels[code] for code in before["respondent"].codes] == ["p1", "p3"]
    after = growing.table
    assert [after["respondent"].levels[code] for code in after["respondent"].codes] == ["p1", "p3", "p2", "p0"]
    assert after["respondent"].levels == ("p0", "p1", "p2", "p3")


def test_many_new_answers_are_counted_anew() -> None:
    """Where most answers are of those who gave new ones nothing is saved, and all is counted: with the same numbers."""
    answers = answers_of([(0, 0, place % 2, 0, 1, 0, 1, 2, 3) for place in range(12)])
    live = LiveResults(table_of(answers[:6]), Scope(rules=ExclusionRules(attention=NONE)), {})
    live.advance(table_of(answers), {})
    assert live.results() == results(answers)


@pytest.mark.parametrize("n", [0, 1])
def test_of_none_and_of_one_answer(n: int) -> None:
    """Without any answer, and with one, there are results."""
    answers = answers_of([(0, 0, 0, 0, 0, 0, 1, 2, 3)] * n)
    assert LiveResults(table_of(answers), Scope(), {}).results() == results(answers)


def test_what_becomes_known_of_sessions_counts_without_a_new_answer() -> None:
    """Ratings of a session that has no answer yet are in a scope of days; what a rule judges a session by may come after its answers."""
    answers = answers_of([(who, 0, place % 2, 0, 1, 0, 1, 2, 3) for who in (0, 1) for place in range(6)])
    days = Scope(since=date(2026, 3, 1))
    ratings = [UnitRating("p3", "begin", Unit("3a", 0), 40, 900.0, "s3-0")]
    facts = {name: replace(one, started_at=START) for name, one in facts_of(answers).items()}
    table = with_designs(table_of(answers), facts.values())
    live = LiveResults(table, days, facts)
    assert not live.results(ratings).intuitiveness
    begun = facts | {"s3-0": SessionFacts("s3-0", "p3", started_at=START)}
    live.advance(table, begun)
    assert live.results(ratings) == results(answers, ratings=ratings, sessions=begun.values(), scope=days)
    assert live.results(ratings).intuitiveness
    slow = Scope(rules=ExclusionRules(attention=replace(NONE, min_instruction_s=15)))
    live = LiveResults(table, slow, facts)
    known = {name: replace(one, instruction_s=3.0 if name == "s0-0" else 60.0) for name, one in facts.items()}
    live.advance(table, known)
    assert live.results() == results(answers, sessions=known.values(), scope=slow)
    assert live.results().n_participants == 1
