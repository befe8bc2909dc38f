"""Images drawn by a small dense network from position to colour (CPPN), one network an image, all of a batch at once.

The network is lucent's `cppn` (optvis/param/cppn; Mordvintsev et al. 2018): positions from -sqrt(3) to sqrt(3), dense layers with the
composite activation [atan(x) / 0.67, atan(x) ** 2 / 0.6], a sigmoid at the end; weights begin normal with variance 1 / inputs, biases
and the last layer at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from core.render_spec import Cppn

REACH = 3**0.5


def start(spec: Cppn, n_channels: int, generator: torch.Generator) -> Tensor:
    """Return the weights one network begins with, flat: float32 (n_weights,), layer after layer, each its matrix and then its bias."""
    parts = []
    for number, (inputs, outputs) in enumerate(_sizes(spec, n_channels), start=1):
        weights = torch.randn(outputs, inputs, generator=generator) * inputs**-0.5
        parts += [torch.zeros_like(weights) if number == spec.depth else weights, torch.zeros(outputs)]
    return torch.cat([part.flatten() for part in parts])


def image_function(spec: Cppn, *, n_channels: int, side: int, like: Tensor) -> Callable[[Tensor, int], Tensor]:
    """Return the function (weights (B, n_weights), step) -> images (B, C, side, side) in [0, 1]."""
    line = torch.linspace(-REACH, REACH, side, device=like.device, dtype=like.dtype)
    positions = torch.stack([line[:, None].expand(side, side), line[None, :].expand(side, side)]).flatten(1)  # (2, side * side)
    sizes = list(_sizes(spec, n_channels))

    def images(weights: Tensor, _step: int) -> Tensor:
        values, place = positions.expand(len(weights), -1, -1), 0
        for number, (inputs, outputs) in enumerate(sizes, start=1):
            matrix = weights[:, place : place + inputs * outputs].view(-1, outputs, inputs)
            bias = weights[:, place + inputs * outputs : place + (inputs + 1) * outputs]
            values = torch.baddbmm(bias[:, :, None], matrix, values)  # (B, outputs, side * side)
            place += (inputs + 1) * outputs
            if number < spec.depth:
                bent = values.atan()
                values = torch.cat([bent / 0.67, bent.square() / 0.6], dim=1)
        return values.sigmoid().view(len(weights), n_channels, side, side)

    return images


def _sizes(spec: Cppn, n_channels: int) -> Iterator[tuple[int, int]]:
    """Give the inputs and outputs of each layer; the activation doubles what a layer passes on."""
    for number in range(spec.depth):
        yield 2 if number == 0 else 2 * spec.hidden, n_channels if number == spec.depth - 1 else spec.hidden
