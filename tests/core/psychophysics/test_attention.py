"""Attention rules: the presets of the follow-ups, thresholds at their boundaries, and what results say of the sessions left out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.answer_set import SessionFacts
from core.domain import Unit
from core.errors import UnknownName
from core.experiment import Answer, Side, TrialKind
from core.inference import ExclusionRules, Results, results
from core.psychophysics.attention import (
    CAUSAL_2021,
    EXEMPLARY,
    IMI,
    NONE,
    PRESETS,
    REPLICATION_2021,
    AttentionRules,
    SessionRecord,
    attention_rules,
    judge,
    sentence,
    session_records,
    unjudged,
)

GOOD = SessionRecord(
    session="s",
    respondent="p",
    n_catch=5,
    n_catch_correct=5,
    n_top=25,
    n_bottom=20,
    reaction_times_ms=(2000.0,) * 40,
    instruction_s=30,
    total_s=400,
    n_practice_rounds=1,
)


def answer(session: str, *, kind: TrialKind = "main", right: bool = True, choice: Side = "top", time_ms: float = 2000.0) -> Answer:
    return Answer(
        f"of {session}", kind, "natural", "Min-Max-9", Unit("mixed4b", 1), 0, float(right), 2, time_ms, session=session, choice=choice
    )


def broken(record: SessionRecord, rules: AttentionRules) -> set[str]:
    return {violation.rule for violation in judge(record, rules)}


# METHOD section 11; the thresholds themselves are kept, what is just beyond them is not.
BOUNDARIES = [
    (IMI, "min_catch", {"n_catch": 10, "n_catch_correct": 8}, {"n_catch": 10, "n_catch_correct": 7}),
    (IMI, "min_instruction_s", {"instruction_s": 15}, {"instruction_s": 14.99}),
    (IMI, "min_total_s", {"total_s": 135}, {"total_s": 134.9}),
    (IMI, "max_total_s", {"total_s": 2500}, {"total_s": 2500.1}),
    (IMI, "min_each_side", {"n_bottom": 5}, {"n_bottom": 4}),
    (IMI, "max_practice_rounds", {"n_practice_rounds": 3}, {"n_practice_rounds": 4}),
    (CAUSAL_2021, "min_catch", {"n_catch_correct": 3}, {"n_catch_correct": 2}),
    (CAUSAL_2021, "min_instruction_s", {"instruction_s": 20}, {"instruction_s": 19.9}),
    (CAUSAL_2021, "min_total_s", {"total_s": 90}, {"total_s": 89.9}),
    (CAUSAL_2021, "max_total_s", {"total_s": 900}, {"total_s": 900.1}),
    (CAUSAL_2021, "min_each_side", {"n_top": 1}, {"n_top": 0}),
    (CAUSAL_2021, "max_practice_rounds", {"n_practice_rounds": 5}, {"n_practice_rounds": 6}),
    (REPLICATION_2021, "min_instruction_s", {"instruction_s": 15}, {"instruction_s": 14.9}),
    (REPLICATION_2021, "min_total_s", {"total_s": 90}, {"total_s": 89}),
    (REPLICATION_2021, "max_total_s", {"total_s": 600}, {"total_s": 601}),
    (REPLICATION_2021, "min_catch", {"n_catch_correct": 3}, {"n_catch_correct": 2}),
    (REPLICATION_2021, "min_each_side", {"n_bottom": 1}, {"n_bottom": 0}),
    (EXEMPLARY, "min_catch", {"n_catch": 4, "n_catch_correct": 3}, {"n_catch": 4, "n_catch_correct": 2}),
    (EXEMPLARY, "max_one_sided_share", {"n_top": 36, "n_bottom": 4}, {"n_top": 37, "n_bottom": 3}),
    (
        EXEMPLARY,
        "min_reaction_time_ms",
        {"reaction_times_ms": (100.0,) * 4 + (200.0,) * 36},
        {"reaction_times_ms": (100.0,) * 5 + (200.0,) * 35},
    ),
]


@pytest.mark.parametrize(("rules", "rule", "kept", "left_out"), BOUNDARIES, ids=lambda value: getattr(value, "name", str(value))[:24])
def test_thresholds_are_kept_and_what_is_beyond_is_not(
    rules: AttentionRules, rule: str, kept: dict[str, float], left_out: dict[str, float]
) -> None:
    """A session at the threshold stays; just beyond it breaks this rule and no other."""
    assert judge(replace(GOOD, **kept), rules) == ()
    (violation,) = judge(replace(GOOD, **left_out), rules)
    assert (violation.rule, violation.wanted) == (rule, getattr(rules, rule))
    assert violation.came != violation.wanted


def test_without_references_other_thresholds_hold() -> None:
    """In the causal study's none condition 15 s of instructions and 40 s in all are enough; with references they are not."""
    quick = replace(GOOD, instruction_s=15, total_s=40)
    assert broken(quick, CAUSAL_2021) == {"min_instruction_s", "min_total_s"}
    assert broken(replace(quick, is_without_references=True), CAUSAL_2021) == set()
    assert broken(replace(quick, is_without_references=True, total_s=39), CAUSAL_2021) == {"min_total_s"}
    assert broken(replace(quick, is_without_references=True), IMI) == {"min_total_s"}


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_what_was_not_recorded_breaks_no_rule(rules: AttentionRules) -> None:
    """A session of which nothing is known keeps every rule, and all are told as not judged."""
    unknown = SessionRecord("s", "p")
    assert judge(unknown, rules) == ()
    assert unjudged(unknown, rules) == rules.stated
    assert unjudged(GOOD, rules) == ()


