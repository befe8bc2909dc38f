"""Groups of images that are optimised together: their parameter, its optimiser, the course so far. Its state can be kept and taken up."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.domain import Extreme, Unit
from core.errors import UsageError
from core.render_spec import ExemplarStart, RenderSpec, Target
from core.vision.hooks import Forward
from core.vision.networks import LoadedNetwork
from core.vision.objectives import Evaluated, evaluate
from core.vision.parameterization import exemplar_parameter, image_function, start_parameter
from core.vision.relus import LeakyGradient
from core.vision.transforms import centre_crop, transformed

SNAPSHOT_SHARES = (0.0, 1 / 32, 1 / 8, 1 / 4, 1 / 2, 3 / 4)  # of the steps; the finished image comes last
SMOOTHING = 0.95  # of the gradient's norm, from step to step, before it is judged flat


@dataclass(frozen=True, slots=True)
class Natural:
    """What a spec takes from the study's images.

    magnitude: Maco's mean spectrum, float64 (C, side, side // 2 + 1); exemplars: uint8 (image_px, image_px, C) of a unit, extreme and
    rank, for an ExemplarStart; best: the activation of the most extreme natural image of a unit and extreme, for tuned diversity.
    """

    magnitude: NDArray[np.float64] | None = None
    exemplars: Mapping[tuple[Unit, Extreme, int], NDArray[np.uint8]] = field(default_factory=dict)
    best: Mapping[tuple[Unit, Extreme], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Optimised:
    """A group as its optimisation left it.

    images: uint8 (n, image_px, image_px, C), cropped and quantised; activations, objectives: float32 (n_steps,), of the transformed
    images; snapshots: (step, uint8 (image_px, image_px, C)) of the group's first image; weight: the last diversity weight that held.
    """

    images: Tensor
    activations: Tensor
    objectives: Tensor
    snapshots: tuple[tuple[int, Tensor], ...]
    weight: float

    def as_plain(self) -> dict[str, Any]:
        """Return the fields by name, for a state."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


