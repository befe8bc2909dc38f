"""Random units are different, evenly spread, live, and a function of the seed; more of them begin with the fewer."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.domain import Branch, Layer, Unit
from core.errors import UsageError
from core.psychophysics.unit_draw import evenly, random_units, spread_units


def layers_of(widths: list[list[int]]) -> tuple[Layer, ...]:
    """Return one layer for each list, with a branch of each width."""
    return tuple(layer_of(f"block{number}", branch_widths) for number, branch_widths in enumerate(widths))


def layer_of(name: str, widths: list[int]) -> Layer:
    starts = [sum(widths[:place]) for place in range(len(widths))]
    branches = tuple(Branch(f"b{place}", start, start + width) for place, (start, width) in enumerate(zip(starts, widths, strict=True)))
    return Layer(name, sum(widths), branches, pre_relu=True)


def all_units(layers: tuple[Layer, ...]) -> list[Unit]:
    return [Unit(layer.name, channel) for layer in layers for channel in range(layer.n_channels)]


def branch_counts(layers: tuple[Layer, ...], units: tuple[Unit, ...]) -> list[int]:
    """Return how many units are of each (layer, branch), the branches without any too."""
    by_name = {layer.name: layer for layer in layers}
    found = Counter((unit.layer, by_name[unit.layer].branch_of(unit.channel)) for unit in units)
    return [found[layer.name, branch.name] for layer in layers for branch in layer.branches]


networks = st.lists(st.lists(st.integers(4, 9), min_size=1, max_size=4), min_size=1, max_size=9).map(layers_of)
seeds = st.integers(0, 1000)


@given(networks, st.integers(1, 4), seeds)
def test_every_branch_gives_as_many(layers: tuple[Layer, ...], per_branch: int, seed: int) -> None:
    """The units are all different, and as many of every branch of every layer as were asked for."""
    units = random_units(layers, per_branch=per_branch, seed=seed, live=None)
    assert len(set(units)) == len(units)
    assert set(branch_counts(layers, units)) == {per_branch}


@given(networks, st.integers(1, 60), seeds)
def test_spread_units_are_even_over_layers(layers: tuple[Layer, ...], n: int, seed: int) -> None:
    """The units are all different; layers with units left differ by one at most, and so do the branches of a layer."""
    assume(n <= len(all_units(layers)))
    units = spread_units(layers, n=n, seed=seed, live=None)
    assert len(set(units)) == len(units) == n
    counts = {layer.name: sum(unit.layer == layer.name for unit in units) for layer in layers}
    unfilled = [layer for layer in layers if counts[layer.name] < layer.n_channels]
    assert all(counts[layer.name] >= max(counts.values()) - 1 for layer in unfilled)
    for layer in layers:
        per_branch = branch_counts((layer,), tuple(unit for unit in units if unit.layer == layer.name))
        least_full = min(branch.stop - branch.start for branch in layer.branches)
        assert max(per_branch) - min(per_branch) <= 1 or max(per_branch) > least_full


@given(networks, seeds)
def test_a_seed_names_the_units(layers: tuple[Layer, ...], seed: int) -> None:
    """The same arguments give the same units, whatever the order of the live ones."""
    live = all_units(layers)
    for backwards in (live, live[::-1], frozenset(live), None):
        assert random_units(layers, per_branch=2, seed=seed, live=backwards) == random_units(layers, per_branch=2, seed=seed, live=live)
        assert spread_units(layers, n=4, seed=seed, live=backwards) == spread_units(layers, n=4, seed=seed, live=live)


def test_seeds_differ() -> None:
    """Another seed gives other units, and all channels of a branch are equally likely to come first."""
    layers = layers_of([[8]])
    firsts = Counter(random_units(layers, per_branch=1, seed=seed, live=None)[0].channel for seed in range(800))
    assert len(firsts) == 8 and min(firsts.values()) > 60


def test_units_stay_what_they_are() -> None:
    """A seed gives the same units in every version: what was rendered is found again."""
    units = random_units(layers_of([[64, 128], [32]]), per_branch=2, seed=0, live=None)
    assert " ".join(map(str, units)) == "block0:12 block0:164 block1:13 block0:42 block0:128 block1:29"


@given(networks, st.integers(1, 3), st.integers(1, 20), seeds)
def test_fewer_are_the_beginning_of_more(layers: tuple[Layer, ...], per_branch: int, n: int, seed: int) -> None:
    """Asking for more keeps the former units, and one of each branch is what spreading over all branches once gives."""
    fewer = random_units(layers, per_branch=per_branch, seed=seed, live=None)
    assert random_units(layers, per_branch=per_branch + 1, seed=seed, live=None)[: len(fewer)] == fewer
    assume(n < len(all_units(layers)))
    assert spread_units(layers, n=n + 1, seed=seed, live=None)[:n] == spread_units(layers, n=n, seed=seed, live=None)
    if len({len(layer.branches) for layer in layers}) == 1:
        once = random_units(layers, per_branch=1, seed=seed, live=None)
        assert set(spread_units(layers, n=len(once), seed=seed, live=None)) == set(once)


@given(networks, seeds, st.data())
def test_dead_units_are_never_chosen(layers: tuple[Layer, ...], seed: int, data: st.DataObject) -> None:
    """Only live units come; those that were chosen and live stay chosen when others die."""
    dead = data.draw(st.sets(st.sampled_from(all_units(layers)), max_size=3))
    live = set(all_units(layers)) - dead
    units = random_units(layers, per_branch=1, seed=seed, live=live)
    assert dead.isdisjoint(units) and set(branch_counts(layers, units)) == {1}
    assert set(random_units(layers, per_branch=1, seed=seed, live=None)) - dead <= set(units)
    assert set(spread_units(layers, n=len(live), seed=seed, live=live)) == live


def test_a_branch_with_too_few_is_named() -> None:
    """The sentence has what was asked, the branch, how many there are, and what else to ask for."""
    layers = layers_of([[8, 8], [8, 3]])
    with pytest.raises(UsageError, match=r"4 random units .* b1 of block1 has too few units \(3\); .*random:40"):
        random_units(layers, per_branch=4, seed=0, live=None)
    with pytest.raises(UsageError, match=r"b0 of block0 has too few units whose activation differs .* \(1\)"):
        random_units(layers, per_branch=2, seed=0, live=[Unit("block0", 0), Unit("block0", 9), Unit("block0", 10)])
    with pytest.raises(UsageError, match=r"28 random units .* \(27\)"):
        spread_units(layers, n=28, seed=0, live=None)


@pytest.mark.parametrize("n", [0, -1])
def test_no_units_are_too_few(n: int) -> None:
    """Nothing, or less, is refused."""
    with pytest.raises(UsageError, match="at least 1"):
        random_units(layers_of([[8]]), per_branch=n, seed=0, live=None)
    with pytest.raises(UsageError, match="at least 1"):
        spread_units(layers_of([[8]]), n=n, seed=0, live=None)


@given(seeds)
def test_the_first_few_are_spread_over_the_depth(seed: int) -> None:
    """Of nine layers of equal branches, three units are never of neighbours only, and nine are of all layers and of all branches."""
    layers = layers_of([[8, 8, 8, 8]] * 9)
    depths = [int(unit.layer.removeprefix("block")) for unit in spread_units(layers, n=3, seed=seed, live=None)]
    assert max(depths) - min(depths) >= 4
    nine = spread_units(layers, n=9, seed=seed, live=None)
    assert len({unit.layer for unit in nine}) == 9
    assert {unit.channel // 8 for unit in nine} == {0, 1, 2, 3}


@given(st.integers(1, 40), st.integers(1, 9))
def test_layers_are_taken_evenly(n_layers: int, n: int) -> None:
    """From the first to the last, each once, in distances that differ by one at most; all where there are no more than wanted."""
    layers = layers_of([[1]] * n_layers)
    places = [layers.index(layer) for layer in evenly(layers, n)]
    assert len(places) == min(n, n_layers) and places == sorted(set(places))
    if n > 1:
        assert places[0] == 0 and places[-1] == n_layers - 1
        steps = [after - before for before, after in pairwise(places)]
        assert max(steps, default=0) - min(steps, default=0) <= 1
    assert list(evenly(layers, None)) == list(layers)


def test_every_unit_can_be_drawn() -> None:
    """Asking for as many as there are gives all."""
    layers = layers_of([[2, 5], [3], [1, 1, 6]])
    assert set(spread_units(layers, n=18, seed=1, live=None)) == set(all_units(layers))
