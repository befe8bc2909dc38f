"""An image's activations in every layer are those that were stored of it."""

from __future__ import annotations

import numpy as np

from core.excitation import percentiles
from core.services.images.image_activations import distributions, image_at, stored_activations
from core.store import catalogue_read, unit_read
from core.store.publication import CatalogueReader
from tests.studies import Workplace


def test_an_images_activations_are_those_of_each_unit(built_study: Workplace) -> None:
    """For images of every shard, read image by image they are what is read unit by unit."""
    reader = CatalogueReader(built_study.workspace)
    found = distributions(reader, built_study.study)
    by_unit = np.array([unit_read.unit_activations(reader.workspace, reader.cursor(), built_study.study, unit) for unit in found.units])
    assert found.cumulative[:, -1].tolist() == [built_study.study.image_set.n_images] * len(found.units)
    for image_id in (0, 49, 50, 119):
        own = stored_activations(reader, built_study.study, image_id)
        assert own.tolist() == by_unit[:, image_id].tolist()
        slow = 100 * ((by_unit < own[:, None]).mean(axis=1) + (by_unit == own[:, None]).mean(axis=1) / 2)
        np.testing.assert_allclose(percentiles(found, own), slow)  # values are 0.1 apart, so that each has a bin of its own


def test_images_are_found_by_address(built_study: Workplace) -> None:
    """A crop's address leads to its image; one that is nobody's to none."""
    reader = CatalogueReader(built_study.workspace)
    addresses = catalogue_read.crop_addresses(reader.cursor(), built_study.study)
    found = image_at(reader, built_study.study, addresses[73])
    assert found is not None and (found.image_id, found.address) == (73, addresses[73]) and "0073" in found.path
    assert image_at(reader, built_study.study, "0" * 32) is None
