"""Observers as they were when they answered: from the embeddings on disk, without their networks. No torch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.domain import Study
from core.errors import NotReady
from core.psychophysics.observers import EmbeddingObserver, standardise
from core.store import activations, catalogue_read, embeddings, mined_read
from core.store.database import connect_memory
from core.store.observations import ObserverCard
from core.store.publication import CatalogueReader

SCALE_IMAGES: Final = 4096  # channels are z-scored over all images of the set, over so many evenly spaced ones of a larger set
OWN: Final = "own:"

Rows = NDArray[np.float32]


def stored_observer(reader: CatalogueReader, study: Study, card: ObserverCard, shown: Collection[str]) -> EmbeddingObserver:
    """Return the observer that can see those of the `shown` images that it has embedded (`address in observer` tells which).

    Raises NotReady for one that judges pairs: it has no embeddings.
    """
    if card.kind == "pairwise":
        raise NotReady(f"{card.name} judges pairs of images and keeps no embeddings; its decisions are those that it published.")
    own_layer = card.embedder.removeprefix(OWN) if card.is_biased and card.embedder.startswith(OWN) else None
    return observer_of(
        reader, study, shown, name=card.name, embedder=card.embedder_digest, is_z_scored=card.is_z_scored, own_layer=own_layer
    )


def observer_of(
    reader: CatalogueReader,
    study: Study,
    shown: Collection[str],
    *,
    name: str,
    embedder: str,
    is_z_scored: bool,
    own_layer: str | None = None,
) -> EmbeddingObserver:
    """Return the observer of an embedder's digest. `own_layer`: the studied network's, whose natural features are the mined activations."""
    natural = natural_addresses(reader, study)
    mined = None if own_layer is None else mined_features(reader, study, own_layer)
    scale_images = scale_of(natural) if is_z_scored else []
    found = embeddings.read_embeddings(reader.workspace, embedder, {*shown, *scale_images})
    addresses, rows = found.addresses, found.rows
    if mined is not None:
        addresses = (*natural, *addresses)
        rows = np.concatenate([mined, rows]) if len(rows) else mined
    return EmbeddingObserver(name, addresses, rows, scale=_scale(addresses, rows, scale_images) if is_z_scored else None)


def natural_addresses(reader: CatalogueReader, study: Study) -> tuple[str, ...]:
    """Return the address of every image of the set, by image id."""
    found = catalogue_read.crop_addresses(reader.cursor(), study)
    return tuple(found[image_id] for image_id in range(study.image_set.n_images))


def are_mined(reader: CatalogueReader, study: Study, layer: str) -> bool:
    """Return whether the layer's activations of every image are mined as spatial means."""
    state = mined_read.mined_states(reader.cursor(), study.key).get(layer)
    return state is not None and state.spec.reduction == "mean" and state.n_images == study.image_set.n_images


def mined_features(reader: CatalogueReader, study: Study, layer: str) -> Rows | None:
    """Return the layer's mined activations of every image, float32 (n_images, C); None where they are not mined as spatial means of all."""
    if not are_mined(reader, study, layer):
        return None
    cursor = reader.cursor()
    return activations.read_layer(connect_memory(), mined_read.activation_files(cursor, reader.workspace, study.key, layer))


def scale_of(natural: Sequence[str]) -> list[str]:
    """Return the images over which channels are z-scored."""
    places = np.unique(np.linspace(0, len(natural) - 1, min(len(natural), SCALE_IMAGES)).round().astype(int))
    return [natural[place] for place in places]


def _scale(addresses: Sequence[str], rows: Rows, scale_images: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    place = {address: number for number, address in enumerate(addresses)}
    missing = [address for address in scale_images if address not in place]
    if missing:
        raise NotReady(f"{len(missing):,} images that channels are z-scored over are not embedded; run `exemplary observe`.")
    return standardise(rows[[place[address] for address in dict.fromkeys(scale_images)]])
