"""What is written to the catalogue is told apart by everything that distinguishes it."""

from __future__ import annotations

from dataclasses import replace

from core.store import catalogue_read, catalogue_write
from core.store.publication import CatalogueReader, publish
from tests.studies import Workplace


def test_crops_of_another_interpolation_have_addresses_of_their_own(study_workspace: Workplace) -> None:
    """Bilinear and bicubic crops of one set stand beside each other, each address leads to its own; putting again adds none."""
    workspace, study = study_workspace
    bicubic = replace(study.mining.preprocessing, interpolation="bicubic")
    other = replace(study, mining=replace(study.mining, preprocessing=bicubic))
    before = catalogue_read.crop_addresses(CatalogueReader(workspace).cursor(), study)
    for _ in range(2):
        publish(workspace, lambda cursor: catalogue_write.put_crops(cursor, study.image_set.name, bicubic))
    cursor = CatalogueReader(workspace).cursor()
    added = catalogue_read.crop_addresses(cursor, other)
    assert catalogue_read.crop_addresses(cursor, study) == before
    assert added.keys() == before.keys() and not set(added.values()) & set(before.values())
    assert cursor.execute("SELECT count(*) FROM crops").fetchall() == [(2 * len(before),)]
    for addresses, preprocessing in ((before, study.mining.preprocessing), (added, bicubic)):
        source = catalogue_read.crop_source(cursor, addresses[0])
        assert source is not None and source.preprocessing == preprocessing


def test_a_networks_interpolation_is_kept(study_workspace: Workplace) -> None:
    """A card read back from the catalogue is the card that was stored."""
    workspace, study = study_workspace
    preprocessing = replace(study.network.preprocessing, interpolation="bicubic")
    card = replace(study.network, name="other", preprocessing=preprocessing)
    publish(workspace, lambda cursor: catalogue_write.put_network(cursor, card))
    assert catalogue_read.network(CatalogueReader(workspace).cursor(), "other") == card
