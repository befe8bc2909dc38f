"""Questions about units agree with slow, obvious recomputation from the activations."""

from __future__ import annotations

import numpy as np
import pytest

from core.domain import EXTREMES, Extreme, Unit
from core.errors import UnknownName
from core.imaging import crop_address
from core.store import activations, catalogue_read, mined_read, render_read, unit_read
from core.store.database import connect_memory
from core.store.publication import CatalogueReader
from tests.core.services.method_folders import put_method
from tests.studies import DEAD_UNIT, LABELS, LAYERS, MAIN_UNITS, RESERVED_UNITS, Matrix, Workplace, activation_matrix, put_synthetic


def matrix_of(place: Workplace, layer: str) -> Matrix:
    files = mined_read.activation_files(CatalogueReader(place.workspace).cursor(), place.workspace, place.study.key, layer)
    return activations.read_layer(connect_memory(), files)


def slow_ranking(column: Matrix, extreme: Extreme) -> list[int]:
    """Return image ids from the most extreme on; of equal activations the lower id comes first."""
    sign = -1 if extreme == "max" else 1
    return sorted(range(len(column)), key=lambda image: (sign * column[image], image))


def test_stored_activations_are_those_that_were_measured(built_study: Workplace) -> None:
    """Every activation can be read back from Parquet, bit for bit."""
    for layer in LAYERS:
        assert np.array_equal(matrix_of(built_study, layer.name), activation_matrix(layer, 120))


@pytest.mark.parametrize("extreme", EXTREMES)
def test_exemplars_are_the_stable_ranking(built_study: Workplace, extreme: Extreme) -> None:
    """Exemplars are the most extreme images in order, ties by image id, with their own activation, path, label and address."""
    cursor, study = CatalogueReader(built_study.workspace).cursor(), built_study.study
    images = catalogue_read.images(cursor, study.image_set.name)
    for layer in LAYERS:
        matrix = matrix_of(built_study, layer.name)
        for channel in range(layer.n_channels):
            unit = Unit(layer.name, channel)
            found = [one for one in unit_read.exemplars(cursor, study, [unit], limit=40) if one.extreme == extreme]
            assert [one.image_id for one in found] == slow_ranking(matrix[:, channel], extreme)[:40]
            assert [one.rank for one in found] == list(range(40))
            for one in found:
                image = images[one.image_id]
                assert one.activation == matrix[one.image_id, channel]
                assert (one.path, one.label) == (f"{study.image_set.folder}/{image.path}", image.label)
                assert one.address == crop_address(image.content_hash, study.mining.preprocessing)


def test_ranked_ids_are_the_exemplars_ids(built_study: Workplace) -> None:
    """The ranking that trials are made from is the one that pages show."""
    cursor, study = CatalogueReader(built_study.workspace).cursor(), built_study.study
    found = unit_read.ranked_ids(cursor, study.key, MAIN_UNITS)
    assert set(found) == {(unit, extreme) for unit in MAIN_UNITS for extreme in EXTREMES}
    for (unit, extreme), ids in found.items():
        assert list(ids) == slow_ranking(matrix_of(built_study, unit.layer)[:, unit.channel], extreme)[:40]


def test_summaries_are_those_of_all_activations(built_study: Workplace) -> None:
    """n, mean, sd, minimum, maximum and a histogram whose counts sum to n, for every unit and also a constant one."""
    cursor = CatalogueReader(built_study.workspace).cursor()
    for layer in LAYERS:
        matrix = matrix_of(built_study, layer.name).astype(np.float64)
        for channel in range(layer.n_channels):
            column = matrix[:, channel]
            found = unit_read.activation_summary(cursor, built_study.study, Unit(layer.name, channel))
            assert (found.n, found.min, found.max) == (120, column.min(), column.max())
            assert found.mean == pytest.approx(column.mean(), abs=1e-12)
            assert found.sd == pytest.approx(column.std(), abs=1e-12)
            edges = found.bin_low + found.bin_width * np.arange(len(found.counts) + 1)
            assert len(found.counts) <= 64 and found.counts == tuple(np.histogram(column, bins=edges)[0].tolist())
            for percent, activation in found.percentiles:
                exact = np.percentile(column, percent, method="inverted_cdf")
                assert activation == pytest.approx(exact, abs=max(1e-6, (column.max() - column.min()) / 500))
            assert found.is_constant == (column.min() == column.max())


