"""The authors' codes of units: each has one code, and the codes give the names back."""

from __future__ import annotations

import csv

import pytest

from core.domain import Unit
from core.exchange.borowski2021 import PublishedUnit, branch_of, name_of, unit_list_of, unit_of
from tests.core.exchange.simulated import TRIALS_1, TRIALS_2, needs_published


@pytest.mark.parametrize(
    ("named", "unit", "branch", "unit_list"),
    [
        (PublishedUnit("layer_0", "0", "channel_0"), Unit("3a", 0), "1x1", "random"),
        (PublishedUnit("layer_3", "3", "channel_1"), Unit("4b", 31), "pool", "hand-picked"),
        (PublishedUnit("layer_8", "1", "channel_0", "a"), Unit("5b", 110), "3x3", "a"),
        (PublishedUnit("layer_8", "2", "channel_0", "g"), Unit("5b", 720), "5x5", "g"),
        (PublishedUnit("layer_r", "r", "channel_r"), Unit("reserved", 17), None, "reserved"),
    ],
)
def test_units_have_documented_codes(named: PublishedUnit, unit: Unit, branch: str | None, unit_list: str) -> None:
    """Layer, branch, index and block make the code; branch, list and names can be read from it."""
    assert (unit_of(named), branch_of(unit), unit_list_of(unit), name_of(unit)) == (unit, branch, unit_list, named)


@pytest.mark.parametrize(
    "named",
    [
        PublishedUnit("layer_9", "0", "channel_0"),
        PublishedUnit("layer_0", "4", "channel_0"),
        PublishedUnit("layer_0", "0", "channel_2"),
        PublishedUnit("layer_0", "", "channel_0"),
        PublishedUnit("layer_0", "0", "channel_0", "h"),
        PublishedUnit("layer_r", "q", "channel_r"),
        PublishedUnit("layer_", "0", "channel_0"),
        PublishedUnit("layer_01", "0", "channel_0"),
    ],
)
def test_other_names_are_no_units(named: PublishedUnit) -> None:
    """Names that the authors do not have give no unit."""
    assert unit_of(named) is None


@needs_published
def test_published_units_are_told_apart() -> None:
    """The files' units have as many codes as names: 60 in experiment I, 140 in experiment II."""
    for path, n_units in ((TRIALS_1, 60), (TRIALS_2, 140)):
        with path.open(newline="") as file:
            named = {
                PublishedUnit(row["layer"], row["kernel_size"], row["channel"], row.get("batch_block")) for row in csv.DictReader(file)
            }
        units = {unit_of(one) for one in named}
        assert (len(named), len(units), None in units) == (n_units, n_units, False)
        assert {name_of(unit) for unit in units if unit} == named
