"""The units of a design: as many as the authors used, all different, live, and a function of the seed."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Branch, Layer, NetworkCard, Preprocessing, Unit
from core.errors import UnknownName, UsageError
from core.psychophysics.unit_choice import DESIGN_UNITS, HAND_PICKED, NINE, ONE, DesignUnits, design_units, random_units

PUBLISHED = Path(__file__).parents[4] / "shared" / "published"
EXPERIMENT_1 = "experiment_I_main_practice_catch_repeated_trials_preprocessed.csv"
EXPERIMENT_2 = "experiment_II_main_practice_catch_trials_preprocessed.csv"

BRANCHES = ("1x1", "3x3", "5x5", "pool")
BRANCH_ENDS = {  # METHOD section 1
    "mixed3a": (64, 192, 224, 256), "mixed3b": (128, 320, 416, 480), "mixed4a": (192, 396, 444, 508), "mixed4b": (160, 384, 448, 512),
    "mixed4c": (128, 384, 448, 512), "mixed4d": (112, 400, 464, 528), "mixed4e": (256, 576, 704, 832), "mixed5a": (256, 576, 704, 832),
    "mixed5b": (384, 768, 896, 1024),
}  # fmt: skip
PRESETS = tuple(DESIGN_UNITS)
seeds = st.integers(0, 1000)


def card_of(source: str, layers: dict[str, tuple[int, ...]], branches: tuple[str, ...] = BRANCHES) -> NetworkCard:
    """Return the card of a network whose layers' branches end at these channels."""
    made = (
        Layer(name, ends[-1], tuple(Branch(*span) for span in zip(branches, (0, *ends), ends, strict=False)), pre_relu=True)
        for name, ends in layers.items()
    )
    return NetworkCard(source, source, "0123456789abcdef", Preprocessing(256, 224), tuple(made))


PAPER = card_of("inception_v1", BRANCH_ENDS)
OTHER = replace(PAPER, name="demo", source="demo")
PLAIN = card_of("resnet", {f"layer{number}": (256,) for number in range(1, 5)}, ("all",))
CARDS = st.sampled_from([PAPER, OTHER, PLAIN])


def units_of(found: DesignUnits) -> list[Unit]:
    return [unit for group in found.groups for unit in group.units]


def all_units(card: NetworkCard) -> list[Unit]:
    return [Unit(layer.name, channel) for layer in card.layers for channel in range(layer.n_channels)]


def cells(card: NetworkCard, units: tuple[Unit, ...]) -> Counter[tuple[str, str]]:
    """Return how many of the units are of each layer and branch."""
    return Counter((unit.layer, card.layer(unit.layer).branch_of(unit.channel)) for unit in units)


# --- every preset -------------------------------------------------------------------------------------------------------------


@given(CARDS, st.sampled_from(PRESETS), seeds)
def test_all_units_of_a_design_are_different(card: NetworkCard, preset: str, seed: int) -> None:
    """No unit has two places, every group has its number, and all are the network's."""
    found = design_units(card, preset, seed=seed, live=None)
    units = units_of(found)
    assert len(set(units)) == len(units) and set(units) <= set(all_units(card))
    assert [len(group.units) for group in found.groups] == [plan.n_units for plan in DESIGN_UNITS[preset]]
    assert {*found.main, *found.reserved} == set(units) and set(found.main).isdisjoint(found.reserved)


@given(CARDS, st.sampled_from(PRESETS), seeds)
def test_a_seed_names_the_units_of_a_design(card: NetworkCard, preset: str, seed: int) -> None:
    """The same arguments give the same units, another seed others."""
    found = design_units(card, preset, seed=seed, live=None)
    assert design_units(card, preset, seed=seed, live=all_units(card)[::-1]) == found
    assert units_of(design_units(card, preset, seed=seed + 1, live=None)) != units_of(found)


@given(CARDS, st.sampled_from(PRESETS), st.data())
def test_dead_units_are_in_no_design(card: NetworkCard, preset: str, data: st.DataObject) -> None:
    """Dead units are never chosen, the paper's own ones included; each of those is replaced within its branch, and that is said."""
    chosen = units_of(design_units(card, preset, seed=0, live=None))
    dead = data.draw(st.sets(st.sampled_from(chosen), max_size=20))
    found = design_units(card, preset, seed=0, live=set(all_units(card)) - dead)
    assert dead.isdisjoint(units_of(found))
    for group in found.groups if card is PAPER else ():
        named = group.plan.paper_units
        assert cells(card, named) == cells(card, group.units if named else ())
        assert set(named) - dead <= set(group.units)
        assert all(any(str(unit) in sentence for sentence in found.deviations) for unit in dead.intersection(named))


