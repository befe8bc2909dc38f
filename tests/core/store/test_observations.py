"""Observers' answers are published files of their own: one an observer and study."""

from __future__ import annotations

from dataclasses import replace

from core.store.observations import observer_answers, observer_names, observers_version, put_observations
from core.store.workspace import Workspace
from tests.studies import MAIN_UNITS, OBSERVER, Workplace, observations, observer_spec


def test_no_observer_has_answered_yet(empty_workspace: Workspace) -> None:
    """An empty workspace has no answers and no names."""
    assert observer_answers(empty_workspace, "tiny/shapes") == ()
    assert observer_names(empty_workspace, "tiny/shapes") == {}
    assert observers_version(empty_workspace) == 0


def test_answers_come_back(built_study: Workplace) -> None:
    """Every observation is one main answer by the observer, half right for a tie, and bias is told."""
    found = observer_answers(built_study.workspace, built_study.study.key)
    expected = observations(MAIN_UNITS)
    assert [(one.unit, one.condition, one.block, one.proportion_correct) for one in found] == [
        (one.unit, one.condition, one.set_number, one.proportion_correct) for one in expected
    ]
    assert {(one.respondent, one.kind, one.scheme) for one in found} == {(OBSERVER, "main", "Min-Max-9")}
    assert observer_names(built_study.workspace, built_study.study.key) == {OBSERVER: True}


def test_observing_again_replaces(study_workspace: Workplace) -> None:
    """The same observer of the same study answers once; other observers and studies stay."""
    workspace, study = study_workspace
    spec = observer_spec(study)
    put_observations(workspace, replace(spec, name="unbiased", is_biased=False), observations(MAIN_UNITS[:2]))
    put_observations(workspace, replace(spec, study="other/study"), observations(MAIN_UNITS[:3]))
    before = observers_version(workspace)
    put_observations(workspace, spec, observations(MAIN_UNITS[:1]))
    answers = observer_answers(workspace, study.key)
    assert sorted(one.respondent for one in answers) == [OBSERVER] * 4 + ["unbiased"] * 8
    assert observer_names(workspace, study.key) == {OBSERVER: True, "unbiased": False}
    assert len(observer_answers(workspace, "other/study")) == 12
    assert observers_version(workspace) > before
