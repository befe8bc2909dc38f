"""Plans of sessions: what holds of every one, and what is counted and balanced in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.design_spec import CONDITIONS, Condition, DesignSpec, RenderChoice, Section, UnitList
from core.domain import Unit
from core.errors import NotReady
from core.psychophysics.design import ordered_conditions, plan
from core.psychophysics.presets import MAX_MAIN_PER_BLOCK
from tests.core.psychophysics.builders import (
    MATERIALS,
    RESERVED,
    address,
    correct_query,
    main_of,
    material,
    queries,
    quick_spec,
    quick_trials,
    reserved_lists,
    shown,
)

SETS_OF_CONDITIONS: list[tuple[Condition, ...]] = [
    ("natural",),
    ("synthetic",),
    ("none",),
    ("natural", "synthetic"),
    ("synthetic", "none"),
    ("none", "natural"),
    CONDITIONS,
]

designs = st.builds(
    quick_spec,
    st.sampled_from(SETS_OF_CONDITIONS),
    n_main=st.integers(1, 30),
    n_sets=st.integers(3, 4),
    n_catch=st.integers(0, 5),
    n_practice=st.integers(0, 3),
    seed=st.integers(0, 99),
    scheme=st.sampled_from(["Min-Max-9", "Max-9"]),
)

numbers = st.integers(1, 40)


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_each_unit_comes_once_per_condition(spec: DesignSpec, number: int) -> None:
    """Every condition has its main trials of different units, the same units in every condition."""
    trials = quick_trials(spec, number)
    units = {condition: [trial.unit for trial in main_of(trials, condition)] for condition in spec.conditions}
    for condition, of_condition in units.items():
        assert len(of_condition) == len(set(of_condition)) == spec.n_main(condition)
    assert len({frozenset(of_condition) for of_condition in units.values()}) == 1


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_no_image_is_reference_and_query(spec: DesignSpec, number: int) -> None:
    """But for catch trials, no image comes twice in a trial; in catch trials exactly the queries are copies of references."""
    for trial in quick_trials(spec, number):
        copies = queries(trial) & {*trial.max_references, *trial.min_references}
        if trial.kind == "catch":
            assert correct_query(trial) in trial.max_references
            assert len(copies) == (2 if trial.min_references else 1)
        else:
            assert len(set(shown(trial))) == len(shown(trial))


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_no_natural_image_comes_in_two_main_trials_of_a_unit(spec: DesignSpec, number: int) -> None:
    """The main trials of one unit share no natural image, whatever the conditions."""
    natural = Counter(image for trial in main_of(quick_trials(spec, number)) for image in shown(trial) if image.startswith("image"))
    assert set(natural.values()) == {1}


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_sides_are_balanced(spec: DesignSpec, number: int) -> None:
    """Within every condition the correct query is on top in half of the main trials, and of all trials, up to one."""
    trials = quick_trials(spec, number)
    for condition in spec.conditions:
        for group in (main_of(trials, condition), [trial for trial in trials if trial.condition == condition]):
            tops = sum(trial.correct == "top" for trial in group)
            assert abs(2 * tops - len(group)) <= 1


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_blocks_are_runs_of_one_condition(spec: DesignSpec, number: int) -> None:
    """Indices count up from 0 and blocks too; a block has one condition, no more than 15 main trials, and never a catch trial first."""
    trials = quick_trials(spec, number)
    assert [trial.index for trial in trials] == list(range(len(trials)))
    blocks = [list(group) for _, group in groupby(trials, key=lambda trial: trial.block)]
    assert [block[0].block for block in blocks] == list(range(len(blocks)))
    for block in blocks:
        assert len({trial.condition for trial in block}) == 1
        assert sum(trial.kind == "main" for trial in block) <= MAX_MAIN_PER_BLOCK
        assert block[0].kind != "catch"
        assert {trial.kind for trial in block} in ({"practice"}, {"main"}, {"main", "catch"})


@given(designs, numbers)
@settings(max_examples=30, deadline=None)
def test_plan_is_a_function_of_its_arguments(spec: DesignSpec, number: int) -> None:
    """Planning again, with the material in another order and addresses as a mapping, gives the same trials."""
    addresses = {image: address(image) for unit in MATERIALS for image in (*unit.max_ids, *unit.min_ids)}
    again = plan(spec, participant_number=number, materials=MATERIALS[::-1], address_of=addresses)
    assert again.trials == quick_trials(spec, number)


def test_participants_and_seeds_get_other_plans() -> None:
    """Another participant number or seed gives another order, other sets and other sides."""
    plans = [quick_trials(quick_spec(seed=seed), number) for seed in (1, 2) for number in (1, 2)]
    assert len(set(plans)) == 4


def test_kinds_are_counted_as_the_design_says() -> None:
    """Every condition has its practice and main trials and catch trials a block; the none condition has no catch trials or references."""
    trials = quick_trials(quick_spec(CONDITIONS, n_main=24, n_practice=3, n_catch=2))
    counts = Counter((trial.condition, trial.kind) for trial in trials)
    assert counts == {
        ("natural", "practice"): 3,
        ("natural", "main"): 24,
        ("natural", "catch"): 4,
        ("synthetic", "practice"): 3,
        ("synthetic", "main"): 24,
        ("synthetic", "catch"): 4,
        ("none", "practice"): 3,
        ("none", "main"): 24,
    }
    assert all(not trial.max_references and not trial.min_references for trial in trials if trial.condition == "none")


@pytest.mark.parametrize(
    ("number", "first", "second"), [(1, "natural", "synthetic"), (2, "synthetic", "natural"), (7, "natural", "synthetic")]
)
def test_order_of_conditions_is_counterbalanced(number: int, first: Condition, second: Condition) -> None:
    """Numbers take turns in which condition comes first; none comes before both; both are practised, then long ones alternate in blocks."""
    trials = quick_trials(quick_spec(CONDITIONS, n_main=24), number)
    order = [(block[0].condition, block[0].kind) for block in (list(group) for _, group in groupby(trials, key=lambda trial: trial.block))]
    kinds = [("main" if kind == "catch" else kind) for _, kind in order]
    assert [(condition, kind) for (condition, _), kind in zip(order, kinds, strict=True)] == [
        ("none", "practice"),
        ("none", "main"),
        ("none", "main"),
        (first, "practice"),
        (second, "practice"),
        (first, "main"),
        (second, "main"),
        (first, "main"),
        (second, "main"),
    ]


@pytest.mark.parametrize(
    ("rule", "firsts"),
    [
        ("as listed", "aaaaaaaaa"),
        ("odd numbers first", "ababababa"),
        ("fours", "aaaabbbba"),
        ("one each", "ababababa"),
    ],
)
def test_who_begins_follows_the_rule(rule: str, firsts: str) -> None:
    """Each rule of counterbalancing says for every participant number which condition comes first, and "one each" that no other follows."""
    section = Section(("a", "b"), "Max-9", (1,))
    spec = replace(quick_spec(), first_condition=rule, sections=(section,))
    orders = [ordered_conditions(spec, section, number) for number in range(1, 10)]
    assert "".join(order[0] for order in orders) == firsts
    assert {len(order) for order in orders} == ({1} if rule == "one each" else {2})


def test_imported_methods_are_conditions_like_others() -> None:
    """A condition that is neither natural nor synthetic shows its own images, on a stimulus set of its own, counterbalanced by rotation."""
    name = "gradcam-crops"
    own = [
        replace(
            one, images={**one.images, (name, 9): (tuple(f"{name} max {i}" for i in range(9)), tuple(f"{name} min {i}" for i in range(9)))}
        )
        for one in MATERIALS
    ]
    spec = quick_spec(("natural", "synthetic", name), n_main=6)
    spec = replace(spec, renders=(*spec.renders, RenderChoice(name, 9, "7" * 16)))
    trials = quick_trials(spec, 1, own)
    assert len({trial.set_number for trial in main_of(trials)}) == 3
    for trial in main_of(trials, name):
        assert all(image.startswith(f"{name} max") for image in trial.max_references)
        assert all(query.startswith("image") for query in queries(trial))
    firsts = {main_of(quick_trials(spec, number, own))[0].condition for number in (1, 2, 3)}
    assert firsts == {"natural", "synthetic", name}


def test_catch_may_come_first_where_the_design_allows() -> None:
    """Without the rule some blocks begin with a catch trial, as some of the published ones do."""
    spec = quick_spec(catch_never_first=False, n_practice=0, n_catch=6)
    free = [quick_trials(spec, number)[0].kind for number in range(1, 30)]
    assert {"catch", "main"} == set(free)


def test_unbalanced_sides_are_drawn_one_by_one() -> None:
    """Without balancing the number of correct queries on top varies between sessions."""
    spec = quick_spec(balanced_positions=False)
    tops = {sum(trial.correct == "top" for trial in main_of(quick_trials(spec, number))) for number in range(1, 20)}
    assert len(tops) > 3


@pytest.mark.parametrize("n_sets", [3, 4, 20])
def test_sets_rotate_with_the_participant(n_sets: int) -> None:
    """Main trials use set n (none), n + 1 (natural), n + 2 (synthetic) modulo the sets there are; practice and catch use set 0."""
    for number in (1, 2, 5, 23):
        trials = quick_trials(quick_spec(CONDITIONS, n_main=3, n_sets=n_sets), number)
        found = {trial.condition: trial.set_number for trial in main_of(trials)}
        assert found == {"none": number % n_sets, "natural": (number + 1) % n_sets, "synthetic": (number + 2) % n_sets}
        assert {trial.set_number for trial in trials if trial.kind != "main"} == {0}


@pytest.mark.parametrize("condition", ["natural", "synthetic"])
def test_catch_trials_use_reserved_units(condition: Condition) -> None:
    """Practice and catch trials use reserved units only, main trials never; catch queries are of the shown kind."""
    trials = quick_trials(quick_spec())
    assert all((trial.unit in RESERVED) == (trial.kind != "main") for trial in trials)
    catches = [trial for trial in trials if trial.kind == "catch" and trial.condition == condition]
    assert len(catches) == 2
    assert all(("synthetic" in query) == (condition == "synthetic") for trial in catches for query in queries(trial))


def test_units_are_even_over_layers() -> None:
    """The drawn units come from all layers alike, also when one layer has most units."""
    big = [material(Unit("big", place), number=place) for place in range(50)]
    small = [material(Unit("small", place), number=200 + place) for place in range(6)]
    trials = quick_trials(quick_spec(units=(), n_practice=0, n_catch=0), materials=[*big, *small])
    assert Counter(trial.unit.layer for trial in main_of(trials, "natural")) == {"big": 6, "small": 6}


def test_max_only_schemes_need_no_min_images() -> None:
    """Where the scheme shows no min references, synthetic min images are not asked for."""
    whole = [replace(one, images={("synthetic", 9): (one.images["synthetic", 9][0], ())}) for one in MATERIALS]
    assert quick_trials(quick_spec(scheme="Max-9"), materials=whole)
    with pytest.raises(NotReady):
        quick_trials(quick_spec(scheme="Min-Max-9"), materials=whole)


def test_named_units_are_the_only_ones() -> None:
    """A spec that names its units uses these alone, and is refused where one has no material."""
    names = tuple(str(one.unit) for one in MATERIALS[:12])
    lists = (UnitList("mine", "main", names), *reserved_lists(RESERVED[:1]))
    trials = quick_trials(quick_spec(units=lists))
    assert {str(trial.unit) for trial in main_of(trials)} == set(names) and {t.unit_list for t in main_of(trials)} == {"mine"}
    assert {trial.unit for trial in trials if trial.kind != "main"} == {RESERVED[0]}
    with pytest.raises(NotReady, match="nowhere:1"):
        quick_trials(quick_spec(units=(UnitList("mine", "main", (*names, "nowhere:1")),)))


def test_the_quick_design_has_24_trials() -> None:
    """By default ten main, a practice and a catch trial of both kinds of references, with feedback on every trial."""
    spec = quick_spec(n_main=10, n_practice=1, n_catch=1)
    assert len(quick_trials(spec)) == 24 and (spec.name, spec.feedback) == ("quick", "trial")