def test_a_replacement_is_not_another_of_the_papers_units() -> None:
    """With only two live units in the branch of 4b 465 and 504, the hand-picked one is not replaced by the intuitiveness unit."""
    pool = {Unit("mixed4b", channel) for channel in range(448, 512)} - {Unit("mixed4b", 504), *_some_pool_units()}
    found = design_units(PAPER, "borowski2021-exp1", seed=0, live=set(all_units(PAPER)) - pool)
    assert Unit("mixed4b", 504) in found.of("intuitiveness")
    assert found.group("hand-picked").units[3] in _some_pool_units()


def _some_pool_units() -> set[Unit]:
    return {Unit("mixed4b", channel) for channel in (450, 460, 470, 480)}


# --- the paper's designs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", [PAPER, OTHER])
def test_experiment_1_has_one_random_unit_of_each_branch(card: NetworkCard) -> None:
    """36 random units, one of each branch of each layer, and one more of each layer's pool branch; 15 reserved, 3 for intuitiveness."""
    found = design_units(card, "borowski2021-exp1", seed=0, live=None)
    assert set(cells(card, found.group("random").units).values()) == {1} and len(cells(card, found.group("random").units)) == 36
    assert cells(card, found.group("hand-picked").units) == {(layer.name, "pool"): 1 for layer in card.layers}
    assert len(found.main) == 45 and len(found.of("intuitiveness")) == 3
    assert found.of("practice") == found.of("catch") and len(found.of("catch")) == 15
    assert found.image_groups == (NINE,) and len(found.to_render(NINE)) == 63 and found.n_images == 1260


def test_experiment_1_names_the_papers_units() -> None:
    """On the paper's network the hand-picked and intuitiveness units are those of METHOD section 1, and nothing deviates."""
    found = design_units(PAPER, "borowski2021-exp1", seed=3, live=None)
    assert found.group("hand-picked").units == HAND_PICKED
    assert [str(unit) for unit in found.of("intuitiveness")] == ["mixed3a:43", "mixed4b:504", "mixed5b:17"]
    assert found.deviations == ()


def test_other_networks_get_random_units_in_their_place() -> None:
    """There the hand-picked are the branch's second ones, intuitiveness units are early, middle and late, and both are said."""
    found = design_units(OTHER, "borowski2021-exp1", seed=3, live=None)
    twice = random_units(OTHER.layers, per_branch=2, seed=3, live=None)[36:]
    pool = {unit for unit in twice if OTHER.layer(unit.layer).branch_of(unit.channel) == "pool"}
    assert set(found.group("hand-picked").units) == pool
    assert {unit.layer for unit in found.of("intuitiveness")} == {"mixed3a", "mixed4c", "mixed5b"}
    assert len(found.deviations) == 2 and all("random ones of demo" in sentence for sentence in found.deviations)


@pytest.mark.parametrize("card", [PAPER, OTHER])
def test_experiment_2_has_seven_blocks_of_the_same_branches(card: NetworkCard) -> None:
    """Blocks a to g each have one unit of each branch of 3a 4a 4c 4e 5b; g is natural practice and needs no synthetic images."""
    found = design_units(card, "borowski2021-exp2", seed=0, live=None)
    wanted = {(f"mixed{layer}", branch): 1 for layer in ("3a", "4a", "4c", "4e", "5b") for branch in BRANCHES}
    assert all(cells(card, found.group(name).units) == wanted for name in "abcdefg")
    assert len(found.main) == 80 and found.of("catch") == found.group("e").units and len(found.of("practice")) == 40
    assert found.image_groups == (NINE, ONE) and found.n_images == 2 * (123 * 10 + 120 * 1)
    assert set(units_of(found)) - set(found.to_render(NINE)) == set(found.group("g").units)
    assert set(found.to_render(NINE)) - set(found.to_render(ONE)) == set(found.of("intuitiveness"))


def test_quick_has_one_render_size() -> None:
    """20 main and 8 reserved units over all layers and branches, with the nine images of the preset quick."""
    found = design_units(OTHER, "quick", seed=0, live=None)
    assert len(found.main) == 20 and len(found.reserved) == 8 and found.n_images == 28 * 2 * 9
    assert {layer for layer, _ in cells(OTHER, found.main)} == set(BRANCH_ENDS)
    assert {branch for _, branch in cells(OTHER, found.main)} == set(BRANCHES)
    assert found.deviations == ()


# --- networks of another structure --------------------------------------------------------------------------------------------


def test_a_network_without_branches_gives_as_many_units() -> None:
    """Four layers of one branch give the same numbers, evenly spread, and the design says so."""
    found = design_units(PLAIN, "borowski2021-exp2", seed=0, live=None)
    assert all(set(cells(PLAIN, found.group(name).units).values()) == {5} for name in "abcdefg")
    assert "5 layers of 4 branches; resnet gives 4 of 1" in found.deviations[0]


def test_more_layers_are_taken_evenly() -> None:
    """Of 17 layers of 4 branches experiment I takes every second one."""
    card = card_of("deep", {f"block{number}": (16, 32, 48, 64) for number in range(17)})
    found = design_units(card, "borowski2021-exp1", seed=0, live=None)
    assert {unit.layer for unit in found.main} == {f"block{number}" for number in range(0, 17, 2)}
    assert set(cells(card, found.group("random").units).values()) == {1}


