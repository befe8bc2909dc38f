"""Trials that answers call for: practice until all are right, and the repeated trials of experiment I."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiment import Response, Trial
from core.psychophysics.follow_up import follow_up, in_order, n_rounds
from tests.core.psychophysics.builders import answered, answered_all, preset_plan, preset_spec, shown

EXPERIMENT_1 = preset_spec("borowski2021-exp1")
IMI = preset_spec("imi")


def later(trials: tuple[Trial, ...], responses: tuple[Response, ...], number: int = 1) -> tuple[Trial, ...]:
    return follow_up(EXPERIMENT_1, participant_number=number, trials=trials, responses=responses)


@given(st.integers(1, 20), st.lists(st.integers(1, 3), min_size=168, max_size=168))
@settings(max_examples=15, deadline=None)
def test_the_least_and_most_confident_main_trials_are_repeated(number: int, confidences: list[int]) -> None:
    """Of each condition the three least and the three most confident main trials come again, in a block of their own."""
    trials = preset_plan(EXPERIMENT_1, number).trials
    responses = tuple(replace(one, confidence=level) for one, level in zip(answered_all(trials), confidences, strict=True))
    repeated = later(trials, responses, number)
    assert len(repeated) == 18 and [trial.index for trial in repeated] == list(range(168, 186))
    for condition in ("none", "natural", "synthetic"):
        of_condition = [trial for trial in repeated if trial.condition == condition]
        levels = sorted(confidences[trial.repeats or 0] for trial in of_condition)
        every = sorted(confidences[trial.index] for trial in trials if trial.kind == "main" and trial.condition == condition)
        assert levels == sorted([*every[:3], *every[-3:]])
        assert len({trial.block for trial in of_condition}) == 1 and len({trial.repeats for trial in of_condition}) == 6


def test_a_repeated_trial_shows_the_same_images() -> None:
    """It shows what its first showing did, its queries perhaps turned; the sides are drawn anew."""
    trials = preset_plan(EXPERIMENT_1, 1).trials
    turned = set()
    for trial in later(trials, answered_all(trials)):
        first = trials[trial.repeats or 0]
        assert Counter(shown(trial)) == Counter(shown(first)) and trial.unit == first.unit and trial.kind == "repeated"
        assert (trial.query_top if trial.correct == "top" else trial.query_bottom) in (first.query_top, first.query_bottom)
        turned.add(trial.correct == first.correct)
    assert turned == {True, False}


def test_nothing_is_repeated_too_early_or_twice() -> None:
    """Repeated trials come once every planned trial is answered, and only once; asked again the same ones are given."""
    trials = preset_plan(EXPERIMENT_1, 1).trials
    responses = answered_all(trials)
    assert later(trials, responses[:-1]) == ()
    repeated = later(trials, responses)
    assert later(trials, responses) == repeated
    assert later((*trials, *repeated), responses) == ()


def test_practice_goes_on_until_all_are_right() -> None:
    """A round with a wrong answer is followed by another of the same units, before the main block; a right one by none."""
    trials = preset_plan(IMI, 1, bands=True).trials
    practice = trials[:5]
    wrong = (*answered_all(practice[:4]), answered(practice[4], right=False))
    again = follow_up(IMI, participant_number=1, trials=trials, responses=wrong)
    assert {trial.unit for trial in again} == {trial.unit for trial in practice} and {trial.block for trial in again} == {0}
    assert [trial.index for trial in again] == list(range(50, 55))
    together = in_order((*trials, *again))
    assert [trial.kind for trial in together[:10]] == ["practice"] * 10 and together[10].kind == "main"
    assert n_rounds(IMI, together[:10]) == 2
    right = (*wrong, *answered_all(again))
    assert follow_up(IMI, participant_number=1, trials=(*trials, *again), responses=right) == ()


def test_practice_waits_for_its_whole_round() -> None:
    """No further round begins before the last one is answered."""
    trials = preset_plan(IMI, 1, bands=True).trials
    assert follow_up(IMI, participant_number=1, trials=trials, responses=(answered(trials[0], right=False),)) == ()


def test_a_design_without_such_rules_has_no_further_trials() -> None:
    """Experiment II repeats nothing, whatever the answers."""
    spec = preset_spec("borowski2021-exp2")
    trials = preset_plan(spec, 1).trials
    responses = tuple(answered(trial, right=False) for trial in trials)
    assert follow_up(spec, participant_number=1, trials=trials, responses=responses) == ()
