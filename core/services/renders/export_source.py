"""A unit whose images are to be files: which they are, how their files are called, and what these say of it. No torch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from core import imaging
from core.domain import Exemplar, Render, Study, Unit, digest
from core.errors import NotReady, StaleWork, UnknownName
from core.render_json import spec_content
from core.services.pictures import picture
from core.services.units.units import RenderSet, UnitView
from core.sheets import MAX_IMAGES
from core.store import render_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

NOT_SAFE = re.compile(r"[^\w-]+")  # in a file's name


@dataclass(frozen=True, slots=True)
class ExportSource:
    """One unit's images by one spec (None: not rendered), and where they come from."""

    workspace: Workspace
    reader: CatalogueReader
    study: Study
    view: UnitView
    chosen: RenderSet | None

    @property
    def stem(self) -> str:
        """Return how the names of all its files begin."""
        return file_stem(self.study, self.view.unit)

    def picture(self, address: str) -> bytes:
        found = picture(self.workspace, self.reader, address)
        if found is None:
            raise gone(address)
        return found

    def images(self, records: Sequence[Exemplar] | Sequence[Render]) -> tuple[Image.Image, ...]:
        return tuple(imaging.decode(self.picture(one.address)) for one in records[:MAX_IMAGES])


def choose_set(view: UnitView, spec_digest: str | None = None) -> RenderSet:
    """Return the unit's set by the spec whose digest begins so; by default that of most images (of these the newest), synthesised here
    where there is one.

    Raises NotReady, UnknownName.
    """
    if not view.render_sets:
        raise not_rendered(view.study.partition("/")[0], [view.unit])
    if spec_digest is None:
        return max(view.render_sets, key=lambda one: (one.method is None, len(one.max_images) + len(one.min_images)))
    found = [one for one in view.render_sets if one.spec_digest.startswith(spec_digest)]
    if len(found) != 1:
        raise UnknownName(f"render spec of {view.unit}", spec_digest, [one.spec_digest for one in view.render_sets])
    return found[0]


def file_stem(study: Study, unit: Unit) -> str:
    """Return "network_layer-channel" as a file's name may have it: of layers that would read alike, each gets four digits more."""
    names = Counter(_safe(layer.name).casefold() for layer in study.network.all_layers)
    layer = _safe(unit.layer)
    more = f"-{digest(unit.layer)[:4]}" if names[layer.casefold()] > 1 else ""
    return f"{_safe(study.network.name)}_{layer}{more}-{unit.channel}"


def about(source: ExportSource) -> dict[str, Any]:
    """Return what all files of the unit say of it and of their spec."""
    study, view, chosen = source.study, source.view, source.chosen
    natural = view.activation
    return {
        "study": study.key,
        "network": study.network.name,
        "network_source": study.network.source,
        "network_digest": study.network.network_digest,
        "image_set": study.image_set.name,
        "image_set_digest": study.image_set.set_digest,
        "unit": str(view.unit),
        "layer": view.unit.layer,
        "channel": view.unit.channel,
        "branch": view.branch,
        "pre_relu": view.pre_relu,
        "natural_activation": {"n": natural.n, "mean": natural.mean, "sd": natural.sd, "min": natural.min, "max": natural.max},
        "spec_digest": chosen and chosen.spec_digest,
        "spec": chosen and spec_content(render_read.render_spec(source.reader.cursor(), chosen.spec_digest)),
    }


def not_rendered(network: str, units: Sequence[Unit]) -> NotReady:
    """Return the error that says which command makes the images of these units."""
    who = f"{units[0]} has" if len(units) == 1 else f"{len(units)} units have"
    command = f"exemplary synthesize --network {network} --units {' '.join(_ranges(units))}"
    return NotReady(f"{who} no synthetic images yet; make them with `{command}`.")


def gone(address: str) -> StaleWork:
    """Return the error for an image that was there when its record was read."""
    return StaleWork(f"The image {address} is not in the workspace any more; mine or synthesise again.")


def _ranges(units: Sequence[Unit]) -> list[str]:
    """Return the units as `synthesize` takes them, neighbouring channels of a layer as one range."""
    runs: list[tuple[Unit, int]] = []
    for unit in sorted(units):
        if runs and runs[-1][0].layer == unit.layer and runs[-1][1] == unit.channel - 1:
            runs[-1] = (runs[-1][0], unit.channel)
        else:
            runs.append((unit, unit.channel))
    return [str(first) if last == first.channel else f"{first}-{last}" for first, last in runs]


def _safe(name: str) -> str:
    return NOT_SAFE.sub("-", name).strip("-") or "unnamed"