def test_a_branch_with_too_few_live_units_is_stood_in_for() -> None:
    """Another branch of the layer gives what a dead one cannot, and the design says where."""
    live = {unit for unit in all_units(OTHER) if unit.layer != "mixed4c" or unit.channel < 448}
    found = design_units(OTHER, "borowski2021-exp2", seed=0, live=live)
    assert sum(unit.layer == "mixed4c" for unit in found.main) == 16
    assert any("Too few units in mixed4c pool" in sentence for sentence in found.deviations)


def test_too_few_units_are_refused() -> None:
    """The sentence has what the design needs, where, and what to do; a design that is not there lists those that are."""
    small = card_of("small", {"block1": (8, 16, 24, 32), "block2": (8, 16, 24, 32)})
    with pytest.raises(
        UsageError, match=r"exp2 needs 143 different units, but small has too few units: block1, block2 have .*layer:channel"
    ):
        design_units(small, "borowski2021-exp2", seed=0, live=None)
    with pytest.raises(UsageError, match="too few units whose activation differs"):
        design_units(OTHER, "quick", seed=0, live=all_units(OTHER)[:27])
    with pytest.raises(UsageError, match="mixed4b:465 is dead or not mined"):
        design_units(PAPER, "borowski2021-exp1", seed=0, live=[unit for unit in all_units(PAPER) if unit.layer != "mixed4b"])
    with pytest.raises(UnknownName, match="borowski2021-exp1"):
        design_units(OTHER, "borowski2021", seed=0, live=None)


# --- what the authors showed --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> Path:
    """Return the folder of the authors' answers, or skip where it is not present."""
    if not PUBLISHED.is_dir():
        pytest.skip(f"{PUBLISHED} is not here: the authors' answers are not part of the repository")
    return PUBLISHED


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shown_units(rows: list[dict[str, str]], *by: str) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """Return the different (layer, branch, channel) of the rows, by the values of these columns."""
    found: defaultdict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for row in rows:
        found[tuple(row[name] for name in by)].add((row["layer"], row["kernel_size"], row["channel"]))
    return found


def test_experiment_1_has_as_many_units_as_the_authors_showed(published: Path) -> None:
    """Per role: 36 + 9 main; 15 reserved for practice and catch, five of them for a condition's practice; 3 for intuitiveness."""
    found = design_units(PAPER, "borowski2021-exp1", seed=0, live=None)
    rows = rows_of(published, EXPERIMENT_1)
    shown = shown_units(rows, "trial_type", "catch_trial")
    main, practice, catch = shown["main", "False"], shown["practice", "False"], shown["main", "True"]
    assert Counter(channel for _, _, channel in main) == {"channel_0": 36, "channel_1": 9}
    assert [len(found.group(name).units) for name in ("random", "hand-picked")] == [36, 9]
    assert len(main) == len(found.main) and practice == catch and len(practice) == len(found.of("practice"))
    assert main.isdisjoint(practice)
    fives = {frozenset(units) for key, units in shown_units(rows, "subject_id", "trial_type", "instr_type").items() if key[1] == "practice"}
    assert sorted(map(len, fives)) == [5, 5, 5] and len(frozenset().union(*fives)) == 15
    rated = {row["trial_name"] for row in rows_of(published, "experiment_I_intuitiveness_beginning_preprocessed.csv")}
    assert len(rated) == len(found.of("intuitiveness"))


def test_experiment_2_has_as_many_units_as_the_authors_showed(published: Path) -> None:
    """Per block and role: a to d main, e catch, f synthetic and g natural practice, each one unit of each branch of five layers."""
    found = design_units(PAPER, "borowski2021-exp2", seed=0, live=None)
    words = {"optimized": "synthetic", "natural": "natural"}
    rows = rows_of(published, EXPERIMENT_2)
    roles = {(row["batch_block"], "catch" if row["catch_trial"] == "True" else row["trial_type"], words[row["instr_type"]]) for row in rows}
    planned = [group.plan for group in found.groups if group.plan.name != "intuitiveness"]
    assert roles == {(plan.name, role, condition) for plan in planned for role in plan.roles for condition in plan.conditions}
    for (block,), units in shown_units(rows, "batch_block").items():
        numbers = {
            (f"layer_{list(BRANCH_ENDS).index(layer)}", str(BRANCHES.index(b))) for layer, b in cells(PAPER, found.group(block).units)
        }
        assert {(layer, branch) for layer, branch, _ in units} == numbers and len(units) == len(found.group(block).units)
    for end in ("beginning", "end"):
        rated = {row["trial_name"] for row in rows_of(published, f"experiment_II_intuitiveness_{end}_preprocessed.csv")}
        assert len(rated) == len(found.of("intuitiveness"))
