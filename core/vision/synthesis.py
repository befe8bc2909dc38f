"""Synthesising feature visualizations: groups of one layer in one batch, the forward pass stopped at that layer; measured when done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.domain import Layer, Unit
from core.errors import NetworkError, UsageError
from core.render_spec import Direction, RenderSpec, Target
from core.standing import is_beyond
from core.vision.batch import Batch, Natural, Optimised
from core.vision.graphs import Notice, replayed
from core.vision.hooks import Forward, cloned, tapped
from core.vision.layers import checked_channel
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork
from core.vision.objectives import other_layer
from core.vision.tuning import Search

__all__ = ["Natural", "RenderedGroup", "render"]

CHECKPOINT_STEPS = 100  # a kill at any moment loses at most so many steps
MEASURED_AT_ONCE = 16  # images in a measuring batch: fixed, so that an activation does not depend on what is measured beside it

OnStep = Callable[[int], None]
"""Called after every step with the number of images that took it; what it raises ends the work."""
Keep = Callable[[dict[str, Any]], None]
"""Called with the state to go on from: every CHECKPOINT_STEPS steps, and when the work is ended from outside. The state holds the live
tensors: what keeps it packs it before it returns."""


@dataclass(frozen=True, slots=True)
class RenderedGroup:
    """The synthetic images of one target.

    images: uint8 (n, image_px, image_px, C); activations: float32 (n,), the unit's on exactly these images; course: activation and
    objective before each step, of the transformed images; snapshots: (step, image) of the first image; weight: the diversity weight that
    held; n_at_once: images in its batch.
    """

    target: Target
    images: NDArray[np.uint8]
    activations: NDArray[np.float32]
    course: tuple[tuple[float, ...], tuple[float, ...]]
    snapshots: tuple[tuple[int, NDArray[np.uint8]], ...]
    weight: float
    n_at_once: int


def render(
    network: LoadedNetwork,
    spec: RenderSpec,
    targets: Sequence[Target],
    *,
    natural: Natural | None = None,
    state: Mapping[str, Any] | None = None,
    keep: Keep | None = None,
    on_step: OnStep | None = None,
    notice: Notice | None = None,
) -> list[RenderedGroup]:
    """Return the rendered groups of targets of one layer, optimised in one batch, in order.

    A group's images do not depend on the groups beside it, but for rounding. `state` is what an ended call gave `keep` for the same
    arguments: the work goes on from there to the same bits. `notice` is told where the device cannot do what would be fastest. Raises
    UsageError where the targets are not of one layer or the spec does not fit the network, and UnknownName for a layer that is not there.
    """
    if not targets:
        return []
    layers = _layers_of(network, spec, targets)
    _check(network, spec)
    work = _Work(network, spec, targets, natural or Natural(), keep or _no_report, on_step or _no_report)
    with _forward(network, layers, notice or _no_report) as forward:
        optimised = work.tuned(forward, state) if spec.objective.diversity.tuned_to else work.run(forward, None, state)
    for target, one in zip(targets, optimised, strict=True):
        _check_finite(target, one)
    return _measured(network, spec, targets, optimised)


def _no_report(_: Any) -> None:
    pass


class _Work:
    """One call of `render`: what stays the same between the rounds of a search."""

    def __init__(
        self, network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target], natural: Natural, keep: Keep, on_step: OnStep
    ) -> None:
        self.network, self.spec, self.targets, self.natural = network, spec, targets, natural
        self.keep, self.on_step = keep, on_step

    def run(self, forward: Forward, weights: list[float] | None, state: Mapping[str, Any] | None, **beside: Any) -> list[Optimised]:
        """Optimise all groups to their end; `beside` is kept with every state."""
        batch = Batch(self.network, self.spec, self.targets, self.natural, weights)
        if state:
            batch.restore(state)
        elif beside:  # a round of a search begins: those before it are kept
            self.keep({**batch.state(), **beside})
        while not batch.is_done:
            n_images = len(batch.active) * self.spec.n_images
            batch.improve(forward)
            try:
                self.on_step(n_images)
            except BaseException:  # ended from outside, between two steps: the state is whole
                self.keep({**batch.state(), **beside})
                raise
            if batch.step % CHECKPOINT_STEPS == 0 and not batch.is_done:
                self.keep({**batch.state(), **beside})
        return batch.results()

    def tuned(self, forward: Forward, state: Mapping[str, Any] | None) -> list[Optimised]:
        """Search every group's diversity weight in rounds that they share; return each group as the best weight left it."""
        diversity = self.spec.objective.diversity
        searches = [Search(diversity.weight, diversity.n_bisections) for _ in self.targets]
        best: list[Optimised | None] = [None] * len(searches)
        if state and "rounds" in state:
            best = [None if one is None else Optimised(**one) for one in state["best"]]
        rounds: list[list[bool]] = list(state["rounds"]) if state and "rounds" in state else []
        for round_ in rounds:
            _tell(searches, round_)
        while not all(search.is_done for search in searches):
            beside = {"rounds": rounds, "best": [None if one is None else one.as_plain() for one in best]}
            found = self.run(forward, [search.weight for search in searches], state, **beside)
            state = None
            held = self._held(found)
            best = [new if ok and not search.is_done else old for new, old, ok, search in zip(found, best, held, searches, strict=True)]
            _tell(searches, held)
            rounds = [*rounds, held]
        if all(one is not None for one in best):
            return [one for one in best if one is not None]
        beside = {"rounds": rounds, "best": [None if one is None else one.as_plain() for one in best]}
        without = self.run(forward, [0.0] * len(searches), state, **beside)
        return [one or other for one, other in zip(best, without, strict=True)]

    def _held(self, found: Sequence[Optimised]) -> list[bool]:
        """Tell of each group whether its weakest image goes beyond the most extreme natural image."""
        groups = _measured(self.network, self.spec, self.targets, found)
        return [_all_beyond(group, self.natural) for group in groups]


