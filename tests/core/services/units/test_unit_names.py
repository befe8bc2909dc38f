"""Random units by name: `random:4/branch` and `random:40` beside layer:channel (whose tests are in test_units.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Branch, Layer, Unit
from core.errors import UnknownName, UsageError
from core.psychophysics.unit_choice import random_units, spread_units
from core.services.units.unit_names import parse_unit, parse_units
from tests.studies import DEAD_UNIT, network_card

CARD = network_card()
WITH_A_LAYER_CALLED_RANDOM = replace(CARD, layers=(*CARD.layers, Layer("random", 50, (Branch("all", 0, 50),), pre_relu=True)))
ALL = [Unit(layer.name, channel) for layer in CARD.layers for channel in range(layer.n_channels)]


@given(st.integers(1, 20), st.integers(0, 100))
def test_random_units_are_spread_over_the_network(n: int, seed: int) -> None:
    """`random:n` is n different units, spread evenly over layers and branches by the seed."""
    assert parse_units(CARD, [f"random:{n}"], seed=seed) == spread_units(CARD.layers, n=n, seed=seed, live=None)


def test_random_units_of_every_branch() -> None:
    """`random:1/branch` is one unit of each of the nine branches."""
    units = parse_units(CARD, [" random:1/branch "], seed=4)
    assert units == random_units(CARD.layers, per_branch=1, seed=4, live=None)
    assert len({(unit.layer, CARD.layer(unit.layer).branch_of(unit.channel)) for unit in units}) == len(units) == 9


@given(st.integers(0, 100))
def test_dead_units_are_left_out_where_live_ones_are_known(seed: int) -> None:
    """A dead unit is never drawn, but it can be named."""
    live = [unit for unit in ALL if unit != DEAD_UNIT]
    assert DEAD_UNIT not in parse_units(CARD, ["random:19"], live=live, seed=seed)
    assert parse_units(CARD, [str(DEAD_UNIT)], live=live, seed=seed) == (DEAD_UNIT,)


def test_named_and_random_units_are_each_there_once() -> None:
    """What is named comes in order, and a random unit that was named already does not come again."""
    units = parse_units(CARD, ["mixed4a:3", "random:20", "mixed3a:*"])
    assert units[0] == Unit("mixed4a", 3) and len(set(units)) == len(units) and set(units) == set(ALL)


@pytest.mark.parametrize("text", ["random:", "random:x", "random:*", "random:0-7", "random:4/layer", "random:/branch", "random:-4/branch"])
def test_malformed_random_units_say_how_to_write_them(text: str) -> None:
    """What asks for no number of random units is refused with examples."""
    with pytest.raises(UsageError, match="random:4/branch"):
        parse_units(CARD, [text])


def test_too_many_random_units_are_refused() -> None:
    """A branch or network with fewer units than asked for is named with its number; so is nothing asked for."""
    with pytest.raises(UsageError, match=r"pool of mixed3a has too few units \(1\)"):
        parse_units(CARD, ["random:2/branch"])
    with pytest.raises(UsageError, match=r"21 .* too few units \(20\)"):
        parse_units(CARD, ["random:21"])
    with pytest.raises(UsageError, match=r"too few units whose activation differs .* \(0\)"):
        parse_units(CARD, ["random:1"], live=[])
    for text in ("random:0", "random:0/branch"):
        with pytest.raises(UsageError, match="at least 1"):
            parse_units(CARD, [text])


def test_one_unit_is_never_a_random_one() -> None:
    """An address of a unit names that unit: `random` is then a layer like any other."""
    with pytest.raises(UnknownName, match="random"):
        parse_unit(CARD, "random:1")
    assert parse_unit(WITH_A_LAYER_CALLED_RANDOM, "random:1") == Unit("random", 1)


def test_a_layer_called_random_keeps_its_units() -> None:
    """Where a layer has the name, its units are named as ever, and random ones are asked for by branch."""
    for text, channels in (("random:40", [40]), ("random:0-7", range(8)), ("random:*", range(50))):
        assert parse_units(WITH_A_LAYER_CALLED_RANDOM, [text]) == tuple(Unit("random", channel) for channel in channels)
    assert len(parse_units(WITH_A_LAYER_CALLED_RANDOM, ["random:1/branch"])) == 10