class Batch:
    """Groups of one layer on their way; `improve` takes a step, `is_done` tells when all have ended."""

    def __init__(
        self, network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target], natural: Natural, weights: Sequence[float] | None = None
    ) -> None:
        self.spec, self.targets, self.step = spec, list(targets), 0
        starts = [_start(spec, target, index, natural) for target in targets for index in range(spec.n_images)]
        stacked = torch.stack(starts).to(device=network.device, dtype=network.dtype)
        self.images_of = image_function(spec, like=stacked, magnitude=natural.magnitude)
        self.active = list(range(len(targets)))  # groups whose images still change, in the order of the parameter's rows
        self.weights = torch.tensor(weights or [spec.objective.diversity.weight] * len(targets)).to(stacked)
        self.course = torch.full((3, spec.optimiser.steps, len(targets)), torch.nan).to(stacked)  # activation, objective, gradient norm
        self.held_weights = torch.zeros_like(self.weights)
        self.snapshots: dict[int, dict[int, Tensor]] = {}  # step -> group -> image
        self.finished: dict[int, Optimised] = {}
        self.exemplars = self._images(stacked, spec.optimiser.steps) if isinstance(spec.start, ExemplarStart) and spec.start.keep else None
        self.anchors: Tensor | None = None  # (rows,): each exemplar's own activation, in absolute terms
        self._optimise(stacked)

    @property
    def is_done(self) -> bool:
        return not self.active

    def improve(self, forward: Forward) -> None:
        """Take one step of the optimiser; note each group's activation, objective and gradient before it; end groups that are through."""
        self._snapshot()
        self.optimiser.zero_grad()
        with torch.enable_grad():
            images = self.images_of(self.parameter, self.step)
            seen = transformed(images, self.spec, step=self.step)
            with LeakyGradient() if self.step < self.spec.optimiser.relu_leak_steps else nullcontext():
                maps = forward(seen)
                found = self._evaluated(maps)
            gradients = [one.flatten(0, 1) for one in found.gradients]
            torch.autograd.backward([*maps, *self._kept(images, found)], [*gradients, *self._kept_gradient()])
        self.optimiser.step()
        self._note(found)
        self.step += 1
        self._end_groups()

    def results(self) -> list[Optimised]:
        """Return every group as it is now, in the order of the targets."""
        return [self.finished[number] for number in range(len(self.targets))]

    # --- keeping and taking up ------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all that a later `restore` needs to go on, bit for bit, from here: tensors and plain values."""
        adam = self.optimiser.state[self.parameter]
        return {
            "step": self.step,
            "active": self.active,
            "parameter": self.parameter.detach(),
            "adam": dict(adam),
            "course": self.course,
            "held_weights": self.held_weights,
            "snapshots": self.snapshots,
            "finished": {number: one.as_plain() for number, one in self.finished.items()},
            "anchors": self.anchors,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of a batch of the same network, spec, targets and weights."""
        device = self.parameter.device
        self.step, self.active = int(state["step"]), list(state["active"])
        self.course, self.held_weights = state["course"].to(device), state["held_weights"].to(device)
        self.snapshots = {int(step): dict(images) for step, images in state["snapshots"].items()}
        self.finished = {number: Optimised(**one) for number, one in state["finished"].items()}
        self.anchors = None if state["anchors"] is None else state["anchors"].to(device)
        self._optimise(state["parameter"].to(device), adam=state["adam"])

    # --- parts of a step ------------------------------------------------------------------------------------------------------

    def _optimise(self, parameter: Tensor, adam: Mapping[str, Tensor] | None = None) -> None:
        self.parameter = parameter.clone().requires_grad_(True)
        # The objective is maximised: this is the one place where the minus sign stands.
        self.optimiser = torch.optim.Adam([self.parameter], lr=self.spec.optimiser.learning_rate, maximize=True, fused=True)
        if adam:
            self.optimiser.state[self.parameter] = {name: value.to(parameter.device) for name, value in adam.items()}

    def _evaluated(self, maps: tuple[Tensor, ...]) -> Evaluated:
        grouped = [one.view(len(self.active), -1, *one.shape[1:]).to(self.parameter.dtype) for one in maps]  # (G, m, C, h, w)
        return evaluate(
            grouped[0],
            self.spec.objective,
            units=[self.targets[number].unit for number in self.active],
            extremes=[self.targets[number].extreme for number in self.active],
            weights=self.weights[self.active],
            n_images=self.spec.n_images,
            other_maps=grouped[1] if len(grouped) > 1 else None,
        )

    def _kept(self, images: Tensor, found: Evaluated) -> list[Tensor]:
        """Return how far accentuated images are from their exemplars, weighed, as one sum; nothing for other images."""
        if self.exemplars is None or not isinstance(self.spec.start, ExemplarStart):
            return []
        if self.anchors is None:
            per_image = found.activations.view(len(self.active), self.spec.n_images, -1).mean(dim=2)
            self.anchors = per_image.abs().flatten()
        originals = self.exemplars.view(len(self.targets), self.spec.n_images, *self.exemplars.shape[1:])[self.active].flatten(0, 1)
        distances = (images - originals).square().mean(dim=(1, 2, 3))
        return [(self.spec.start.keep / self.spec.n_images * self.anchors * distances).sum()]

    def _kept_gradient(self) -> list[Tensor | None]:
        return [] if self.exemplars is None else [-torch.ones((), device=self.parameter.device, dtype=self.parameter.dtype)]

    def _note(self, found: Evaluated) -> None:
        norms = torch.linalg.vector_norm(self.parameter.grad.view(len(self.active), -1), dim=1) if self.parameter.grad is not None else 0
        self.course[0, self.step, self.active] = found.activations.mean(dim=1)
        self.course[1, self.step, self.active] = found.objectives
        self.course[2, self.step, self.active] = norms
        self.held_weights[self.active] = found.weights

    def _snapshot(self) -> None:
        steps = {int(share * self.spec.optimiser.steps) for share in SNAPSHOT_SHARES}
        if self.step in steps:
            firsts = self._quantised(self.parameter[:: self.spec.n_images], self.step)
            self.snapshots[self.step] = dict(zip(self.active, firsts, strict=True))

    def _end_groups(self) -> None:
        ended = set(self.active) if self.step >= self.spec.optimiser.steps else self._flat_groups()
        if ended:
            self._finish(ended)

    def _flat_groups(self) -> set[int]:
        """Return the active groups whose smoothed gradient norm has not changed for a while."""
        flat = self.spec.optimiser.flat_stop
        if flat is None or self.step <= 2 * flat.window or self.step % 8:
            return set()
        norms = self.course[2, : self.step, self.active]  # (steps, active)
        now, before = _smoothed(norms), _smoothed(norms[: -flat.window])
        is_flat = (now - before).abs() <= flat.tolerance * before
        return {number for number, ended in zip(self.active, is_flat.tolist(), strict=True) if ended}

    def _finish(self, ended: set[int]) -> None:
        """Keep the images of the groups that ended, and go on with the others alone."""
        images = self._quantised(self.parameter, self.step).view(len(self.active), self.spec.n_images, *self._image_shape())
        for row, number in enumerate(self.active):
            if number in ended:
                self.finished[number] = self._result(number, images[row])
        rows = [row for row, number in enumerate(self.active) if number not in ended]
        kept = torch.tensor([row * self.spec.n_images + index for row in rows for index in range(self.spec.n_images)], dtype=torch.long)
        kept = kept.to(self.parameter.device)
        if self.anchors is not None:
            self.anchors = self.anchors[kept]
        adam = {name: value[kept] if value.dim() else value for name, value in self.optimiser.state[self.parameter].items()}
        self.active = [self.active[row] for row in rows]
        if self.active:
            self._optimise(self.parameter.detach()[kept], adam=adam)

    def _result(self, number: int, images: Tensor) -> Optimised:
        shown = [(step, groups[number]) for step, groups in sorted(self.snapshots.items()) if number in groups]
        course = self.course[:2, : self.step, number].float().cpu()
        return Optimised(images, course[0], course[1], (*shown, (self.step, images[0])), float(self.held_weights[number]))

    def _images(self, parameter: Tensor, step: int) -> Tensor:
        """Return the images of a parameter in a step, whole: (B, C, side, side) in [0, 1]."""
        with torch.no_grad():
            return self.images_of(parameter, step)

    def _quantised(self, parameter: Tensor, step: int) -> Tensor:
        """Return the images of a parameter in a step, cropped: uint8 (B, image_px, image_px, C) on the CPU."""
        final = centre_crop(self._images(parameter, step), self.spec.image_px)
        return final.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().contiguous()

    def _image_shape(self) -> tuple[int, int, int]:
        return self.spec.image_px, self.spec.image_px, self.spec.n_channels


def packed(state: Mapping[str, Any]) -> bytes:
    """Return a state as bytes."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, Any]:
    """Return the state that `packed` made bytes of; only tensors and plain values are read."""
    return dict(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))


def _smoothed(norms: Tensor) -> Tensor:
    """Return the exponential mean of (steps, groups) at the last step: (groups,)."""
    weights = SMOOTHING ** torch.arange(len(norms) - 1, -1, -1, device=norms.device, dtype=norms.dtype)
    return (weights[:, None] * norms).sum(dim=0) / weights.sum()


def _start(spec: RenderSpec, target: Target, place: int, natural: Natural) -> Tensor:
    index = target.group * spec.n_images + place
    if not isinstance(spec.start, ExemplarStart):
        return start_parameter(spec, target.unit, extreme=target.extreme, index=index)
    exemplar = natural.exemplars.get((target.unit, target.extreme, index))
    if exemplar is None:
        raise UsageError(f"Image {index} of {target.unit} {target.extreme} begins as the exemplar of that rank; there is none: mine more.")
    return exemplar_parameter(spec, exemplar)
