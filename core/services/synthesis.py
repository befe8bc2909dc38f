"""Synthesise max and min images of units: whole spec stored, published batch by batch, resumed where interrupted. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from core.domain import EXTREMES, Extreme, NetworkCard, Render, RenderSpec, Unit, digest
from core.errors import UsageError
from core.imaging import encode_png
from core.jobs.job import Job, Progress, silent, working
from core.services.networks import check_workspace, open_network, register
from core.services.unit_names import parse_units
from core.settings import Settings
from core.store import artifacts, catalogue_write, unit_read
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.networks import LoadedNetwork
from core.vision.presets import preset as preset_spec
from core.vision.synthesis import RenderedGroup
from core.vision.workers import render_all

Target = tuple[Unit, Extreme]
PUBLISH_INTERVAL_S = 5.0  # a publication copies the catalogue: a kill loses at most so many seconds' finished images


@dataclass(frozen=True, slots=True)
class SynthesisReport:
    """What was rendered; `n_present` images were there already by the same spec."""

    network: str
    spec: RenderSpec
    spec_digest: str
    units: tuple[Unit, ...]
    n_rendered: int
    n_present: int


def synthesize(
    settings: Settings,
    network: str,
    units: Sequence[str],
    *,
    preset: str = "quick",
    n_images: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    reserve: bool = False,
    network_name: str | None = None,
    progress: Progress = silent,
) -> SynthesisReport:
    """Render max and min images of the units by a preset (optionally with another number of images or steps).

    What the catalogue has by the same spec is not rendered again. `reserve` keeps the units for practice and catch trials. Raises
    UsageError, UnknownName, NetworkError.
    """
    loaded = open_network(settings, network, network_name=network_name)
    chosen = parse_units(loaded.card, units)
    spec = _spec(loaded.card, preset=preset, n_images=n_images, steps=steps, seed=seed)
    workspace = Workspace(settings.workspace)
    check_workspace(workspace, loaded.card)

    def change(cursor: catalogue_write.Cursor) -> None:
        register(cursor, loaded.card)
        catalogue_write.put_reserved(cursor, loaded.card.name, chosen if reserve else ())

    publish(workspace, change)
    missing = _missing(workspace, loaded.card, spec, chosen)
    n_all, n_missing = len(chosen) * len(EXTREMES) * spec.n_images, len(missing) * spec.n_images
    if missing:
        content = {"network": loaded.card.name, "spec": digest(spec), "units": [str(unit) for unit in chosen]}
        with working(workspace, f"synthesize-{digest(content)}", spec=content, progress=progress) as job:
            _run(job, settings, workspace, loaded, spec=spec, missing=missing)
    return SynthesisReport(loaded.card.name, spec, digest(spec), chosen, n_rendered=n_missing, n_present=n_all - n_missing)


def _run(job: Job, settings: Settings, workspace: Workspace, loaded: LoadedNetwork, *, spec: RenderSpec, missing: Sequence[Target]) -> None:
    """Render what is missing, published as it finishes: an interruption loses only what was under way."""

    def report(done: int, total: int, layer: str) -> None:
        job.report(done, total, f"synthesising {layer}")

    n_workers = settings.threads if loaded.device.type == "cpu" else 1
    finished: list[RenderedGroup] = []
    published_at = time.monotonic()
    try:
        for rendered in render_all(loaded, spec, missing, n_workers=n_workers, progress=report):
            finished.append(rendered)
            if time.monotonic() - published_at > PUBLISH_INTERVAL_S:
                _publish(workspace, loaded.card, spec, finished)
                finished, published_at = [], time.monotonic()
    finally:
        _publish(workspace, loaded.card, spec, finished)


def _publish(workspace: Workspace, card: NetworkCard, spec: RenderSpec, groups: Sequence[RenderedGroup]) -> None:
    """Store the groups' images, then publish them; nothing to do for no groups."""
    renders = [render for group in groups for render in _stored(workspace, spec, group)]

    def change(cursor: catalogue_write.Cursor) -> None:
        register(cursor, card)
        catalogue_write.put_renders(cursor, card=card, spec=spec, renders=renders)

    if renders:
        publish(workspace, change)


def _stored(workspace: Workspace, spec: RenderSpec, group: RenderedGroup) -> Iterator[Render]:
    spec_digest = digest(spec)
    for index, (pixels, activation) in enumerate(zip(group.images, group.activations, strict=True)):
        address = artifacts.put_image(workspace, encode_png(Image.fromarray(pixels)))
        path = str(artifacts.image_path(workspace, address).relative_to(workspace.root))
        yield Render(group.unit, group.extreme, index, address, path, float(activation), spec_digest, spec.preset)


def _missing(workspace: Workspace, card: NetworkCard, spec: RenderSpec, units: Sequence[Unit]) -> list[Target]:
    """Return the (unit, extreme) pairs that the catalogue lacks by this spec, in the order of the network's layers."""
    present: dict[Target, int] = {}
    spec_digest = digest(spec)
    for one in unit_read.renders(CatalogueReader(workspace).cursor(), card, units):
        if one.spec_digest == spec_digest:
            present[one.unit, one.extreme] = present.get((one.unit, one.extreme), 0) + 1
    order = {layer.name: position for position, layer in enumerate(card.layers)}
    targets: list[Target] = [(unit, extreme) for unit in units for extreme in EXTREMES]
    missing = [target for target in targets if present.get(target, 0) < spec.n_images]
    return sorted(missing, key=lambda target: (order[target[0].layer], target[0].channel, target[1]))


def _spec(card: NetworkCard, *, preset: str, n_images: int | None, steps: int | None, seed: int) -> RenderSpec:
    for name, value in (("--images", n_images), ("--steps", steps)):
        if value is not None and value < 1:
            raise UsageError(f"{name} {value} is too few; give at least 1.")
    spec = preset_spec(preset, image_px=card.preprocessing.crop_px, seed=seed, n_images=n_images)
    return spec if steps is None else replace(spec, optimiser=replace(spec.optimiser, steps=steps))
