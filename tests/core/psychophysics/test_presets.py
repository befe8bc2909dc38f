"""The paper's two designs and IMI's, trial by trial, against tables written from METHOD sections 5, 6 and 11."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pytest

from core.design_spec import Condition, Scheme
from core.domain import Unit, digest
from core.errors import NotReady, UnknownName
from core.experiment import Trial
from core.psychophysics.presets import Ingredients, preset
from tests.core.psychophysics.builders import correct_query, main_of, preset_plan, preset_spec, queries, shown, units_of

HAND_PICKED = "3a 230, 3b 462, 4a 501, 4b 465, 4c 449, 4d 516, 4e 809, 5a 720, 5b 946"

Row = tuple[str, str, int, int]  # condition, kind of block, main (or practice) trials, catch trials

# METHOD section 5, participants 1 and 2: the blocks in order. The 12th none trial is in the first block for 1, in the second for 2.
EXPERIMENT_1: dict[int, list[Row]] = {
    1: [
        ("none", "practice", 5, 0), ("none", "main", 12, 0), ("none", "main", 11, 0),
        ("synthetic", "practice", 5, 0), ("natural", "practice", 5, 0),
        ("synthetic", "main", 15, 3), ("natural", "main", 15, 3), ("synthetic", "main", 15, 3),
        ("natural", "main", 15, 3), ("synthetic", "main", 15, 3), ("natural", "main", 15, 3),
        ("none", "main", 11, 0), ("none", "main", 11, 0),
    ],
    2: [
        ("none", "practice", 5, 0), ("none", "main", 11, 0), ("none", "main", 12, 0),
        ("natural", "practice", 5, 0), ("synthetic", "practice", 5, 0),
        ("natural", "main", 15, 3), ("synthetic", "main", 15, 3), ("natural", "main", 15, 3),
        ("synthetic", "main", 15, 3), ("natural", "main", 15, 3), ("synthetic", "main", 15, 3),
        ("none", "main", 11, 0), ("none", "main", 11, 0),
    ],
}  # fmt: skip

# METHOD section 6: participant number -> the schemes in order, each with its unit block, and the condition that comes first.
EXPERIMENT_2: dict[int, tuple[list[tuple[Scheme, str]], Condition]] = {
    1: ([("Max-1", "a"), ("Min-Max-1", "b"), ("Max-9", "c"), ("Min-Max-9", "d")], "natural"),
    2: ([("Max-1", "b"), ("Max-9", "d"), ("Min-Max-1", "c"), ("Min-Max-9", "a")], "natural"),
    3: ([("Min-Max-9", "b"), ("Min-Max-1", "d"), ("Max-9", "a"), ("Max-1", "c")], "natural"),
    4: ([("Min-Max-9", "c"), ("Max-9", "b"), ("Min-Max-1", "a"), ("Max-1", "d")], "natural"),
    5: ([("Max-1", "a"), ("Min-Max-1", "b"), ("Max-9", "c"), ("Min-Max-9", "d")], "synthetic"),
    8: ([("Min-Max-9", "c"), ("Max-9", "b"), ("Min-Max-1", "a"), ("Max-1", "d")], "synthetic"),
    9: ([("Max-1", "a"), ("Min-Max-1", "b"), ("Max-9", "c"), ("Min-Max-9", "d")], "natural"),
}


def blocks_of(trials: tuple[Trial, ...]) -> list[list[Trial]]:
    return [list(block) for _, block in groupby(trials, key=lambda trial: trial.block)]


def rows_of(trials: tuple[Trial, ...]) -> list[Row]:
    """Return each block as a row of the table."""
    rows = []
    for block in blocks_of(trials):
        n_catch = sum(trial.kind == "catch" for trial in block)
        (condition,) = {trial.condition for trial in block}
        rows.append((condition, "practice" if block[0].kind == "practice" else "main", len(block) - n_catch, n_catch))
    return rows


# --- experiment I -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2])
def test_experiment_1_has_the_blocks_of_the_paper(number: int) -> None:
    """168 trials before the repeated ones, in the paper's blocks; the conditions take turns, odd numbers begin with synthetic."""
    found = preset_plan(preset_spec("borowski2021-exp1"), number)
    assert len(found.trials) == 186 - 18
    assert rows_of(found.trials) == EXPERIMENT_1[number]
    assert [trial.index for trial in found.trials] == list(range(168))


@pytest.mark.parametrize(("number", "longest"), [(1, 0), (2, 1), (3, 2), (4, 3), (5, 0), (10, 1)])
def test_the_longer_none_block_rotates(number: int, longest: int) -> None:
    """One of the four none blocks has 12 trials: which one is that of the published answers for this participant number."""
    trials = preset_plan(preset_spec("borowski2021-exp1"), number).trials
    sizes = [len(block) for block in blocks_of(trials) if block[0].condition == "none" and block[0].kind == "main"]
    assert sizes == [12 if place == longest else 11 for place in range(4)]