def _all_beyond(group: RenderedGroup, natural: Natural) -> bool:
    best, extreme = natural.best[group.target.unit, group.target.extreme], group.target.extreme
    return all(is_beyond(activation, best, extreme) for activation in group.activations.tolist())


def _tell(searches: Sequence[Search], held: Sequence[bool]) -> None:
    for search, ok in zip(searches, held, strict=True):
        if not search.is_done:
            search.tell(ok)


@contextmanager
def _forward(network: LoadedNetwork, layers: Sequence[Layer], notice: Notice) -> Iterator[Forward]:
    """Give the pass to the layers' maps, in the half precision that the network is to be rendered with, if any; on a GPU as graphs."""
    with tapped(network.module, network.taps, layers=layers, reduction=cloned) as forward:
        if network.half is None:
            yield replayed(forward, network.device, is_half=False, notice=notice)
            return
        device, half = network.device.type, network.half

        def in_half(images: torch.Tensor) -> tuple[torch.Tensor, ...]:
            with torch.autocast(device, dtype=half):
                return forward(images.contiguous(memory_format=torch.channels_last))

        yield replayed(in_half, network.device, is_half=True, notice=notice)


def _measured(network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target], optimised: Sequence[Optimised]) -> list[RenderedGroup]:
    """Return the groups with the activations of their final clean images, in full precision."""
    images = np.concatenate([one.images.numpy() for one in optimised])
    layer = network.layer(targets[0].unit.layer)
    found = measure(network, images, layers=(layer,), batch=MEASURED_AT_ONCE).reshape(len(targets), spec.n_images, -1)
    return [
        RenderedGroup(
            target=target,
            images=one.images.numpy(),
            activations=activations[:, target.unit.channel],
            course=(tuple(one.activations.tolist()), tuple(one.objectives.tolist())),
            snapshots=tuple((step, image.numpy()) for step, image in one.snapshots),
            weight=one.weight,
            n_at_once=len(images),
        )
        for target, one, activations in zip(targets, optimised, found, strict=True)
    ]


def _layers_of(network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target]) -> tuple[Layer, ...]:
    """Return the layer of the targets, and that of a Difference's other unit where it is another."""
    names = sorted({target.unit.layer for target in targets})
    if len(names) > 1:
        raise UsageError(f"Units of one layer are rendered together, but came {', '.join(names)}; render each layer on its own.")
    layer = network.layer(names[0])
    for target in targets:
        checked_channel(layer, target.unit.channel)
    measure_ = spec.objective.measure
    if isinstance(measure_, Direction):
        for channel, _ in measure_.weights:
            checked_channel(layer, channel)
    other = other_layer(measure_)
    if other is None:
        return (layer,)
    unit = Unit(other, int(measure_.other.rpartition(":")[2]))  # type: ignore[union-attr]
    checked_channel(network.layer(unit.layer), unit.channel)
    return (layer,) if unit.layer == layer.name else (layer, network.layer(unit.layer))


def _check(network: LoadedNetwork, spec: RenderSpec) -> None:
    preprocessing = network.card.preprocessing
    if (spec.image_px, spec.n_channels) != (preprocessing.crop_px, preprocessing.n_channels):
        raise UsageError(
            f"{network.card.name} sees images of {preprocessing.n_channels} channels and {preprocessing.crop_px} px, but the render spec "
            f"asks for {spec.n_channels} channels and {spec.image_px} px; set its n_channels and image_px to the network's."
        )
    if spec.n_images < 1 or spec.optimiser.steps < 1:
        raise UsageError(f"A render needs an image and a step, but the spec has {spec.n_images} and {spec.optimiser.steps}.")


def _check_finite(target: Target, one: Optimised) -> None:
    """Raise NetworkError where an optimisation diverged: its images would be black, and their activations finite."""
    if not bool(torch.isfinite(one.objectives).all()):
        raise NetworkError(
            f"The images of {target.unit} ({target.extreme}) diverged; render with --spec, a smaller optimiser.learning_rate in it."
        )
