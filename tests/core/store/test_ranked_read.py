"""A layer's exemplars at once are those of its units one by one."""

from __future__ import annotations

import numpy as np
import pytest

from core.domain import EXTREMES, Extreme, Unit
from core.store import ranked_read, unit_read
from core.store.publication import CatalogueReader
from tests.studies import DEAD_UNIT, LAYERS, Workplace, activation_matrix


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("n_ranks", [1, 17, 40])
def test_ranked_images_are_the_units_exemplars(built_study: Workplace, extreme: Extreme, n_ranks: int) -> None:
    """A row a channel, rank 0 first: the images with the most extreme activations, as each unit's own ranking has them."""
    cursor, study = CatalogueReader(built_study.workspace).cursor(), built_study.study
    for layer in LAYERS:
        found = ranked_read.ranked_images(cursor, study.key, layer.name, extreme, n_ranks=n_ranks)
        assert found.shape == (layer.n_channels, n_ranks) and found.dtype == np.int64
        units = [Unit(layer.name, channel) for channel in range(layer.n_channels)]
        ids = unit_read.ranked_ids(cursor, study.key, units)
        assert found.tolist() == [list(ids[unit, extreme][:n_ranks]) for unit in units]
        matrix = activation_matrix(layer, study.image_set.n_images)
        ranked = np.sort(matrix, axis=0)[:n_ranks] if extreme == "min" else np.sort(matrix, axis=0)[::-1][:n_ranks]
        assert np.array_equal(np.take_along_axis(matrix, found.T, axis=0), ranked)


def test_only_channels_that_vary_respond(built_study: Workplace) -> None:
    """The constant unit does not."""
    cursor, study = CatalogueReader(built_study.workspace).cursor(), built_study.study
    for layer in LAYERS:
        found = ranked_read.responds(cursor, study.key, layer.name)
        assert [Unit(layer.name, channel) for channel in np.flatnonzero(~found)] == ([DEAD_UNIT] if layer.name == DEAD_UNIT.layer else [])


def test_what_is_not_mined_has_no_rows(built_study: Workplace) -> None:
    """Of a layer that is not there no channel is told, not those of another layer or study."""
    cursor, study = CatalogueReader(built_study.workspace).cursor(), built_study.study
    assert ranked_read.ranked_images(cursor, study.key, "mixed9", "max", n_ranks=3).shape == (0, 3)
    assert ranked_read.ranked_images(cursor, "other/study", LAYERS[0].name, "max", n_ranks=3).shape == (0, 3)
    assert ranked_read.responds(cursor, "other/study", LAYERS[0].name).shape == (0,)
