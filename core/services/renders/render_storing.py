"""Storing what was rendered: images by content, courses and specs in the catalogue; unfinished batches beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.domain import NetworkCard, Render, RenderCourse, Unit, digest
from core.imaging import encode_png, from_pixels
from core.render_spec import RenderSpec, Target
from core.services.networks import register
from core.store import artifacts, catalogue_write
from core.store.publication import publish
from core.store.workspace import Workspace, write_whole
from core.vision.batch import packed, unpacked
from core.vision.synthesis import RenderedGroup

COURSE_POINTS = 256  # of a long optimisation so many steps are kept, evenly spread


def store_groups(workspace: Workspace, card: NetworkCard, spec: RenderSpec, groups: Sequence[RenderedGroup], *, device: str) -> None:
    """Store the groups' images, then publish them; nothing to do for no groups."""
    if not groups:
        return
    renders = [render for group in groups for render in _renders(workspace, spec, group)]
    courses = [_course(workspace, spec, group, device) for group in groups]

    def change(cursor: catalogue_write.Cursor) -> None:
        register(cursor, card)
        catalogue_write.put_renders(cursor, card=card, spec=spec, renders=renders)
        catalogue_write.put_courses(cursor, card=card, courses=courses)

    publish(workspace, change)


def _renders(workspace: Workspace, spec: RenderSpec, group: RenderedGroup) -> Iterator[Render]:
    target, spec_digest = group.target, digest(spec)
    for place, (pixels, activation) in enumerate(zip(group.images, group.activations, strict=True)):
        address = artifacts.put_image(workspace, encode_png(from_pixels(pixels)))
        path = str(artifacts.image_path(workspace, address).relative_to(workspace.root))
        index = target.group * spec.n_images + place
        yield Render(target.unit, target.extreme, index, address, path, float(activation), spec_digest, spec.preset)


def _course(workspace: Workspace, spec: RenderSpec, group: RenderedGroup, device: str) -> RenderCourse:
    activations, objectives = group.course
    kept = np.unique(np.linspace(0, len(activations) - 1, min(COURSE_POINTS, len(activations))).round().astype(int)).tolist()
    shown = [(step, artifacts.put_image(workspace, encode_png(from_pixels(pixels)))) for step, pixels in group.snapshots]
    return RenderCourse(
        unit=group.target.unit,
        extreme=group.target.extreme,
        group=group.target.group,
        spec_digest=digest(spec),
        n_steps=len(activations),
        steps=tuple(kept),
        activations=tuple(activations[step] for step in kept),
        objectives=tuple(objectives[step] for step in kept),
        snapshots=tuple(shown),
        diversity_weight=group.weight,
        n_at_once=group.n_at_once,
        device=device,
    )


class CheckpointFiles:
    """The states of unfinished batches of one network, spec and precision, a file each, written whole: a kill leaves the last one."""

    def __init__(self, workspace: Workspace, card: NetworkCard, spec: RenderSpec, *, device: str) -> None:
        self._folder = workspace.checkpoints / digest([card.network_digest, digest(spec), device])

    def kept(self) -> list[tuple[Target, ...]]:
        """Return the targets of every batch that a state is kept of."""
        return [_targets(state) for path in sorted(self._folder.glob("*.pt")) if (state := _state(path)) is not None]

    def load(self, targets: Sequence[Target]) -> dict[str, Any] | None:
        """Return the state of the batch of these targets, if one is kept."""
        return _state(self._folder / f"{digest(_plain(targets))}.pt")

    def keep(self, targets: Sequence[Target], state: dict[str, Any]) -> None:
        """Keep a batch's state in place of its former one."""
        write_whole(self._folder / f"{digest(_plain(targets))}.pt", packed({**state, "targets": _plain(targets)}))

    def drop_finished(self, targets: Sequence[Target]) -> None:
        """Forget the states of batches of which something is rendered: none of them is asked for as a whole again."""
        finished = set(targets)
        for path in self._folder.glob("*.pt"):
            state = _state(path)
            if state is not None and not finished.isdisjoint(_targets(state)):
                path.unlink(missing_ok=True)


def _state(path: Path) -> dict[str, Any] | None:
    """Return the state in a file; None where there is none, or another process has just removed it."""
    try:
        return unpacked(path.read_bytes())
    except FileNotFoundError:
        return None


def _plain(targets: Sequence[Target]) -> list[list[Any]]:
    return [[target.unit.layer, target.unit.channel, target.extreme, target.group] for target in targets]


def _targets(state: dict[str, Any]) -> tuple[Target, ...]:
    return tuple(Target(Unit(layer, channel), extreme, group) for layer, channel, extreme, group in state["targets"])
