"""Passes of one shape replayed as CUDA graphs: hundreds of small kernels a step are launched at once, not one by one from Python.

A graph has fixed shapes. Each shape that comes often gets one (a recipe that scales by a few factors has a few shapes); what is rare, or
runs while a function mode changes it (the first steps' ReLUs), goes the ordinary way. Before a graph is used, its maps and gradients
are compared with those of the ordinary pass on the same images; where they differ, or none can be made, everything goes the ordinary
way, and it is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from core.vision.hooks import Forward

OFTEN = 3  # a shape that comes for the third time gets a graph
MOST_GRAPHS = 16  # each keeps the memory of a whole pass
TOLERANCE = {True: 5e-2, False: 1e-3}  # of the largest value, in half and in full precision: kernels may be chosen differently

Notice = Callable[[str], None]
Capture = Callable[[Forward, tuple[Tensor, ...]], Forward]


def replayed(forward: Forward, device: torch.device, *, is_half: bool, notice: Notice) -> Forward:
    """Return the pass, replayed as graphs where the device is this machine's only GPU (another's work would disturb the making of one)."""
    if device.type != "cuda" or torch.cuda.device_count() != 1:
        return forward
    return Graphed(forward, capture=cast(Capture, torch.cuda.make_graphed_callables), is_half=is_half, notice=notice)


class Graphed:
    """A pass to feature maps whose frequent shapes are replayed."""

    def __init__(self, forward: Forward, *, capture: Capture, is_half: bool, notice: Notice) -> None:
        self._forward, self._capture, self._is_half, self._notice = forward, capture, is_half, notice
        self._graphs: dict[torch.Size, Forward] = {}
        self._seen: Counter[torch.Size] = Counter()
        self._is_given_up = False

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        if self._is_given_up or not images.requires_grad or _is_function_changed():
            return self._forward(images)
        self._seen[images.shape] += 1
        if images.shape not in self._graphs and self._seen[images.shape] >= OFTEN and len(self._graphs) < MOST_GRAPHS:
            self._make(images)
        return self._graphs.get(images.shape, self._forward)(images)

    def _make(self, images: Tensor) -> None:
        sample = images.detach().clone().requires_grad_(True)
        try:
            graph = self._capture(self._forward, (sample,))
            is_same = self._agree(graph, images)
        except RuntimeError as error:
            self._give_up((str(error).strip().splitlines() or [type(error).__name__])[0])
            return
        if is_same:
            self._graphs[images.shape] = graph
        else:
            self._give_up("its values are not those of the ordinary pass")

    def _agree(self, graph: Forward, images: Tensor) -> bool:
        found, wanted = (_maps_and_gradient(forward, images) for forward in (graph, self._forward))
        limit = TOLERANCE[self._is_half]
        return all(
            bool(torch.isfinite(one).all()) and float((one - other).abs().max()) <= limit * float(other.abs().max())
            for one, other in zip(found, wanted, strict=True)
        )

    def _give_up(self, reason: str) -> None:
        self._is_given_up = True
        self._graphs.clear()
        self._notice(f"Passes are not replayed as CUDA graphs ({reason}): rendering goes on without, a little slower.")


def _maps_and_gradient(forward: Forward, images: Tensor) -> list[Tensor]:
    """Return copies of the maps, and of the gradient of their sum, each channel weighed differently."""
    given = images.detach().clone().requires_grad_(True)
    maps = forward(given)
    weights = [torch.linspace(-1, 1, one.shape[1], device=one.device, dtype=one.dtype)[None, :, None, None].expand_as(one) for one in maps]
    (gradient,) = torch.autograd.grad(maps, given, weights)
    return [*(one.detach().clone() for one in maps), gradient.clone()]


def _is_function_changed() -> bool:
    return torch._C._len_torch_function_stack() > 0
