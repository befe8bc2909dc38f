"""Designs plan sessions that no image, unit, side or order can give away."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.design_spec import Condition, DesignSpec
from core.domain import Unit
from core.errors import NotReady, UsageError
from core.experiment import Trial
from core.psychophysics.design import MAX_MAIN_PER_BLOCK, UnitMaterial, plan, quick_design

ALL: tuple[Condition, ...] = ("natural", "synthetic", "none")
SETS_OF_CONDITIONS: list[tuple[Condition, ...]] = [
    ("natural",),
    ("synthetic",),
    ("none",),
    ("natural", "synthetic"),
    ("synthetic", "none"),
    ("none", "natural"),
    ALL,
]


def material(number: int, *, layer: str = "mixed4b", n_ids: int = 40, n_synthetic: int = 10) -> UnitMaterial:
    """Return a unit whose ids and synthetic addresses no other unit has."""
    base = number * 1000
    return UnitMaterial(
        unit=Unit(layer, number),
        max_ids=tuple(range(base, base + n_ids)),
        min_ids=tuple(range(base + 500, base + 500 + n_ids)),
        synthetic_max=tuple(f"synthetic {number} max {i}" for i in range(n_synthetic)),
        synthetic_min=tuple(f"synthetic {number} min {i}" for i in range(n_synthetic)),
    )


MAIN = [material(number, layer=f"mixed4{'abc'[number % 3]}") for number in range(30)]
RESERVED = [material(number) for number in range(100, 104)]


def address(image_id: int) -> str:
    return f"image {image_id}"


def spec_of(
    conditions: tuple[Condition, ...] = ("natural", "synthetic"), *, n_main: int = 12, n_sets: int = 4, **changes: object
) -> DesignSpec:
    spec = quick_design(
        "demo/world", conditions=conditions, n_main=n_main, n_sets=n_sets, n_references=9, render_digest="0" * 16, seed=3, n_catch=2
    )
    return replace(spec, **changes)  # type: ignore[arg-type]


def trials_of(spec: DesignSpec, participant_number: int = 1) -> tuple[Trial, ...]:
    return plan(spec, participant_number=participant_number, main=MAIN, reserved=RESERVED, address_of=address)


def queries(trial: Trial) -> set[str]:
    return {trial.query_top, trial.query_bottom}


def shown(trial: Trial) -> list[str]:
    return [trial.query_top, trial.query_bottom, *trial.max_references, *trial.min_references]


def correct_query(trial: Trial) -> str:
    return trial.query_top if trial.correct == "top" else trial.query_bottom


def main_of(trials: tuple[Trial, ...], condition: Condition | None = None) -> list[Trial]:
    return [trial for trial in trials if trial.kind == "main" and condition in (None, trial.condition)]


designs = st.builds(
    spec_of,
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
    """Every condition has n_main main trials of different units, the same units in every condition."""
    trials = trials_of(spec, number)
    units = {condition: [trial.unit for trial in main_of(trials, condition)] for condition in spec.conditions}
    for of_condition in units.values():
        assert len(of_condition) == len(set(of_condition)) == spec.n_main
    assert len({frozenset(of_condition) for of_condition in units.values()}) == 1


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_no_image_is_reference_and_query(spec: DesignSpec, number: int) -> None:
    """But for catch trials, no image comes twice in a trial; in catch trials exactly the queries are copies of references."""
    for trial in trials_of(spec, number):
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
    natural = Counter(image for trial in main_of(trials_of(spec, number)) for image in shown(trial) if image.startswith("image"))
    assert set(natural.values()) == {1}


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_sides_are_balanced(spec: DesignSpec, number: int) -> None:
    """Within every condition the correct query is on top in half of the main trials, and of all trials, up to one."""
    trials = trials_of(spec, number)
    for condition in spec.conditions:
        for group in (main_of(trials, condition), [trial for trial in trials if trial.condition == condition]):
            tops = sum(trial.correct == "top" for trial in group)
            assert abs(2 * tops - len(group)) <= 1


@given(designs, numbers)
@settings(max_examples=40, deadline=None)
def test_blocks_are_runs_of_one_condition(spec: DesignSpec, number: int) -> None:
    """Indices count up from 0 and blocks too; a block has one condition, no more than 15 main trials, and never a catch trial first."""
    trials = trials_of(spec, number)
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
    ids = {image for unit in [*MAIN, *RESERVED] for image in (*unit.max_ids, *unit.min_ids)}
    addresses = {image: address(image) for image in ids}
    again = plan(spec, participant_number=number, main=MAIN[::-1], reserved=RESERVED[::-1], address_of=addresses)
    assert again == trials_of(spec, number)


def test_participants_and_seeds_get_other_plans() -> None:
    """Another participant number or seed gives another order, other sets and other sides."""
    plans = [trials_of(spec_of(seed=seed), number) for seed in (1, 2) for number in (1, 2)]
    assert len(set(plans)) == 4


def test_kinds_are_counted_as_the_design_says() -> None:
    """Every condition has its practice, main and catch trials; the none condition has no catch trials and no references."""
    trials = trials_of(spec_of(ALL, n_main=24, n_practice=3, n_catch=2))
    counts = Counter((trial.condition, trial.kind) for trial in trials)
    assert counts == {
        ("natural", "practice"): 3,
        ("natural", "main"): 24,
        ("natural", "catch"): 2,
        ("synthetic", "practice"): 3,
        ("synthetic", "main"): 24,
        ("synthetic", "catch"): 2,
        ("none", "practice"): 3,
        ("none", "main"): 24,
    }
    assert all(not trial.max_references and not trial.min_references for trial in trials if trial.condition == "none")


@pytest.mark.parametrize(
    ("number", "first", "second"), [(1, "synthetic", "natural"), (2, "natural", "synthetic"), (7, "synthetic", "natural")]
)
def test_order_of_conditions_is_counterbalanced(number: int, first: Condition, second: Condition) -> None:
    """Odd participant numbers meet synthetic first, even ones natural; none comes before both; long conditions alternate in blocks."""
    trials = trials_of(spec_of(ALL, n_main=24), number)
    order = [(block[0].condition, block[0].kind) for block in (list(group) for _, group in groupby(trials, key=lambda trial: trial.block))]
    assert order == [
        ("none", "practice"),
        ("none", "main"),
        ("none", "main"),
        (first, "practice"),
        (first, "main"),
        (second, "practice"),
        (second, "main"),
        (first, "main"),
        (second, "main"),
    ]


def test_catch_may_come_first_where_the_design_allows() -> None:
    """Without the rule some blocks begin with a catch trial, as some of the published ones do."""
    free = [trials_of(spec_of(catch_never_first=False, n_practice=0, n_catch=6), number)[0].kind for number in range(1, 30)]
    assert {"catch", "main"} == set(free)


def test_unbalanced_sides_are_drawn_one_by_one() -> None:
    """Without balancing the number of correct queries on top varies between sessions."""
    tops = {
        sum(trial.correct == "top" for trial in main_of(trials_of(spec_of(balanced_positions=False), number))) for number in range(1, 20)
    }
    assert len(tops) > 3


@pytest.mark.parametrize("n_sets", [3, 4, 20])
def test_sets_rotate_with_the_participant(n_sets: int) -> None:
    """Main trials use set n (none), n + 1 (natural), n + 2 (synthetic) modulo the sets there are; practice and catch use set 0."""
    mains = [material(number, n_ids=200) for number in range(3)]
    for number in (1, 2, 5, 23):
        spec = spec_of(ALL, n_main=3, n_sets=n_sets)
        trials = plan(spec, participant_number=number, main=mains, reserved=RESERVED, address_of=address)
        found = {trial.condition: trial.set_number for trial in main_of(trials)}
        assert found == {"none": number % n_sets, "natural": (number + 1) % n_sets, "synthetic": (number + 2) % n_sets}
        assert {trial.set_number for trial in trials if trial.kind != "main"} == {0}


def test_fewer_sets_than_conditions_are_refused() -> None:
    """Three conditions on two sets would show an image twice, and are refused in one sentence."""
    with pytest.raises(UsageError, match="3 conditions in one session need as many stimulus sets"):
        trials_of(spec_of(ALL, n_sets=2))
    assert len(main_of(trials_of(spec_of(("natural",), n_sets=1)))) == 12


@pytest.mark.parametrize("condition", ["natural", "synthetic"])
def test_catch_trials_use_reserved_units(condition: Condition) -> None:
    """Practice and catch trials use reserved units only, main trials never; catch queries are of the shown kind."""
    trials = trials_of(spec_of())
    reserved = {unit.unit for unit in RESERVED}
    assert all((trial.unit in reserved) == (trial.kind != "main") for trial in trials)
    catches = [trial for trial in trials if trial.kind == "catch" and trial.condition == condition]
    assert all(query.startswith("synthetic") == (condition == "synthetic") for trial in catches for query in queries(trial))


def test_practice_and_catch_units_differ_while_they_last() -> None:
    """With four reserved units, two practice and two catch trials of a condition are of four units."""
    trials = [trial for trial in trials_of(spec_of()) if trial.kind != "main" and trial.condition == "natural"]
    assert len({trial.unit for trial in trials}) == 4


def test_units_are_even_over_layers() -> None:
    """The drawn units come from all layers alike, also when one layer has most units."""
    mains = [material(number, layer="big") for number in range(50)] + [material(number, layer="small") for number in range(200, 206)]
    trials = plan(spec_of(), participant_number=1, main=mains, reserved=RESERVED, address_of=address)
    assert Counter(trial.unit.layer for trial in main_of(trials, "natural")) == {"big": 6, "small": 6}


def test_too_few_units_with_synthetic_images_name_the_command() -> None:
    """With too few synthesised units the sentence says how many there are and which command makes more; natural-only goes ahead."""
    mains = [replace(unit, synthetic_min=()) if place % 2 else unit for place, unit in enumerate(MAIN[:16])]
    with pytest.raises(NotReady, match=r"12 different units .* only 8 .*`exemplary synthesize`"):
        plan(spec_of(), participant_number=1, main=mains, reserved=RESERVED, address_of=address)
    assert plan(spec_of(("natural",)), participant_number=1, main=mains, reserved=RESERVED, address_of=address)
    assert plan(spec_of(scheme="Max-9"), participant_number=1, main=mains, reserved=RESERVED, address_of=address)


def test_too_few_units_are_refused() -> None:
    """A natural-only design with more trials than units says how many there are."""
    with pytest.raises(UsageError, match=r"31 different units .* only 30"):
        trials_of(spec_of(("natural",), n_main=31))


def test_reserved_units_are_needed_for_practice_and_catch() -> None:
    """Without reserved units practice and catch trials are refused; without these trials none are needed."""
    with pytest.raises(NotReady, match="reserved unit"):
        plan(spec_of(), participant_number=1, main=MAIN, reserved=[], address_of=address)
    spec = spec_of(n_practice=0, n_catch=0)
    assert len(plan(spec, participant_number=1, main=MAIN, reserved=[], address_of=address)) == 24


def test_reserved_units_without_synthetic_images_name_the_command() -> None:
    """Synthetic catch trials need a reserved unit with synthetic images, and the sentence names the command."""
    bare = [replace(unit, synthetic_max=()) for unit in RESERVED]
    with pytest.raises(NotReady, match="exemplary synthesize"):
        plan(spec_of(), participant_number=1, main=MAIN, reserved=bare, address_of=address)


def test_named_units_are_the_only_ones() -> None:
    """A spec that names its units uses these alone, and is refused where one has no material."""
    names = tuple(str(unit.unit) for unit in MAIN[:12])
    trials = trials_of(spec_of(units=names, reserved_units=(str(RESERVED[0].unit),)))
    assert {str(trial.unit) for trial in main_of(trials)} == set(names)
    assert {str(trial.unit) for trial in trials if trial.kind != "main"} == {str(RESERVED[0].unit)}
    with pytest.raises(UsageError, match="nowhere:1"):
        trials_of(spec_of(units=(*names, "nowhere:1")))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"conditions": ()}, "at least one condition"),
        ({"conditions": ("natural", "natural")}, "only once"),
        ({"n_main": 0}, "at least one main trial"),
        ({"n_catch": -1}, "no negative counts"),
        ({"scheme": "Max-1"}, "shows one reference image"),
    ],
)
def test_impossible_designs_are_refused(changes: dict[str, object], sentence: str) -> None:
    """A design that cannot be planned is refused in one sentence."""
    with pytest.raises(UsageError, match=sentence):
        trials_of(replace(spec_of(), **changes))  # type: ignore[arg-type]


def test_participant_numbers_start_at_one() -> None:
    """Number 0 is refused."""
    with pytest.raises(UsageError, match="start at 1"):
        trials_of(spec_of(), 0)


def test_units_may_not_be_main_and_reserved() -> None:
    """A unit that is both main and reserved is refused by name."""
    with pytest.raises(UsageError, match="mixed4a:0"):
        plan(spec_of(), participant_number=1, main=MAIN, reserved=[MAIN[0]], address_of=address)


def test_quick_design_has_a_catch_trial_for_every_twelve() -> None:
    """The quick design gives feedback on every trial, a twelfth of catch trials, and the scheme of its references."""
    spec = quick_design("demo/world", conditions=("natural",), n_main=24, n_sets=2, n_references=1, render_digest=None, seed=0)
    assert (spec.name, spec.n_catch, spec.feedback, spec.scheme) == ("quick", 2, "trial", "Min-Max-1")
    assert quick_design("a/b", conditions=ALL, n_main=11, n_sets=3, n_references=9, render_digest=None, seed=0).n_catch == 0
