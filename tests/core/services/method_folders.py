"""Images that a visualization method made elsewhere: folders as it leaves them, and as they are once imported."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from core.domain import EXTREMES, Extreme, NetworkCard, Render, Unit, digest
from core.render_json import imported_spec
from core.render_spec import Imported, RenderSpec
from core.store import artifacts, catalogue_write
from core.store.publication import publish
from core.store.workspace import Workspace
from tests.studies import picture

METHOD = "grad"


def write_method(
    folder: Path,
    units: Sequence[Unit],
    *,
    n: int = 9,
    side_px: int = 48,
    seed: int = 1,
    extremes: Sequence[Extreme] = EXTREMES,
) -> Path:
    """Write n square PNG files for each unit and extreme, LAYER/CHANNEL/EXTREME/img0.png ...; return the folder."""
    rng = np.random.default_rng(seed)
    for unit in units:
        for extreme in extremes:
            place = folder / unit.layer / str(unit.channel) / extreme
            place.mkdir(parents=True, exist_ok=True)
            for number in range(n):
                (place / f"img{number}.png").write_bytes(picture(rng, (side_px, side_px)))
    return folder


def put_method(workspace: Workspace, card: NetworkCard, units: Sequence[Unit], *, method: str = METHOD, n_images: int = 9) -> RenderSpec:
    """Store and publish made-up images of the units by an imported method, without computing anything; return their spec."""
    crop_px = card.preprocessing.crop_px
    imported = Imported(method, digest([method, n_images]))
    spec = imported_spec(imported, n_images=n_images, image_px=crop_px, n_channels=card.preprocessing.n_channels)
    rng = np.random.default_rng([n_images, *method.encode()])
    renders = []
    for unit, extreme, index in product(units, EXTREMES, range(n_images)):
        address = artifacts.put_image(workspace, picture(rng, (crop_px, crop_px)))
        activation = (9.0 - index) * (1 if extreme == "max" else -1)
        renders.append(Render(unit, extreme, index, address, f"images/{address[:2]}/{address}.png", activation, digest(spec), spec.preset))
    publish(workspace, lambda cursor: catalogue_write.put_renders(cursor, card=card, spec=spec, renders=renders))
    return spec
