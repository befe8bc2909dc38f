"""Results of known answers: what counts, what is left out, and that JSON keeps all of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.design_spec import Condition
from core.domain import Unit
from core.experiment import Answer, TrialKind
from core.inference import PUBLISHED, ExclusionRules, Results, results
from core.inference.proportions import wilson


def answer(
    respondent: str = "p1",
    *,
    condition: Condition = "natural",
    score: float = 1.0,
    kind: TrialKind = "main",
    time_ms: float | None = 1000.0,
    level: int | None = 2,
) -> Answer:
    return Answer(
        respondent=respondent,
        kind=kind,
        condition=condition,
        scheme="Min-Max-9",
        unit=Unit("mixed4b", 465),
        block=0,
        proportion_correct=score,
        confidence=level,
        reaction_time_ms=time_ms,
    )


def many(respondent: str, condition: Condition, *, correct: int, wrong: int) -> list[Answer]:
    return [answer(respondent, condition=condition, score=score) for score in [1.0] * correct + [0.0] * wrong]


# --- proportions --------------------------------------------------------------------------------------------------------------


def test_accuracy_pools_trials_and_spreads_over_participants() -> None:
    """The mean pools trials, two_sem is 2 population sd of participant means over root n, as a slow count by hand says."""
    answers = many("p1", "natural", correct=3, wrong=1) + many("p2", "natural", correct=1, wrong=1)
    found = results(answers).accuracy["natural"]
    assert found.mean == 4 / 6
    assert found.two_sem == pytest.approx(2 * np.std([0.75, 0.5]) / math.sqrt(2))
    assert (found.n_trials, found.n_participants, found.n_correct) == (6, 2, 4)


def test_one_participant_has_no_two_sem() -> None:
    """With one participant there is no spread over participants, and the Wilson interval is still there."""
    found = results(many("p1", "natural", correct=9, wrong=1)).accuracy["natural"]
    assert found.two_sem is None
    assert found.wilson == wilson(9, 10)


def test_only_main_trials_count() -> None:
    """Practice, catch and repeated trials change no accuracy, reaction time, confidence or contrast."""
    main = many("p1", "natural", correct=3, wrong=1) + many("p1", "synthetic", correct=2, wrong=2)
    kinds: list[TrialKind] = ["practice", "catch", "repeated"]
    others = [answer(kind=kind, score=0.0, time_ms=9e6, level=1) for kind in kinds]
    alone, mixed = results(main), results([*others, *main])
    assert (alone.accuracy, alone.reaction_time, alone.confidence) == (mixed.accuracy, mixed.reaction_time, mixed.confidence)
    assert alone.contrasts == mixed.contrasts
    assert (mixed.catch_accuracy.correct, mixed.catch_accuracy.n) == (0, 1)


def test_ties_of_an_observer_count_one_half() -> None:
    """A tie adds half a correct answer, and is neither a correct nor an incorrect trial; an observer has no times and no confidence."""
    answers = [answer(score=score, time_ms=None, level=None) for score in (1.0, 0.5, 0.5, 0.0)]
    found = results(answers)
    assert found.accuracy["natural"].n_correct == 2
    assert results([*answers, answer(score=0.5)]).accuracy["natural"].n_correct == 2.5
    assert found.reaction_time["all"] == found.confidence["all"] == {}
    tie = results([answer(score=0.5)])
    assert tie.reaction_time["correct"] == tie.reaction_time["incorrect"] == {} and tie.reaction_time["all"]


def test_conditions_without_answers_are_absent() -> None:
    """A condition nobody answered is in no section of the results."""
    content = results(many("p1", "synthetic", correct=2, wrong=0)).as_dict()
    assert list(content["accuracy"]) == list(content["reaction_time_all_s"]) == list(content["confidence_all"]) == ["synthetic"]
    assert content["reaction_time_incorrect_s"] == content["confidence_incorrect"] == content["contrast"] == {}
    assert results([]).as_dict()["accuracy"] == {}


# --- reaction times, confidence, exclusions -----------------------------------------------------------------------------------


def test_imported_methods_are_conditions_like_others() -> None:
    """They come after those that are always there, in every number, and are compared with natural and with synthetic references."""
    given = [answer(condition=condition, score=float(condition != "zebra")) for condition in ("zebra", "none", "grad", "natural")]
    found = results(given)
    assert list(found.accuracy) == list(found.reaction_time["all"]) == ["natural", "none", "grad", "zebra"]
    pairs = {(one.a, one.b): one.estimate for one in found.contrasts}
    assert pairs == {("natural", "none"): 0.0, ("natural", "grad"): 0.0, ("natural", "zebra"): 1.0}
    assert "natural_minus_zebra" in found.as_dict()["contrast"]


def test_several_schemes_need_not_have_both_of_the_papers_conditions() -> None:
    """Natural images beside an imported method in two schemes are tested against each other; of natural and synthetic nothing is said."""
    given_answers = [
        replace(one, scheme=scheme)
        for scheme in ("Max-9", "Min-Max-9")
        for who in ("p1", "p2")
        for one in (*many(who, "natural", correct=3, wrong=1), *many(who, "blur", correct=2, wrong=2))
    ]
    found = results(given_answers).wilcoxon["accuracy"]
    assert list(found) == ["natural_vs_blur"] and found["natural_vs_blur"].n == 2


def test_reaction_times_are_seconds_of_the_asked_trials() -> None:
    """Mean and median are over trials, in seconds, for all, correct or incorrect ones."""
    answers = [answer(score=score, time_ms=time) for score, time in [(1.0, 1000.0), (1.0, 2000.0), (0.0, 6000.0)]]
    times = results(answers).reaction_time
    found = [times["all"]["natural"], times["correct"]["natural"], times["incorrect"]["natural"]]
    assert [(of.mean, of.median, of.n_trials) for of in found] == [(3.0, 2.0, 3), (1.5, 1.5, 2), (6.0, 6.0, 1)]


def test_negative_times_leave_only_where_the_rule_says() -> None:
    """The rule leaves negative times out and counts them per condition; without it they stay."""
    answers = [answer(time_ms=-70.0), answer(time_ms=1000.0)]
    found = results(answers)
    assert (found.reaction_time["all"]["natural"].mean, found.reaction_time["all"]["natural"].n_excluded) == (1.0, 1)
    assert [(exclusion.what, exclusion.n) for exclusion in found.exclusions] == [("reaction times", 1)]
    published = results(answers, rules=PUBLISHED)
    kept = published.reaction_time["all"]["natural"]
    assert (kept.mean, kept.n_excluded, published.exclusions) == (pytest.approx(0.465), 0, ())
    assert published.accuracy == found.accuracy
    assert results([answer(time_ms=-1.0)]).reaction_time["all"] == {}


def test_confidence_gives_the_share_of_each_level() -> None:
    """Shares of the three levels sum to one and a level nobody chose has share zero."""
    found = results([answer(level=level) for level in (1, 3, 3, 3)])
    assert found.confidence["all"]["natural"].shares == (0.25, 0.0, 0.75)
    written = found.as_dict()["confidence_all"]["natural"]
    assert (written["1"], written["2"], written["3"], written["n_trials"]) == (0.25, 0.0, 0.75, 4)


def test_participants_below_the_catch_rule_are_left_out_and_counted() -> None:
    """With a catch rule, who falls below it is left out of everything; a participant without catch trials stays."""
    good = [answer("good"), answer("good", kind="catch")]
    bad = [answer("bad", score=0.0), answer("bad", kind="catch", score=0.0)]
    found = results([*good, *bad, answer("none")], rules=ExclusionRules(min_catch=0.8))
    assert found.accuracy["natural"].mean == 1.0
    assert (found.n_participants, found.n_answers, found.n_main_answers) == (2, 5, 2)
    assert [(exclusion.what, exclusion.n) for exclusion in found.exclusions] == [("reaction times", 0), ("participants", 1)]


def test_catch_accuracy_counts_over_conditions() -> None:
    """Catch trials of all conditions are counted together."""
    answers = [answer(kind="catch"), answer(kind="catch", condition="synthetic", score=0.0), answer(score=0.0)]
    found = results(answers).catch_accuracy
    assert (found.correct, found.n) == (1, 2)


# --- contrasts ----------------------------------------------------------------------------------------------------------------


conditions = st.sampled_from(["natural", "synthetic", "none"])
any_answer = st.builds(
    answer,
    st.sampled_from(["p1", "p2", "p3"]),
    condition=conditions,
    score=st.sampled_from([0.0, 0.5, 1.0]),
    kind=st.sampled_from(["main", "main", "catch", "practice"]),
    time_ms=st.none() | st.floats(-100, 1e5),
    level=st.none() | st.integers(1, 3),
)


@given(st.lists(any_answer, max_size=40), st.sampled_from([PUBLISHED, ExclusionRules(), ExclusionRules(min_catch=0.5)]))
@settings(max_examples=60, deadline=None)
def test_results_survive_json(answers: list[Answer], rules: ExclusionRules) -> None:
    """Results written as JSON and read again are equal, whatever the answers."""
    found = results(answers, rules=rules)
    assert Results.from_dict(json.loads(json.dumps(found.as_dict(), allow_nan=False))) == found


@given(st.lists(any_answer, max_size=40))
@settings(max_examples=40, deadline=None)
def test_intervals_hold_their_estimates(answers: list[Answer]) -> None:
    """Every Wilson interval lies in [0, 1] around its mean, and every contrast's interval in [-1, 1] around its estimate."""
    found = results(answers)
    for value in found.accuracy.values():
        assert 0 <= value.wilson[0] <= value.mean <= value.wilson[1] <= 1
    for difference in found.contrasts:
        assert -1 <= difference.interval[0] <= difference.estimate <= difference.interval[1] <= 1
