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
from tests.studies import DEAD_UNIT, LAYERS, MAIN_UNITS, RESERVED_UNITS, Matrix, Workplace, activation_matrix, put_synthetic


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


def all_units() -> list[Unit]:
    return [Unit(layer.name, channel) for layer in LAYERS for channel in range(layer.n_channels)]


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
