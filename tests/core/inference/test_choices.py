"""What answers can be narrowed to, with counts that add up; the answers that count are those that results are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.answer_set import SessionFacts
from core.design_spec import Condition
from core.experiment import Answer
from core.inference import results
from core.inference.answer_table import table_of
from core.inference.choices import FILTERS, choices, counted, has_rules, is_narrowed, left_out, narrowed_by
from core.inference.rules import ExclusionRules
from core.inference.scope import Scope, with_designs, within
from core.psychophysics.attention import EXEMPLARY
from tests.studies import MAIN_UNITS

FIRST = datetime(2026, 1, 1, 23, tzinfo=UTC)
CONDITIONS: tuple[Condition, ...] = ("natural", "synthetic", "none")


def answers(n: int = 60, seed: int = 0) -> list[Answer]:
    """Return main answers of five people over some days, in two designs."""
    rng = np.random.default_rng(seed)
    return [
        Answer(
            respondent=f"p{number % 5}",
            kind="main",
            condition=CONDITIONS[int(rng.integers(3))],
            scheme="Min-Max-9",
            unit=MAIN_UNITS[int(rng.integers(8))],
            block=0,
            proportion_correct=float(rng.integers(2)),
            confidence=int(rng.integers(1, 4)),
            reaction_time_ms=float(rng.uniform(50, 3000)),
            answered_at=FIRST + timedelta(hours=7 * number),
            session=f"s{number % 5}",
            expertise="expert" if number % 5 < 2 else "lay",
            position=number // 5,
            choice="top",
        )
        for number in range(n)
    ]


FACTS = tuple(SessionFacts(f"s{number}", f"p{number}", design="quick" if number < 3 else "mine") for number in range(5))
SCOPES = st.builds(
    Scope,
    conditions=st.sampled_from([(), ("natural",), ("natural", "none")]),
    expertise=st.sampled_from([(), ("lay",)]),
    participants=st.sampled_from([(), ("p1", "p4")]),
    since=st.sampled_from([None, date(2026, 1, 3)]),
    until=st.sampled_from([None, date(2026, 1, 9)]),
    design=st.sampled_from([None, "quick"]),
)


def test_choices_count_every_answer() -> None:
    """Each choice has its number of answers, which add up; days are those in UTC."""
    found = choices(with_designs(table_of(answers()), FACTS))
    for counts in (found.conditions, found.expertise, found.participants, found.designs, found.schemes):
        assert sum(counts.values()) == found.n == 60
    assert found.designs == {"mine": 24, "quick": 36}
    assert found.days == (date(2026, 1, 1), (FIRST + timedelta(hours=7 * 59)).date())
    assert choices(table_of([replace(one, answered_at=None) for one in answers()])).days is None


@given(scope=SCOPES)
def test_what_filters_leave_out_adds_up(scope: Scope) -> None:
    """The numbers that filters leave out, and what stays, are all answers; a filter that is open leaves out nothing."""
    table = with_designs(table_of(answers()), FACTS)
    lost = left_out(table, scope)
    assert len(within(table, scope)) + sum(lost.values()) == len(table)
    assert set(lost) <= set(FILTERS.values()) and all(lost.values())
    assert is_narrowed(scope) or not lost


@given(scope=SCOPES, attentive=st.booleans())
def test_the_answers_that_count_are_those_of_the_results(scope: Scope, attentive: bool) -> None:
    """Filters and rules leave the same answers as in results."""
    scope = replace(scope, rules=ExclusionRules(attention=EXEMPLARY)) if attentive else scope
    table = table_of(answers())
    kept = counted(table, scope, FACTS)
    found = results(table, scope=scope, sessions=FACTS)
    assert len(kept) == found.n_main_answers
    assert {name: int((kept["condition"].codes == kept["condition"].code(name)).sum()) for name in kept.present("condition")} == {
        name: one.n_trials for name, one in found.accuracy.items()
    }


def test_a_scope_says_what_narrows_it() -> None:
    """Each filter once, both ends of the days together; rules count where they may leave anybody out, negative times alone do not."""
    assert narrowed_by(Scope()) == () and not has_rules(Scope())
    days = Scope(since=date(2026, 1, 1), until=date(2026, 1, 2), conditions=("natural",))
    assert set(narrowed_by(days)) == {"condition", "date"} and len(narrowed_by(days)) == 2
    kept = Scope(rules=ExclusionRules(negative_reaction_times=False))
    assert narrowed_by(kept) == () and not has_rules(kept) and is_narrowed(kept)
    for rules in (ExclusionRules(min_catch=0.8), ExclusionRules(attention=EXEMPLARY)):
        assert narrowed_by(Scope(rules=rules, participants=("ada",))) == ("participant", "exclusion rules")
