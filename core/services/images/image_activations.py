"""What an image does in every layer: its stored activations, and the distributions that they stand in. No torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.domain import Layer, Study, Unit
from core.excitation import Distributions
from core.store import activations, catalogue_read, mined_read, unit_read
from core.store.catalogue_read import StudyImage
from core.store.publication import CatalogueReader


def image_at(reader: CatalogueReader, study: Study, address: str) -> StudyImage | None:
    """Return the study's image of this address; None where it is another one, such as a synthetic image."""
    return catalogue_read.study_image(reader.cursor(), study, address)


def mined_layers(reader: CatalogueReader, study: Study) -> tuple[Layer, ...]:
    """Return the layers of the study that were mined, in the network's order."""
    mined = mined_read.mined_states(reader.cursor(), study.key)
    return tuple(layer for layer in study.network.all_layers if layer.name in mined)


def distributions(reader: CatalogueReader, study: Study) -> Distributions:
    """Return the distributions of all units, layer after layer."""
    layers = mined_layers(reader, study)
    exponent, origin, counts, mean, sd = unit_read.distributions(reader.cursor(), study.key, [layer.name for layer in layers])
    units = tuple(Unit(layer.name, channel) for layer in layers for channel in range(layer.n_channels))
    return Distributions(units, exponent, origin, np.cumsum(counts, axis=1, dtype=np.uint32), mean, sd)


def stored_activations(reader: CatalogueReader, study: Study, image_id: int) -> npt.NDArray[np.float32]:
    """Return every unit's activation of one of the study's images, in the order of `distributions`. Raises StoreError, StaleWork."""
    cursor, found = reader.cursor(), []
    for layer in mined_layers(reader, study):
        mined_read.activation_files(cursor, reader.workspace, study.key, layer.name)
        shards = mined_read.shards(cursor, study.key, layer.name)
        found.append(activations.read_some(reader.workspace.root, shards, [image_id])[:, 0])
    return np.concatenate(found)