def test_an_unknown_unit_names_near_ones(built_study: Workplace) -> None:
    """A unit that was not mined is refused with units that were."""
    cursor = CatalogueReader(built_study.workspace).cursor()
    with pytest.raises(UnknownName, match="mixed3a"):
        unit_read.activation_summary(cursor, built_study.study, Unit("mixed3a", 800))


# --- walls --------------------------------------------------------------------------------------------------------------------


def all_units() -> list[Unit]:
    return [Unit(layer.name, channel) for layer in LAYERS for channel in range(layer.n_channels)]


def wall(place: Workplace, **filters: object) -> tuple[list[Unit], int]:
    rows, n_found = unit_read.unit_rows(CatalogueReader(place.workspace).cursor(), place.study, **filters)  # type: ignore[arg-type]
    return [row.unit for row in rows], n_found


def test_a_wall_without_filters_is_every_unit_in_the_networks_order(built_study: Workplace) -> None:
    """Layers come in the network's order, not the alphabet's, channels in theirs."""
    assert wall(built_study, limit=100) == (all_units(), 20)


def test_a_wall_comes_in_pages(built_study: Workplace) -> None:
    """Pages neither overlap nor leave a unit out, and each tells the number of all."""
    pages = [wall(built_study, limit=6, offset=offset) for offset in (0, 6, 12, 18)]
    assert [unit for units, _ in pages for unit in units] == all_units()
    assert {n for _, n in pages} == {20}


@pytest.mark.parametrize("layer", [None, "conv2d2", "mixed3a", "mixed4a"])
@pytest.mark.parametrize("branch", [None, "1x1", "pool", "all"])
def test_wall_filters_by_layer_and_branch(built_study: Workplace, layer: str | None, branch: str | None) -> None:
    """Filters keep the units that have both, nothing else."""
    branches = {Unit(one.name, channel): one.branch_of(channel) for one in LAYERS for channel in range(one.n_channels)}
    expected = [unit for unit in all_units() if layer in (None, unit.layer) and branch in (None, branches[unit])]
    assert wall(built_study, layer=layer, branch=branch, limit=100) == (expected, len(expected))


def test_wall_keeps_rendered_units_only(built_study: Workplace) -> None:
    """The filter for synthetic images leaves the units that have some."""
    expected = [unit for unit in all_units() if unit in {*MAIN_UNITS, *RESERVED_UNITS}]
    assert wall(built_study, rendered_only=True, limit=100) == (expected, 10)


@pytest.mark.parametrize("search", [*LABELS, "GOLD", "a", "no such thing", "%", "_", "'; DROP TABLE units; --"])
def test_wall_search_by_class(built_study: Workplace, search: str) -> None:
    """A class is searched among the labels of a unit's nine most activating images: three of them must contain it."""
    cursor, study = CatalogueReader(built_study.workspace).cursor(), built_study.study
    expected = []
    for unit in all_units():
        top = [one for one in unit_read.exemplars(cursor, study, [unit], limit=9) if one.extreme == "max"]
        if sum(search.lower() in one.label.lower() for one in top) >= 3 or search.lower() in str(unit):
            expected.append(unit)
    assert wall(built_study, search=search, limit=100) == (expected, len(expected))


def test_wall_search_by_unit(built_study: Workplace) -> None:
    """Part of a unit's name finds it."""
    assert wall(built_study, search=" mixed4A:3 ", limit=100)[0][0] == Unit("mixed4a", 3)
    assert len(wall(built_study, search="mixed3", limit=100)[0]) == 8


def test_wall_tiles_show_the_most_extreme_images(study_workspace: Workplace) -> None:
    """A tile has the rank 0 exemplar, and of the newest render spec image 0; None where nothing was rendered."""
    put_synthetic(study_workspace.workspace, study_workspace.study.network, MAIN_UNITS[:1], n_images=2, seed=5)
    cursor, study = CatalogueReader(study_workspace.workspace).cursor(), study_workspace.study
    rows, _ = unit_read.unit_rows(cursor, study, limit=100)
    for row in rows:
        best = next(one for one in unit_read.exemplars(cursor, study, [row.unit], limit=1) if one.extreme == "max")
        newest = [one for one in render_read.renders(cursor, study.network, [row.unit]) if one.extreme == "max" and one.index == 0]
        assert row.best_natural == best.address
        assert row.best_synthetic == (newest[0].address if newest else None)


