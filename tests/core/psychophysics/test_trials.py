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
from core.psychophysics.trials import PlanContext, Presentation, catch_trial, main_sets, main_trial, practice_trial, set_number, turned
from tests.core.psychophysics.builders import material, quick_spec, shown

UNIT = Unit("mixed4b", 465)
MATERIAL = material(UNIT, number=0, n_ids=40)


def context(scheme: Scheme = "Min-Max-9") -> PlanContext:
    return PlanContext(quick_spec(CONDITIONS, scheme=scheme), 1, "image {}".format)


def presentation(kind: str, condition: Condition, side: Side, scheme: Scheme) -> Presentation:
    return Presentation(kind, condition, scheme, side, "mine")  # type: ignore[arg-type]


def all_kinds(condition: Condition, side: Side, scheme: Scheme = "Min-Max-9") -> list[Trial]:
    """Return a main, a practice and, where the condition has references, a catch trial."""
    plan, rng = context(scheme), np.random.default_rng(0)
    trials = [
        main_trial(plan, MATERIAL, presentation("main", condition, side, scheme)),
        practice_trial(plan, MATERIAL, presentation("practice", condition, side, scheme)),
    ]
    if condition == "none":
        return trials
    return [*trials, catch_trial(plan, MATERIAL, presentation("catch", condition, side, scheme), rng)]


def right_and_wrong(trial: Trial) -> tuple[str, str]:
    if trial.correct == "top":
        return trial.query_top, trial.query_bottom
    return trial.query_bottom, trial.query_top


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("side", ["top", "bottom"])
def test_correct_side_is_that_of_the_max_query(condition: Condition, side: Side) -> None:
    """The correct side shows an image of the max extreme, the other side one of the min extreme; natural ones but in synthetic catches."""
    for trial in all_kinds(condition, side):
        assert trial.correct == side and trial.unit_list == "mine"
        right, wrong = right_and_wrong(trial)
        if trial.kind == "catch" and condition == "synthetic":
            most, least = MATERIAL.images["synthetic", 9]
            assert right in most and wrong in least
        else:
            assert int(right.removeprefix("image ")) < 500 <= int(wrong.removeprefix("image "))


def test_synthetic_references_are_the_first_in_index_order() -> None:
    """Synthetic references are images 0 to 8 of the unit's render at each extreme, whatever the kind of trial."""
    most, least = MATERIAL.images["synthetic", 9]
    for trial in all_kinds("synthetic", "top"):
        assert (trial.max_references, trial.min_references) == (most[:9], least[:9])


def test_practice_shows_the_most_extreme_images() -> None:
    """A natural practice trial has ranks 1 to 9 as references and rank 0 as query at each extreme."""
    trial = practice_trial(context(), MATERIAL, presentation("practice", "natural", "top", "Min-Max-9"))
    assert trial.max_references == tuple(f"image {i}" for i in range(1, 10))
    assert trial.min_references == tuple(f"image {i}" for i in range(501, 510))
    assert right_and_wrong(trial) == ("image 0", "image 500")


def test_harder_practice_asks_for_the_least_extreme_of_them() -> None:
    """A harder practice trial has rank 9 as query and ranks 0 to 8 as references."""
    trial = practice_trial(context(), MATERIAL, presentation("practice", "natural", "top", "Min-Max-9"), is_hard=True)
    assert right_and_wrong(trial) == ("image 9", "image 509")
    assert sorted(trial.max_references) == sorted(f"image {i}" for i in range(9))