def test_experiment_1_shows_all_45_units_once_per_condition() -> None:
    """36 random units, one of each branch of each layer, and the 9 hand-picked ones; in an order of its own in every condition."""
    trials = preset_plan(preset_spec("borowski2021-exp1"), 3).trials
    by_condition = {condition: [trial.unit for trial in main_of(trials, condition)] for condition in ("none", "natural", "synthetic")}
    assert {len(units) for units in by_condition.values()} == {45} and {len(set(units)) for units in by_condition.values()} == {45}
    assert len({frozenset(units) for units in by_condition.values()}) == 1
    assert len({tuple(units) for units in by_condition.values()}) == 3
    picked = [trial.unit for trial in main_of(trials, "natural") if trial.unit_list == "hand-picked"]
    assert set(picked) == {Unit(f"mixed{layer}", int(channel)) for layer, channel in (one.split() for one in HAND_PICKED.split(", "))}


@pytest.mark.parametrize(("number", "n_sets"), [(1, 20), (7, 20), (19, 20), (20, 20), (3, 3)])
def test_experiment_1_takes_the_sets_of_the_paper(number: int, n_sets: int) -> None:
    """None has set n, natural n + 1, synthetic n + 2, modulo the sets there are; practice and catch trials have set 0."""
    trials = preset_plan(preset_spec("borowski2021-exp1", n_sets=n_sets), number).trials
    found = {(trial.condition, trial.set_number) for trial in main_of(trials)}
    assert found == {("none", number % n_sets), ("natural", (number + 1) % n_sets), ("synthetic", (number + 2) % n_sets)}
    assert {trial.set_number for trial in trials if trial.kind != "main"} == {0}


def test_practice_units_of_experiment_1_are_thirds() -> None:
    """Each condition practises on a third of the 15 reserved units, dealt anew for each participant; catch trials are on all of them."""
    spec = preset_spec("borowski2021-exp1")
    reserved = units_of("borowski2021-exp1").group("reserved").units
    thirds = [set(reserved[start : start + 5]) for start in (0, 5, 10)]
    deals = set()
    for number in range(1, 11):
        trials = preset_plan(spec, number).trials
        practised = [{t.unit for t in trials if t.kind == "practice" and t.condition == name} for name in ("none", "natural", "synthetic")]
        deals.add(tuple(thirds.index(units) for units in practised))
        caught = Counter(trial.unit for trial in trials if trial.kind == "catch")
        assert set(caught) <= set(reserved) and max(caught.values()) <= 2 and sum(caught.values()) == 18
    assert len(deals) > 2 and all(sorted(deal) == [0, 1, 2] for deal in deals)


def test_experiment_1_asks_for_intuitiveness_once() -> None:
    """Three units before the trials: nine synthetic images beside nine natural ones."""
    ratings = preset_plan(preset_spec("borowski2021-exp1"), 1).ratings
    assert [(task.moment, task.place) for task in ratings] == [("begin", 0), ("begin", 1), ("begin", 2)]
    assert {task.unit for task in ratings} == {Unit("mixed3a", 43), Unit("mixed4b", 504), Unit("mixed5b", 17)}
    assert all(len(task.synthetic) == len(task.natural) == 9 for task in ratings)
    assert len({tuple(task.unit for task in preset_plan(preset_spec("borowski2021-exp1"), n).ratings) for n in range(1, 12)}) > 1


# --- experiment II ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", list(EXPERIMENT_2))
def test_experiment_2_has_the_blocks_of_the_paper(number: int) -> None:
    """216 trials: in every scheme practice of both conditions, then four alternating blocks of 10 main and 2 catch trials."""
    schemes, first = EXPERIMENT_2[number]
    second = "synthetic" if first == "natural" else "natural"
    trials = preset_plan(preset_spec("borowski2021-exp2"), number).trials
    assert len(trials) == 216
    one_scheme = [(first, "practice", 3, 0), (second, "practice", 3, 0), *[(first, "main", 10, 2), (second, "main", 10, 2)] * 2]
    assert rows_of(trials) == one_scheme * 4
    in_order = list(dict.fromkeys((trial.scheme, trial.unit_list) for trial in main_of(trials)))
    assert in_order == schemes