@pytest.mark.parametrize("rendered_only", [False, True])
def test_a_ranking_orders_the_wall(built_study: Workplace, rendered_only: bool) -> None:
    """The highest value comes first, equals in the network's order, units without a value last; pages follow one another."""
    values = {str(unit): float(number % 3) for number, unit in enumerate(all_units()) if number % 4}
    fit = [unit for unit in all_units() if not rendered_only or unit in {*MAIN_UNITS, *RESERVED_UNITS}]
    expected = sorted(fit, key=lambda unit: -values.get(str(unit), -9.0))
    assert wall(built_study, ranking=values, rendered_only=rendered_only, limit=100) == (expected, len(fit))
    assert wall(built_study, ranking=values, rendered_only=rendered_only, limit=4, offset=3)[0] == expected[3:7]
    assert wall(built_study, ranking={}, limit=100)[0] == all_units()


def test_imported_images_are_on_the_wall_by_their_method(study_workspace: Workplace) -> None:
    """They are no synthetic images; units that have nothing else are among those with images that were made."""
    put_method(study_workspace.workspace, study_workspace.study.network, [MAIN_UNITS[0], Unit("conv2d2", 1)])
    cursor, study = CatalogueReader(study_workspace.workspace).cursor(), study_workspace.study
    rows = {row.unit: row for row in unit_read.unit_rows(cursor, study, rendered_only=True, limit=100)[0]}
    made = {
        one.unit: one for one in render_read.renders(cursor, study.network) if (one.preset, one.extreme, one.index) == ("grad", "max", 0)
    }
    assert len(rows) == 11 and rows[Unit("conv2d2", 1)].best_synthetic is None
    for unit, row in rows.items():
        assert row.by_methods == ((("grad", made[unit].address),) if unit in made else ())
        assert row.best_synthetic not in {one.address for one in made.values()}


# --- renders and choices of units ---------------------------------------------------------------------------------------------


def test_renders_of_other_weights_are_not_shown(study_workspace: Workplace) -> None:
    """Synthetic images made with other weights of the same network stay out."""
    from tests.studies import network_card

    other = network_card(network_digest="f" * 16)
    cursor = CatalogueReader(study_workspace.workspace).cursor()
    assert render_read.renders(cursor, other) == ()
    assert len(render_read.renders(cursor, study_workspace.study.network)) == 10 * 2 * 9


def test_renders_come_in_index_order(built_study: Workplace) -> None:
    """A unit's synthetic images are indexed from 0 at each extreme."""
    cursor = CatalogueReader(built_study.workspace).cursor()
    found = render_read.renders(cursor, built_study.study.network, MAIN_UNITS[:1])
    for extreme in EXTREMES:
        assert [one.index for one in found if one.extreme == extreme] == list(range(9))


def test_rendering_again_replaces(study_workspace: Workplace) -> None:
    """The same unit, extreme, index and spec is stored once."""
    card = study_workspace.study.network
    put_synthetic(study_workspace.workspace, card, MAIN_UNITS, n_images=9)
    assert len(render_read.renders(CatalogueReader(study_workspace.workspace).cursor(), card)) == 10 * 2 * 9


def test_live_units_leave_constant_ones_out(built_study: Workplace) -> None:
    """A unit that answers every image alike cannot be tested."""
    live = unit_read.live_units(CatalogueReader(built_study.workspace).cursor(), built_study.study.key)
    assert set(live) == set(all_units()) - {DEAD_UNIT}


def test_reserved_units_and_counts(built_study: Workplace) -> None:
    """Reserved units and the study's figures are those that were published."""
    cursor = CatalogueReader(built_study.workspace).cursor()
    assert unit_read.reserved_units(cursor, "tiny") == RESERVED_UNITS
    assert unit_read.reserved_units(cursor, "other") == ()
    assert unit_read.counts(cursor, built_study.study) == (20, 10, 180)