def test_the_paper_excludes_nobody() -> None:
    """The preset `none` states no rule, so that even the worst session stays."""
    assert NONE.stated == ()
    assert judge(SessionRecord("s", "p", n_catch=5, n_top=50, total_s=1), NONE) == ()


def test_rules_are_found_by_name() -> None:
    """Each preset has its name, and another name lists them."""
    assert all(attention_rules(name).name == name for name in PRESETS)
    with pytest.raises(UnknownName, match="imi"):
        attention_rules("imy")


def test_sentences_say_threshold_and_source() -> None:
    """A rule is told with its threshold, its variant without references and where it comes from."""
    assert "at least 20 s for the instructions (15 without references)" in sentence(CAUSAL_2021, "min_instruction_s")
    assert "90 %" in sentence(EXEMPLARY, "max_one_sided_share") and "this tool" in sentence(EXEMPLARY, "max_one_sided_share")
    assert "in all but 10 % of main trials" in sentence(EXEMPLARY, "min_reaction_time_ms")


def test_records_come_from_answers_and_facts() -> None:
    """Catch and sides are counted over a session's answers (practice apart), reaction times over main trials; times come from its facts."""
    answers = [
        answer("a"),
        answer("a", choice="bottom", time_ms=900.0),
        answer("a", kind="catch", right=False),
        answer("a", kind="practice", choice="bottom", time_ms=5.0),
        answer("b"),
    ]
    first, second = session_records(answers, [SessionFacts("a", "of a", instruction_s=12, total_s=99, n_practice_rounds=2)])
    assert first == SessionRecord("a", "of a", 1, 0.0, 2, 1, (2000.0, 900.0), False, 12, 99, 2)
    assert (second.n_catch, second.instruction_s, second.total_s, second.n_practice_rounds) == (0, None, None, None)


def test_results_leave_out_sessions_and_count_them_by_rule() -> None:
    """Answers of a session that breaks a rule are in no number; each rule says how many sessions break it, or are not known."""
    good, hasty = [answer("good"), answer("good", kind="catch")], [answer("hasty", right=False), answer("hasty", kind="catch", right=False)]
    facts = [SessionFacts("good", "of good", instruction_s=60), SessionFacts("hasty", "of hasty", instruction_s=3)]
    rules = ExclusionRules(attention=replace(IMI, min_each_side=None))
    found = results([*good, *hasty], rules=rules, sessions=facts)
    assert (found.n_answers, found.n_main_answers, found.n_participants, found.accuracy["natural"].mean) == (4, 1, 1, 1.0)
    counts = {one.rule: one.n for one in found.exclusions if one.what == "sessions"}
    assert [n for rule, n in counts.items() if "instructions" in rule] == [1]
    assert [n for rule, n in counts.items() if "catch" in rule] == [1]
    assert [n for rule, n in counts.items() if "135 s" in rule and "not recorded of 2 sessions" in rule] == [0]
    assert list(counts.values())[-1] == 1
    assert Results.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_answers_are_never_changed_by_rules() -> None:
    """Without rules the same answers give everything again: nothing was deleted."""
    answers = [answer("hasty", right=False), answer("good")]
    results(answers, rules=ExclusionRules(attention=EXEMPLARY))
    assert results(answers).n_main_answers == 2
