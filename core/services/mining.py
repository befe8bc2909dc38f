"""Mine a network's units on an image set: every activation kept, exemplars and distributions published. Imports torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.domain import ImageFile, ImageSet, Layer, MiningSpec, NetworkCard, digest
from core.errors import StaleWork, UsageError
from core.jobs.job import Job, Progress, silent, working
from core.ranking import summarise
from core.services.networks import check_workspace, open_network, register
from core.settings import Settings
from core.store import activations, catalogue_read, catalogue_write
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.layers import resolve_layers
from core.vision.mining import iter_activations
from core.vision.networks import LoadedNetwork

BATCH = 32
TOP_K = 200


@dataclass(frozen=True, slots=True)
class MineReport:
    """What mining did; `n_resumed` images were there already from an interrupted run."""

    study: str
    layers: tuple[str, ...]
    n_units: int
    n_images: int
    n_resumed: int
    already_mined: tuple[str, ...]


def mine(
    settings: Settings,
    network: str,
    image_set: str,
    *,
    layers: Sequence[str] | None = None,
    top_k: int = TOP_K,
    network_name: str | None = None,
    progress: Progress = silent,
) -> MineReport:
    """Mine all asked layers in one pass over the images. Layers that are mined already are left as they are; interrupted, it resumes."""
    if top_k < 1:
        raise UsageError(f"--top {top_k} asks for no exemplars; give at least 1 (the paper keeps 200).")
    workspace = Workspace(settings.workspace)
    cursor = CatalogueReader(workspace).cursor()
    chosen_set, images = catalogue_read.image_set(cursor, image_set), catalogue_read.images(cursor, image_set)
    loaded = open_network(settings, network, network_name=network_name)
    asked = resolve_layers(loaded.card, layers)
    check_workspace(workspace, loaded.card)
    study = f"{loaded.card.name}/{chosen_set.name}"
    spec = _spec(loaded, chosen_set, asked, min(top_k, len(images)))
    mined = _already_mined(workspace, study, spec)
    missing = tuple(layer for layer in asked if layer.name not in mined)
    report = (study, tuple(layer.name for layer in asked), sum(layer.n_channels for layer in asked), len(images))
    if not missing:
        return MineReport(*report, n_resumed=0, already_mined=tuple(mined))
    spec = _spec(loaded, chosen_set, missing, spec.top_k)
    with working(workspace, f"mine-{digest(spec)}", spec=spec, progress=progress) as job:
        n_resumed = _run(job, workspace, loaded, study=study, spec=spec, image_set=chosen_set, images=images, layers=missing)
    return MineReport(*report, n_resumed=n_resumed, already_mined=tuple(mined))


def _run(
    job: Job,
    workspace: Workspace,
    loaded: LoadedNetwork,
    *,
    study: str,
    spec: MiningSpec,
    image_set: ImageSet,
    images: tuple[ImageFile, ...],
    layers: tuple[Layer, ...],
) -> int:
    scratch = activations.Scratch(job.folder / "activations.f32", sum(layer.n_channels for layer in layers))
    start = min(scratch.n_rows(), len(images)) if scratch.n_rows() >= len(images) else scratch.n_rows() // spec.batch * spec.batch
    scratch.truncate(start)
    paths = [Path(image_set.folder) / image.path for image in images]
    done = start
    if start < len(images):
        hashes = [image.content_hash for image in images]
        for rows in iter_activations(loaded, paths, layers=layers, batch=spec.batch, start=start, content_hashes=hashes):
            _check_finite(rows, paths[done : done + len(rows)])
            scratch.append(rows)
            done += len(rows)
            job.report(done, len(images), "mining images")
    _publish(job, workspace, scratch, loaded.card, study=study, spec=spec, layers=layers)
    scratch.delete()
    return start


def _publish(
    job: Job,
    workspace: Workspace,
    scratch: activations.Scratch,
    card: NetworkCard,
    *,
    study: str,
    spec: MiningSpec,
    layers: tuple[Layer, ...],
) -> None:
    found: list[catalogue_write.MinedLayer] = []
    column = 0
    for number, layer in enumerate(layers, start=1):
        matrix = scratch.columns(column, column + layer.n_channels)  # (n_images, n_channels)
        column += layer.n_channels
        parquet = workspace.activations(study) / digest(spec) / f"{layer.name.replace('/', '~')}.parquet"
        activations.write_layer(parquet, matrix)
        found.append(
            catalogue_write.MinedLayer(
                layer, len(matrix), summarise(matrix, top_k=spec.top_k), parquet=os.path.relpath(parquet, workspace.root)
            )
        )
        job.report(number, len(layers), "ranking layers")

    def change(cursor: catalogue_write.Cursor) -> None:
        if catalogue_read.image_set(cursor, spec.image_set).set_digest != spec.set_digest:
            raise StaleWork(f"The image set {spec.image_set!r} was indexed anew while it was mined; mine again.")
        register(cursor, card)
        for mined in found:
            catalogue_write.put_mined_layer(cursor, study, spec=spec, mined=mined)
        catalogue_write.put_crops(cursor, spec.image_set, spec.preprocessing)

    publish(workspace, change)


def _spec(loaded: LoadedNetwork, image_set: ImageSet, layers: tuple[Layer, ...], top_k: int) -> MiningSpec:
    card = loaded.card
    return MiningSpec(
        network=card.name,
        network_digest=card.network_digest,
        image_set=image_set.name,
        set_digest=image_set.set_digest,
        preprocessing=card.preprocessing,
        layers=tuple(layer.name for layer in layers),
        pre_relu=tuple(layer.pre_relu for layer in layers),
        top_k=top_k,
        batch=BATCH,
    )


def _already_mined(workspace: Workspace, study: str, spec: MiningSpec) -> list[str]:
    """Return the layers that the catalogue has by an equal spec (but for which layers shared the pass)."""
    asked = _comparable(spec)
    mined = catalogue_read.mined_layers(CatalogueReader(workspace).cursor(), study)
    return [
        layer
        for layer, stored in mined.items()
        if layer in spec.layers and _comparable(stored) == asked and stored.top_k >= spec.top_k  # more exemplars than asked are kept
    ]


def _comparable(spec: MiningSpec) -> tuple[object, ...]:
    return spec.network, spec.network_digest, spec.set_digest, spec.preprocessing, spec.batch, spec.reduction


def _check_finite(rows: np.ndarray[tuple[int, int], np.dtype[np.float32]], paths: Sequence[Path]) -> None:
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        raise StaleWork(f"The network gives activations that are not finite for {paths[int(bad.argmax())]}; check its weights and input.")
