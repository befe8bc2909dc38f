"""What is asked of mining, and what of it is left: new layers, images that were added, more exemplars than are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.domain import ActivationType, ImageFile, Layer, MiningSpec, Reduction, digest
from core.errors import UsageError
from core.store.mined_read import Mined

TOP_K = 200  # the paper's

CompileWish = Literal["auto", "on", "off"]  # auto: on CUDA whichever is faster


@dataclass(frozen=True, slots=True)
class MiningRequest:
    """What is asked for: which layers (None: all) of a network on an image set, and how a feature map becomes an activation."""

    network: str
    image_set: str
    layers: tuple[str, ...] | None = None
    top_k: int = TOP_K
    network_name: str | None = None
    reduction: Reduction = "mean"
    activation_type: ActivationType = "float32"
    half: bool = False
    compiling: CompileWish = "auto"

    def check(self) -> None:
        """Raise UsageError where no exemplars are asked for."""
        if self.top_k < 1:
            raise UsageError(f"--top {self.top_k} asks for no exemplars; give at least 1 (the paper keeps 200).")


@dataclass(frozen=True, slots=True)
class MiningPlan:
    """By layer, in the order asked.

    passes: layers that share a pass, by the number of first images that they are mined on already; ranked_again: layers whose exemplars
    are then found in their stored activations; done: layers with which there is nothing to do; brought_along: layers that were not asked
    for, but mined before images were added.
    """

    passes: Mapping[int, tuple[Layer, ...]]
    ranked_again: tuple[Layer, ...]
    done: tuple[str, ...]
    brought_along: tuple[str, ...]


def plan_mining(
    spec: MiningSpec, images: Sequence[ImageFile], *, asked: Sequence[Layer], all_layers: Sequence[Layer], mined: Mapping[str, Mined]
) -> MiningPlan:
    """Return what is missing. `spec` is of this run, `mined` says how the study's layers were mined, `all_layers` are the network's."""
    names = {layer.name for layer in asked}
    known = {
        layer: _n_known(spec if layer in names else replace(spec, top_k=0), images, state)  # those not asked for keep their exemplars
        for layer, state in mined.items()
    }
    behind = tuple(layer for layer in all_layers if layer.name not in names and 0 < known.get(layer.name, 0) < len(images))
    passes: dict[int, tuple[Layer, ...]] = {}
    ranked_again: list[Layer] = []
    done: list[str] = []
    for layer in (*asked, *behind):
        n = known.get(layer.name, 0)
        if n < len(images):
            passes[n] = (*passes.get(n, ()), layer)
        if n and mined[layer.name].spec.top_k < spec.top_k and layer.name in names:
            ranked_again.append(layer)
        elif n == len(images):
            done.append(layer.name)
    return MiningPlan(passes, tuple(ranked_again), tuple(done), tuple(layer.name for layer in behind))


def content_digest(images: Sequence[ImageFile]) -> str:
    """Return what names the bytes of these images in this order, wherever they lie."""
    return digest([image.content_hash for image in images])


def comparable(spec: MiningSpec) -> tuple[object, ...]:
    """Return what two specs must have in common for their activations of an image to be the same."""
    return (spec.network, spec.network_digest, spec.preprocessing, spec.reduction, spec.precision, spec.activation_type)


def _n_known(spec: MiningSpec, images: Sequence[ImageFile], state: Mined) -> int:
    """Return on how many of the images, from the first on, a layer is mined already as `spec` asks; 0 where it is to be mined anew.

    The batch size may differ, and whether passes are compiled: activations change by rounding only (1e-4 of their size at most).
    """
    if comparable(state.spec) != comparable(spec) or state.n_images > len(images):
        return 0
    if state.spec.top_k < spec.top_k and spec.activation_type != "float32":
        return 0  # more exemplars than were kept, and no exact activations to find them in
    return state.n_images if content_digest(images[: state.n_images]) == state.content_digest else 0
