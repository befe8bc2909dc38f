"""Naming units, and what `exemplary show` says of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.domain import EXTREMES, Unit
from core.errors import NotReady, UnknownName, UsageError
from core.services import studies
from core.services.units import units
from core.services.units.unit_names import parse_unit, parse_units
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.studies import LABELS, MAIN_UNITS, Workplace, activation_matrix, network_card, put_synthetic

CARD = network_card()


# --- names --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "channels"),
    [
        (["mixed3a:5"], [5]),
        ([" mixed3a:0 "], [0]),
        (["mixed3a:2-4"], [2, 3, 4]),
        (["mixed3a:*"], list(range(8))),
        (["mixed3a:4", "mixed3a:1", "mixed3a:3-5"], [4, 1, 3, 5]),
    ],
)
def test_units_are_named_by_layer_and_channels(texts: list[str], channels: list[int]) -> None:
    """One channel, a range or all, each unit once, in the order they were named."""
    assert parse_units(CARD, texts) == tuple(Unit("mixed3a", channel) for channel in channels)


@pytest.mark.parametrize(
    "text", ["mixed3a", "mixed3a:", ":3", "", "mixed3a:x", "mixed3a:-1", "mixed3a:1.5", "mixed3a:3:", "mixed3a:5-2", "mixed3a:2-x"]
)
def test_malformed_names_say_how_to_write_them(text: str) -> None:
    """What does not name a unit is refused with an example."""
    with pytest.raises(UsageError, match="layer"):
        parse_units(CARD, [text])


def test_wrong_names_list_near_ones() -> None:
    """A layer that is not there lists near ones, a channel that is not there the layer's channels; nothing names nothing."""
    with pytest.raises(UnknownName, match="mixed3a"):
        parse_units(CARD, ["mixed3b:1"])
    with pytest.raises(UsageError, match="0 to 7"):
        parse_units(CARD, ["mixed3a:8"])
    with pytest.raises(UsageError, match="0 to 7"):
        parse_units(CARD, ["mixed3a:0-99999999999"])
    with pytest.raises(UsageError):
        parse_units(CARD, [])


def test_one_unit_is_one_unit() -> None:
    """Where one unit is wanted, several are refused with their number."""
    assert parse_unit(CARD, "mixed4a:3") == Unit("mixed4a", 3)
    with pytest.raises(UsageError, match="8 units"):
        parse_unit(CARD, "mixed4a:*")


# --- views --------------------------------------------------------------------------------------------------------------------


def test_show_has_the_agreed_schema(built_study: Workplace) -> None:
    """Unit, branch, exemplars, renders with their whole spec, and the distribution of activations, as JSON."""
    reader = CatalogueReader(built_study.workspace)
    view = units.unit_view(reader, built_study.study, Unit("mixed4a", 2))
    found = json.loads(json.dumps(units.as_json(reader, built_study.study, view, root=built_study.workspace.root), allow_nan=False))
    assert {key: found[key] for key in ("unit", "network", "layer", "branch", "channel")} == {
        "unit": "mixed4a:2", "network": "tiny", "layer": "mixed4a", "branch": "3x3", "channel": 2,
    }  # fmt: skip
    column = activation_matrix(CARD.layers[2], 120)[:, 2]
    assert set(found["activation"]) >= {"n", "mean", "sd", "min", "max"}
    assert found["activation"]["n"] == 120 and found["activation"]["max"] == column.max()
    assert all(set(one) >= {"extreme", "rank", "path", "activation"} for one in found["exemplars"])
    for extreme in EXTREMES:
        ranked = [one for one in found["exemplars"] if one["extreme"] == extreme]
        assert [one["rank"] for one in ranked] == list(range(40))
        assert all(Path(one["path"]).is_file() for one in ranked)
        rendered = [one for one in found["renders"] if one["extreme"] == extreme]
        assert [one["index"] for one in rendered] == list(range(9))
    assert all(set(one) >= {"extreme", "index", "path", "activation", "spec"} for one in found["renders"])
    assert found["renders"][0]["spec"]["optimiser"]["steps"] == 128
    assert (built_study.workspace.root / found["renders"][0]["path"]).is_file()


def test_a_view_has_the_newest_renders_first(study_workspace: Workplace) -> None:
    """Every render spec of a unit is kept apart, the newest first."""
    newest = put_synthetic(study_workspace.workspace, study_workspace.study.network, MAIN_UNITS[:1], n_images=2, seed=3)
    view = units.unit_view(CatalogueReader(study_workspace.workspace), study_workspace.study, MAIN_UNITS[0])
    assert [len(one.max_images) for one in view.render_sets] == [2, 9]
    assert view.render_sets[0].preset == newest.preset


def test_top_classes_are_those_of_the_top_images(built_study: Workplace) -> None:
    """The class that a unit was made for is on top; a unit without renders has none."""
    view = units.unit_view(CatalogueReader(built_study.workspace), built_study.study, Unit("conv2d2", 3))
    assert view.top_classes[0][0] == LABELS[3]
    assert sum(n for _, n in view.top_classes) <= 40
    assert view.render_sets == ()


@pytest.mark.parametrize("unit", [Unit("mixed9z", 0), Unit("mixed3a", 8)])
def test_a_unit_that_is_not_there_has_no_view(built_study: Workplace, unit: Unit) -> None:
    """Unknown layers and channels are refused by name."""
    with pytest.raises(UnknownName):
        units.unit_view(CatalogueReader(built_study.workspace), built_study.study, unit)


# --- studies ------------------------------------------------------------------------------------------------------------------


def test_choosing_a_study(built_study: Workplace, empty_workspace: Workspace) -> None:
    """By key, by network, or the newest; names that are not there list those that are; an empty workspace says what to run."""
    reader = CatalogueReader(built_study.workspace)
    for choice in ({}, {"key": "tiny/shapes"}, {"network": "tiny"}):
        assert studies.choose_study(reader, **choice) == built_study.study
    with pytest.raises(UnknownName, match="tiny/shapes"):
        studies.choose_study(reader, key="tiny/shape")
    with pytest.raises(UnknownName, match="tiny"):
        studies.choose_study(reader, network="tiny2")
    with pytest.raises(NotReady, match="exemplary"):
        studies.choose_study(CatalogueReader(empty_workspace))
    assert studies.list_studies(CatalogueReader(empty_workspace)) == ()


def test_a_studys_figures(built_study: Workplace) -> None:
    """The overview's numbers are counted."""
    found = studies.study_counts(CatalogueReader(built_study.workspace), built_study.study)
    assert (found.n_images, found.n_labels, found.n_skipped) == (120, 8, 0)
    assert (found.n_units, found.n_rendered_units, found.n_renders) == (20, 10, 180)