@pytest.mark.parametrize("scheme", ["Max-1", "Min-Max-1", "Max-9", "Min-Max-9"])
@pytest.mark.parametrize("condition", ["natural", "synthetic"])
def test_schemes_show_what_they_name(scheme: Scheme, condition: Condition) -> None:
    """Max schemes show no min references; the -1 schemes show one reference on a side; catch queries copy what is shown."""
    n_max = int(scheme[-1])
    n_min = n_max if scheme.startswith("Min") else 0
    for trial in all_kinds(condition, "top", scheme):
        assert (len(trial.max_references), len(trial.min_references)) == (n_max, n_min)
        if condition == "synthetic":
            assert all(("single" in image) == (n_max == 1) for image in trial.max_references)
        if trial.kind == "catch":
            assert trial.query_top in trial.max_references
            assert not n_min or trial.query_bottom in trial.min_references


def test_max_only_catch_hides_the_min_reference() -> None:
    """In max-only catch trials the wrong query is a min reference of the condition's kind that is not shown, as in the published ones;
    a unit without synthetic min images lends a natural one."""
    rng = np.random.default_rng(0)
    synthetic, natural = (presentation("catch", condition, "top", "Max-9") for condition in ("synthetic", "natural"))
    assert catch_trial(context("Max-9"), MATERIAL, synthetic, rng).query_bottom in MATERIAL.images["synthetic", 9][1][:9]
    assert catch_trial(context("Max-9"), MATERIAL, natural, rng).query_bottom.startswith("image 50")
    bare = replace(MATERIAL, images={("synthetic", 9): (MATERIAL.images["synthetic", 9][0], ())})
    assert catch_trial(context("Max-9"), bare, synthetic, rng).query_bottom.startswith("image 50")


def test_the_scheme_says_which_images_are_needed() -> None:
    """Min images are needed only where the scheme shows them; natural and none need no images of their own."""
    most, _ = MATERIAL.images["synthetic", 9]
    bare = replace(MATERIAL, images={("synthetic", 9): (most, ())})
    assert bare.has_images("synthetic", "Max-9", 9) and not bare.has_images("synthetic", "Min-Max-9", 9)
    assert not replace(MATERIAL, images={("synthetic", 9): (most[:8], ())}).has_images("synthetic", "Max-9", 9)
    assert bare.has_images("natural", "Min-Max-9", 9) and bare.has_images("none", "Min-Max-9", 9)


def test_bands_move_queries_only() -> None:
    """With queries from a band the references are the most extreme images still, and the queries are not among them."""
    spec = quick_spec(n_sets=3, difficulty="hard95")
    one = material(UNIT, number=1, bands=True)
    assert one.activations is not None
    order = list(np.argsort(-one.activations))
    for chosen in main_sets(spec, one, 9):
        assert {order.index(image) for image in chosen.max_references} <= set(range(27))
        assert 180 <= order.index(chosen.max_query) <= 220  # the 95th percentile of 4,000


def test_a_turned_trial_shows_the_same() -> None:
    """Turning a trial swaps its queries and the right side, and nothing else."""
    trial = all_kinds("natural", "top")[0]
    other = turned(trial, "bottom")
    assert (other.query_top, other.query_bottom, other.correct) == (trial.query_bottom, trial.query_top, "bottom")
    assert turned(other, "top") == trial and sorted(shown(other)) == sorted(shown(trial))


@given(st.integers(1, 40), st.permutations(CONDITIONS), st.integers(1, 2))
def test_two_sets_are_enough_for_two_conditions(number: int, order: list[Condition], n_conditions: int) -> None:
    """With two sets two conditions still never share one, none and synthetic included."""
    spec = quick_spec(tuple(order[:n_conditions]), n_sets=2)
    assert len({set_number(spec, name, number) for name in spec.conditions}) == n_conditions


@given(st.integers(1, 100), st.integers(3, 20))
def test_sets_rotate_with_the_participant(number: int, n_sets: int) -> None:
    """None takes set n, natural n + 1, synthetic n + 2, modulo the sets there are."""
    spec = quick_spec(CONDITIONS, n_sets=n_sets)
    found = [set_number(spec, name, number) for name in ("none", "natural", "synthetic")]
    assert found == [number % n_sets, (number + 1) % n_sets, (number + 2) % n_sets]
