"""Made-up synthetic images with their courses and paths, for pages and components."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from core.domain import EXTREMES, Extreme, NetworkCard, PathSimilarity, Render, RenderCourse, Unit, digest
from core.imaging import encode_png
from core.render_spec import RenderSpec
from core.store import artifacts, catalogue_write
from core.store.publication import publish
from core.store.workspace import Workspace
from tests.studies import LAYERS, picture

AT_LAYERS = tuple(layer.name for layer in LAYERS)
SHOWN_AT = (0.0, 1 / 32, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)  # shares of the steps


def course_of(unit: Unit, extreme: Extreme, *, spec_digest: str, group: int = 0, n_steps: int = 48, **changes: Any) -> RenderCourse:
    """Return a course that comes close to 8 (max) or -8 (min), without snapshots."""
    sign = 1 if extreme == "max" else -1
    steps = tuple(range(n_steps))
    activations = tuple(sign * (8 + group) * (1 - math.exp(-4 * step / n_steps)) + 0.2 * math.sin(step * 1.7) for step in steps)
    course = RenderCourse(unit, extreme, group, spec_digest, n_steps, steps, activations, activations, (), 0.1, 18, "cpu")
    return replace(course, **changes)


def path_of(
    unit: Unit, extreme: Extreme, address: str, *, normalised: Sequence[float], at_layers: Sequence[str] = AT_LAYERS
) -> PathSimilarity:
    """Return a path whose normalised similarities are these."""
    n = len(at_layers)
    similarities = tuple(0.2 + 0.6 * value for value in normalised)
    return PathSimilarity(address, unit, extreme, tuple(at_layers), similarities, (0.8,) * n, (0.2,) * n)


def put_set(
    workspace: Workspace,
    card: NetworkCard,
    unit: Unit,
    *,
    activations: dict[Extreme, Sequence[float]],
    study: str | None = None,
    **spec: Any,
) -> str:
    """Publish synthetic images with these activations, their courses and, where a study is named, their paths; return the spec's digest."""
    made = replace(RenderSpec("quick", 9, card.preprocessing.crop_px, 0), **spec)
    rng = np.random.default_rng([made.seed, 5])
    renders, courses, paths = [], [], []
    for extreme in EXTREMES:
        for index, activation in enumerate(activations[extreme]):
            side = card.preprocessing.crop_px
            address = artifacts.put_image(workspace, picture(rng, (side, side)))
            path = f"images/{address[:2]}/{address}.png"
            renders.append(Render(unit, extreme, index, address, path, activation, digest(made), made.preset))
            normalised = [0.95 - 0.8 * layer / len(card.layers) + 0.1 * float(rng.standard_normal()) for layer in range(len(card.layers))]
            paths.append(path_of(unit, extreme, address, normalised=normalised, at_layers=[layer.name for layer in card.layers]))
        snapshots = put_snapshots(workspace, renders[-1].address, n_steps=made.optimiser.steps)
        course = course_of(unit, extreme, spec_digest=digest(made), n_steps=made.optimiser.steps, snapshots=snapshots)
        courses.append(course)

    def change(cursor: catalogue_write.Cursor) -> None:
        catalogue_write.put_renders(cursor, card=card, spec=made, renders=renders)
        catalogue_write.put_courses(cursor, card=card, courses=courses)
        if study is not None:
            catalogue_write.put_path_similarities(cursor, study, paths)

    publish(workspace, change)
    return digest(made)


def put_snapshots(workspace: Workspace, address: str, *, n_steps: int) -> tuple[tuple[int, str], ...]:
    """Store an image on its way from noise; return steps and addresses."""
    image = Image.open(workspace.root / f"images/{address[:2]}/{address}.png").convert("RGB")
    noise = Image.fromarray(np.random.default_rng(n_steps).integers(0, 256, (*image.size, 3), dtype=np.uint8))
    blended = [(int(share * n_steps), Image.blend(noise, image, share)) for share in SHOWN_AT]
    return tuple((step, artifacts.put_image(workspace, encode_png(one))) for step, one in blended)
