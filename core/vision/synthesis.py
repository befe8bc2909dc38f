"""Synthesising feature visualizations: several units of one layer in one batch, the forward pass stopped at that layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.domain import Extreme, Layer, RenderSpec, Unit
from core.errors import UsageError
from core.vision.hooks import Forward, cloned, tapped
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork
from core.vision.objectives import group_objectives, unit_activations
from core.vision.parameterization import image_function, side_px, start_parameter
from core.vision.relus import LeakyGradient
from core.vision.transforms import centre_crop, transformed

Target = tuple[Unit, Extreme]
OnStep = Callable[[int, int], None]

IMAGES_AT_ONCE = {"cpu": 36, "mps": 90, "cuda": 360}  # optimised in one batch; beyond it nothing is gained, and memory is lost


@dataclass(frozen=True, slots=True)
class RenderedGroup:
    """The synthetic images of one extreme of a unit.

    images: uint8 (n, image_px, image_px, 3) RGB; activations: float32 (n,), measured on exactly these images; course: the mean activation
    of the transformed images in each step.
    """

    unit: Unit
    extreme: Extreme
    images: NDArray[np.uint8]
    activations: NDArray[np.float32]
    course: tuple[float, ...]


def render(
    network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target], *, group_batch: int | None = None, on_step: OnStep | None = None
) -> Iterator[RenderedGroup]:
    """Give the rendered group of each target, in order, as its batch of `group_batch` groups finishes.

    A group's images do not depend on the groups beside it. `on_step(done, total)` is called after every optimisation step of every
    batch; what it raises ends the work. Raises UsageError where the targets are not of one layer or the spec does not fit the
    network, and UnknownName for a layer that is not there.
    """
    if not targets:
        return iter(())
    layer = _layer_of(network, targets)
    _check(network, spec)
    size = group_batch or max(1, IMAGES_AT_ONCE.get(network.device.type, 36) // spec.n_images)
    batches = [targets[start : start + size] for start in range(0, len(targets), size)]
    return _rendered(network, spec, layer, batches, on_step or _no_report)


def _layer_of(network: LoadedNetwork, targets: Sequence[Target]) -> Layer:
    names = sorted({unit.layer for unit, _ in targets})
    if len(names) > 1:
        raise UsageError(f"Units of one layer are rendered together, but came {', '.join(names)}; render each layer on its own.")
    layer = network.layer(names[0])
    beyond = next((unit for unit, _ in targets if not 0 <= unit.channel < layer.n_channels), None)
    if beyond is not None:
        raise UsageError(f"There is no unit {beyond}; {layer.name} has channels 0 to {layer.n_channels - 1}.")
    return layer


def _check(network: LoadedNetwork, spec: RenderSpec) -> None:
    crop_px = network.card.preprocessing.crop_px
    if spec.image_px != crop_px:
        raise UsageError(f"{network.card.name} sees images of {crop_px} px, but the render spec asks for {spec.image_px} px.")
    if spec.n_images < 1 or spec.optimiser.steps < 1:
        raise UsageError(f"A render needs an image and a step, but the spec has {spec.n_images} and {spec.optimiser.steps}.")


def _no_report(_done: int, _total: int) -> None:
    pass


def _rendered(
    network: LoadedNetwork, spec: RenderSpec, layer: Layer, batches: Sequence[Sequence[Target]], on_step: OnStep
) -> Iterator[RenderedGroup]:
    total = len(batches) * spec.optimiser.steps
    for number, targets in enumerate(batches):
        batch = _Batch(network, spec, targets)
        with tapped(network.module, network.taps, layers=(layer,), reduction=cloned) as forward:
            for step in range(spec.optimiser.steps):
                batch.improve(forward, step)
                on_step(number * spec.optimiser.steps + step + 1, total)
        for (unit, extreme), images, course in zip(targets, batch.images(), batch.courses(), strict=True):
            activations = measure(network, images, layers=(layer,), batch=spec.n_images)[:, unit.channel]
            yield RenderedGroup(unit, extreme, images, activations, course)


class _Batch:
    """Groups of images that are optimised together: their parameter, its optimiser and the activations so far."""

    def __init__(self, network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target]) -> None:
        starts = [start_parameter(spec, unit, extreme=extreme, index=index) for unit, extreme in targets for index in range(spec.n_images)]
        self.spec = spec
        self.units = [unit for unit, _ in targets]
        self.extremes = [extreme for _, extreme in targets]
        self.parameter = torch.stack(starts).to(device=network.device, dtype=network.dtype).requires_grad_(True)
        self.images_of = image_function(spec.parameterization, side=side_px(spec), like=self.parameter)
        # The objective is maximised: this is the one place where the minus sign stands.
        self.optimiser = torch.optim.Adam([self.parameter], lr=spec.optimiser.learning_rate, maximize=True, fused=True)
        self.activations: list[Tensor] = []  # (G,) for each step

    def improve(self, forward: Forward, step: int) -> None:
        """Take one step of the optimiser and note each group's mean activation before it."""
        self.optimiser.zero_grad()
        with torch.enable_grad():
            seen = transformed(self.images_of(self.parameter), self.spec, step=step)
            with LeakyGradient() if step < self.spec.optimiser.relu_leak_steps else nullcontext():
                (maps,) = forward(seen)
            maps = maps.view(len(self.units), self.spec.n_images, *maps.shape[1:])  # (G, n, C, h, w)
            activations = unit_activations(maps, self.units)
            diversity = self.spec.objective.diversity
            group_objectives(maps, activations, extremes=self.extremes, diversity=diversity).sum().backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.activations.append(activations.detach().mean(dim=1))

    def images(self) -> NDArray[np.uint8]:
        """Return the images as they are now, cropped and quantised: uint8 (G, n, image_px, image_px, 3)."""
        with torch.no_grad():
            final = centre_crop(self.images_of(self.parameter), self.spec.image_px)
        pixels = final.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return pixels.reshape(len(self.units), self.spec.n_images, *pixels.shape[1:])

    def courses(self) -> list[tuple[float, ...]]:
        """Return each group's mean activation of the transformed images in every step."""
        return [tuple(course) for course in torch.stack(self.activations, dim=1).cpu().tolist()]
