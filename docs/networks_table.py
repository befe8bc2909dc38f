"""Prints the table of docs/networks.md: what is found and works in each of torchvision's classifiers, with random weights, on one core.

`python docs/networks_table.py > table.md`. Nothing is downloaded. Each network is built, searched for layers, given one image of noise
for all of them, and differentiated once from its last layer to the image. Giants are left out, for memory.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass

import torch
from torch import nn
from torchvision import models

from core.domain import Layer
from core.vision.hooks import spatial_mean, tapped
from core.vision.networks import LoadedNetwork, loaded
from core.vision.sources import untrained

GIANTS = 250_000_000  # parameters
HEAD = "| network | input px | layers | first | last | units | pre-ReLU | works |\n|---|---|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Row:
    """A network's line of the table; `problem` is empty where all worked."""

    name: str
    crop_px: int
    layers: tuple[Layer, ...]
    problem: str

    def __str__(self) -> str:
        if not self.layers:
            return f"| {self.name} | {self.crop_px} | | | | | | {self.problem} |"
        before, units = sum(layer.pre_relu for layer in self.layers), sum(layer.n_channels for layer in self.layers)
        first, last = self.layers[0].name, self.layers[-1].name
        pre_relu = "all" if before == len(self.layers) else f"{before}" if before else "none"
        return (
            f"| {self.name} | {self.crop_px} | {len(self.layers)} | {first} | {last} | {units:,} | {pre_relu} | {self.problem or 'yes'} |"
        )


def main() -> None:
    """Print the table, then how many networks worked."""
    torch.set_num_threads(1)
    nn.init.trunc_normal_ = lambda weight, mean=0.0, std=1.0, **_: nn.init.normal_(weight, mean, std)  # the truncated one takes minutes
    started, rows = time.perf_counter(), []
    print(HEAD)
    for name in models.list_models(module=models):
        rows.append(row(name))
        print(rows[-1], flush=True)
        gc.collect()
    tried = [one for one in rows if one.layers]
    print(f"\n{sum(not one.problem for one in tried)} of {len(tried)} tried work, {len(rows) - len(tried)} of {len(rows)} are left out.")
    print(f"{time.perf_counter() - started:.0f} s on one core.")


def row(name: str) -> Row:
    """Return what holds for one network."""
    weights = models.get_model_weights(name).DEFAULT
    crop_px, n_parameters = weights.transforms().crop_size[0], weights.meta["num_params"]
    if n_parameters > GIANTS:
        return Row(name, crop_px, (), f"not tried: {n_parameters / 1e6:.0f} million parameters")
    torch.manual_seed(0)
    try:
        network = loaded(untrained(name), name, device=torch.device("cpu"))
    except Exception as error:
        return Row(name, crop_px, (), f"no: {error}")
    return Row(name, crop_px, network.card.layers, problem_of(network))


def problem_of(network: LoadedNetwork) -> str:
    """Return why a network cannot be mined or synthesised for; empty where it can."""
    layers, side = network.card.layers, network.card.preprocessing.crop_px
    image = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad(), tapped(network.module, network.taps, layers=layers, reduction=spatial_mean) as forward:
        found = forward(image)
    if not all(values.shape == (1, layer.n_channels) and values.isfinite().all() for layer, values in zip(layers, found, strict=True)):
        return "no: activations are missing or not finite"
    with tapped(network.module, network.taps, layers=layers[-1:], reduction=spatial_mean) as forward:
        (gradient,) = torch.autograd.grad(forward(image.requires_grad_())[0].square().sum(), image)  # one channel alone may be dead
    return "" if bool(gradient.isfinite().all()) and bool(gradient.any()) else "no: there is no gradient to the image"


if __name__ == "__main__":
    main()