@pytest.mark.parametrize("number", [1, 4, 5, 13, 40])
def test_experiment_2_takes_the_sets_and_units_of_the_paper(number: int) -> None:
    """Natural has set 2q + 1, synthetic 2q + 2; a scheme's 20 units are the same in both conditions; reserved blocks are e, f and g."""
    trials = preset_plan(preset_spec("borowski2021-exp2"), number).trials
    q = (number - 1) // 4
    assert {(trial.condition, trial.set_number) for trial in main_of(trials)} == {
        ("natural", (2 * q + 1) % 20),
        ("synthetic", (2 * q + 2) % 20),
    }
    for scheme in ("Max-1", "Max-9", "Min-Max-1", "Min-Max-9"):
        of_scheme = [trial for trial in main_of(trials) if trial.scheme == scheme]
        natural, synthetic = ({t.unit for t in of_scheme if t.condition == c} for c in ("natural", "synthetic"))
        assert natural == synthetic and len(natural) == 20
    lists = {(trial.kind, trial.condition): set() for trial in trials}  # type: ignore[var-annotated]
    for trial in trials:
        lists[trial.kind, trial.condition].add(trial.unit_list)
    assert lists["catch", "natural"] == lists["catch", "synthetic"] == {"e"}
    assert (lists["practice", "synthetic"], lists["practice", "natural"]) == ({"f"}, {"g"})


def test_experiment_2_shows_what_its_schemes_name() -> None:
    """Max schemes have no min references; one-reference schemes have one image a side, of sets and renders of their own."""
    trials = preset_plan(preset_spec("borowski2021-exp2"), 1).trials
    for trial in trials:
        n = 1 if trial.scheme.endswith("-1") else 9
        assert len(trial.max_references) == n
        assert len(trial.min_references) == (n if trial.scheme.startswith("Min") else 0)
        if trial.condition == "synthetic":
            assert all(("single" in image) == (n == 1) for image in trial.max_references)
    single = next(trial for trial in main_of(trials, "natural") if trial.scheme == "Min-Max-1")
    ranks = [int(image.removeprefix("image ")) % 1000 % 500 for image in shown(single)]
    assert (
        all(rank < 40 for rank in ranks) and sum(rank < 20 for rank in ranks) == 2
    )  # queries of the first bin of 20, references of the second


def test_experiment_2_asks_for_intuitiveness_before_and_after() -> None:
    """Three ratings at the beginning and three at the end."""
    ratings = preset_plan(preset_spec("borowski2021-exp2"), 1).ratings
    assert Counter(task.moment for task in ratings) == {"begin": 3, "end": 3}


# --- both ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["borowski2021-exp1", "borowski2021-exp2"])
@pytest.mark.parametrize("number", [1, 2, 11])
def test_no_image_gives_an_answer_away(name: str, number: int) -> None:
    """No image is reference and query of a trial but in catch trials, nor twice among the main trials of one unit."""
    trials = preset_plan(preset_spec(name), number).trials
    for trial in trials:
        copies = queries(trial) & {*trial.max_references, *trial.min_references}
        if trial.kind == "catch":
            assert correct_query(trial) in trial.max_references and len(copies) == (2 if trial.min_references else 1)
        else:
            assert not copies
    natural = Counter(image for trial in main_of(trials) for image in shown(trial) if image.startswith("image"))
    assert set(natural.values()) == {1}


@pytest.mark.parametrize("name", ["borowski2021-exp1", "borowski2021-exp2"])
def test_the_papers_positions_are_drawn_anew(name: str) -> None:
    """Neither sides nor catch trials are balanced: sides vary between participants, and some blocks begin with a catch trial."""
    plans = [preset_plan(preset_spec(name), number).trials for number in range(1, 9)]
    assert len({sum(trial.correct == "top" for trial in main_of(trials)) for trials in plans}) > 3
    assert any(block[0].kind == "catch" for trials in plans for block in blocks_of(trials))


# --- IMI ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "condition"), [(1, "natural"), (2, "synthetic"), (3, "natural")])
def test_imi_shows_each_participant_one_condition(number: int, condition: Condition) -> None:
    """Five practice trials, the last of them harder, then a block of 40 main and 5 catch trials that never begins with a catch trial."""
    trials = preset_plan(preset_spec("imi"), number, bands=True).trials
    assert rows_of(trials) == [(condition, "practice", 5, 0), (condition, "main", 40, 5)]
    assert trials[5].kind == "main"
    assert abs(sum(1 if trial.correct == "top" else -1 for trial in main_of(trials))) <= 1


def test_imi_needs_all_activations() -> None:
    """Query bands are taken from all stored activations, never from the kept exemplars: without them the sentence says so."""
    with pytest.raises(NotReady, match="need all activations"):
        preset_plan(preset_spec("imi"), 1)


def test_presets_are_named_by_what_they_are() -> None:
    """An unknown preset is refused with near names; equal presets have equal digests, whatever made them."""
    with pytest.raises(UnknownName, match="borowski2021-exp1"):
        preset("borowski2021-exp3", Ingredients("a/b", "", (), 1))
    assert digest(preset_spec("borowski2021-exp1")) == digest(preset_spec("borowski2021-exp1"))
