"""Single trials show what their condition and scheme name, and mark the right query."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.design_spec import CONDITIONS, Condition, Scheme
from core.domain import Unit
from core.experiment import Side, Trial
from core.psychophysics.design import quick_design
from core.psychophysics.trials import PlanContext, UnitMaterial, catch_trial, has_synthetic, main_trial, practice_trial, set_number

ROTATION: tuple[Condition, ...] = ("none", "natural", "synthetic")
MATERIAL = UnitMaterial(
    unit=Unit("mixed4b", 465),
    max_ids=tuple(range(40)),
    min_ids=tuple(range(500, 540)),
    synthetic_max=tuple(f"synthetic max {i}" for i in range(10)),
    synthetic_min=tuple(f"synthetic min {i}" for i in range(10)),
)


def context(scheme: Scheme = "Min-Max-9") -> PlanContext:
    n_references = int(scheme[-1])
    spec = quick_design("demo/world", conditions=CONDITIONS, n_main=12, n_sets=4, n_references=n_references, render_digest="0" * 16, seed=3)
    return PlanContext(replace(spec, scheme=scheme), 1, "image {}".format)


def all_kinds(condition: Condition, side: Side, scheme: Scheme = "Min-Max-9") -> list[Trial]:
    """Return a main, a practice and, where the condition has references, a catch trial."""
    plan, rng = context(scheme), np.random.default_rng(0)
    trials = [main_trial(plan, condition, MATERIAL, side), practice_trial(plan, condition, MATERIAL, side)]
    return trials if condition == "none" else [*trials, catch_trial(plan, condition, MATERIAL, side, rng)]


def right_and_wrong(trial: Trial) -> tuple[str, str]:
    if trial.correct == "top":
        return trial.query_top, trial.query_bottom
    return trial.query_bottom, trial.query_top


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("side", ["top", "bottom"])
def test_correct_side_is_that_of_the_max_query(condition: Condition, side: Side) -> None:
    """The correct side shows an image of the max extreme, the other side one of the min extreme; natural ones but in synthetic catches."""
    for trial in all_kinds(condition, side):
        assert trial.correct == side
        right, wrong = right_and_wrong(trial)
        if trial.kind == "catch" and condition == "synthetic":
            assert right in MATERIAL.synthetic_max and wrong in MATERIAL.synthetic_min
        else:
            assert int(right.removeprefix("image ")) < 500 <= int(wrong.removeprefix("image "))


def test_synthetic_references_are_the_first_in_index_order() -> None:
    """Synthetic references are images 0 to 8 of the unit's render at each extreme, whatever the kind of trial."""
    for trial in all_kinds("synthetic", "top"):
        assert trial.max_references == MATERIAL.synthetic_max[:9]
        assert trial.min_references == MATERIAL.synthetic_min[:9]


def test_practice_shows_the_most_extreme_images() -> None:
    """A natural practice trial has ranks 1 to 9 as references and rank 0 as query at each extreme."""
    trial = practice_trial(context(), "natural", MATERIAL, "top")
    assert trial.max_references == tuple(f"image {i}" for i in range(1, 10))
    assert trial.min_references == tuple(f"image {i}" for i in range(501, 510))
    assert right_and_wrong(trial) == ("image 0", "image 500")


@pytest.mark.parametrize("scheme", ["Max-1", "Min-Max-1", "Max-9", "Min-Max-9"])
@pytest.mark.parametrize("condition", ["natural", "synthetic"])
def test_schemes_show_what_they_name(scheme: Scheme, condition: Condition) -> None:
    """Max schemes show no min references; the -1 schemes show one reference on a side; catch queries copy what is shown."""
    n_max = int(scheme[-1])
    n_min = n_max if scheme.startswith("Min") else 0
    for trial in all_kinds(condition, "top", scheme):
        assert (len(trial.max_references), len(trial.min_references)) == (n_max, n_min)
        if trial.kind == "catch":
            assert trial.query_top in trial.max_references
            assert not n_min or trial.query_bottom in trial.min_references


def test_max_only_catch_hides_the_min_reference() -> None:
    """In max-only catch trials the wrong query is a min reference of the condition's kind that is not shown, as in the published ones;
    a unit without synthetic min images lends a natural one."""
    rng = np.random.default_rng(0)
    assert catch_trial(context("Max-9"), "synthetic", MATERIAL, "top", rng).query_bottom in MATERIAL.synthetic_min[:9]
    assert catch_trial(context("Max-9"), "natural", MATERIAL, "top", rng).query_bottom.startswith("image 50")
    bare = replace(MATERIAL, synthetic_min=())
    assert catch_trial(context("Max-9"), "synthetic", bare, "top", rng).query_bottom.startswith("image 50")


def test_the_scheme_says_which_synthetic_images_are_needed() -> None:
    """Min images are needed only where the scheme shows them."""
    bare = replace(MATERIAL, synthetic_min=())
    assert has_synthetic(context("Max-9").spec, bare) and not has_synthetic(context("Min-Max-9").spec, bare)
    assert not has_synthetic(context("Max-9").spec, replace(MATERIAL, synthetic_max=MATERIAL.synthetic_max[:8]))


@given(st.integers(1, 40), st.permutations(CONDITIONS), st.integers(1, 2))
def test_two_sets_are_enough_for_two_conditions(number: int, order: list[Condition], n_conditions: int) -> None:
    """With two sets two conditions still never share one, none and synthetic included."""
    conditions = order[:n_conditions]
    sets = {set_number(name, participant_number=number, conditions=conditions, n_sets=2) for name in conditions}
    assert len(sets) == len(conditions)


@given(st.integers(1, 100), st.integers(3, 20))
def test_sets_rotate_with_the_participant(number: int, n_sets: int) -> None:
    """None takes set n, natural n + 1, synthetic n + 2, modulo the sets there are."""
    found = [set_number(name, participant_number=number, conditions=CONDITIONS, n_sets=n_sets) for name in ROTATION]
    assert found == [number % n_sets, (number + 1) % n_sets, (number + 2) % n_sets]
