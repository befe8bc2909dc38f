"""A unit's feature maps of images, and what of an image a position of such a map depends on: the gradient, back to the pixels.

The pass stops at the unit's layer and sees one branch of it. Batches have one shape (the last is padded), since the shape decides how
a device adds up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.activation_map import Box, Maps, extreme_position, mass_box
from core.domain import Branch, Extreme, Layer, Unit
from core.errors import UsageError
from core.vision.hooks import Forward, cloned, tapped
from core.vision.networks import LoadedNetwork
from core.vision.precision import full_precision

Pixels = NDArray[np.uint8]
Gradients = NDArray[np.float32]

AT_ONCE = 3  # nine images of a grid are three whole batches; on a CPU more than four gain nothing
N_PROBES = 4  # noise images whose gradients make up the theoretical receptive field


def activation_maps(network: LoadedNetwork, images: Pixels, unit: Unit, *, batch: int = AT_ONCE) -> Maps:
    """Return the unit's maps, float32 (n, h, w), of images that are already cropped, uint8 (n, H, W, C).

    Their spatial means are the activations that mining finds. Raises UsageError for another shape or type and for a unit that the
    layer does not have, UnknownName for a layer that the network does not have.
    """
    return responses(network, images, unit, None, batch=batch)[0]


def responses(
    network: LoadedNetwork, images: Pixels, unit: Unit, extreme: Extreme | None, *, batch: int = AT_ONCE
) -> tuple[Maps, Gradients]:
    """Return the unit's maps, float32 (n, h, w), and how each image's most extreme value changes with its pixels: the absolute gradient
    summed over the colours, float32 (n, H, W), 0 where no position is the most extreme or no extreme is asked for.

    Takes and raises what `activation_maps` does.
    """
    _check(network, images, batch)
    maps, gradients = [], []
    with _seeing(network, unit) as (forward, channel):
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            pixels = _as_input(network, part, batch).requires_grad_(extreme is not None)
            with torch.set_grad_enabled(extreme is not None):
                (found,) = forward(pixels)
            of_unit = found[: len(part), channel]  # (b, h, w)
            maps.append(of_unit.detach().float().cpu().numpy())
            gradients.append(_gradients(of_unit, pixels, maps[-1], extreme)[: len(part)])
    return np.concatenate(maps), np.concatenate(gradients)


def theoretical_field(network: LoadedNetwork, unit: Unit, *, seed: int = 0) -> Box:
    """Return the receptive field of the centre of the unit's map, as far as it lies in the image.

    It is the extent of the gradient above 0 of noise images, of all channels of the unit's branch together: a ReLU or a maximum may
    hold back the gradient of one channel in one image, hardly that of all in all. Raises as `activation_maps` does, and UsageError
    where the map does not depend on the image.
    """
    preprocessing = network.card.preprocessing
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (N_PROBES, preprocessing.crop_px, preprocessing.crop_px, preprocessing.n_channels), dtype=np.uint8)
    with _seeing(network, unit) as (forward, _), torch.enable_grad():
        pixels = _as_input(network, noise, N_PROBES).requires_grad_(True)
        (maps,) = forward(pixels)
        centre = maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2]  # (N_PROBES, C of the branch)
        weights = torch.from_numpy(rng.standard_normal(maps.shape[1])).to(centre)
        (gradient,) = torch.autograd.grad((centre * weights).sum(), pixels)
    box = mass_box(_absolute(gradient).max(axis=0), share=1.0)
    if box is None:
        raise UsageError(f"The map of {unit} does not depend on the image at its centre; there is no receptive field to show.")
    return box


def _gradients(of_unit: Tensor, pixels: Tensor, maps: Maps, extreme: Extreme | None) -> Gradients:
    """Return the absolute gradients (batch, H, W) at each image's extreme position."""
    nothing = np.zeros((len(pixels), *pixels.shape[2:]), np.float32)
    if extreme is None:
        return nothing
    places = [(number, *place) for number, one in enumerate(maps) if (place := extreme_position(one, extreme)) is not None]
    if not places:
        return nothing
    total = torch.stack([of_unit[place] for place in places]).sum()  # of each image its own value: no image's gradient meets another's
    (gradient,) = torch.autograd.grad(total, pixels)
    return _absolute(gradient)


def _absolute(gradient: Tensor) -> Gradients:
    """Return the sum of the absolute values over the colours: (B, C, H, W) -> float32 (B, H, W)."""
    return np.asarray(gradient.abs().sum(dim=1).float().cpu().numpy())


@contextmanager
def _seeing(network: LoadedNetwork, unit: Unit) -> Iterator[tuple[Forward, int]]:
    """Give the pass that ends at the unit's branch, and the unit's place among the branch's channels."""
    layer = network.layer(unit.layer)
    if not 0 <= unit.channel < layer.n_channels:
        raise UsageError(f"The layer {layer.name} has channels 0 to {layer.n_channels - 1}, but {unit} was asked for.")
    number, branch = next((number, one) for number, one in enumerate(layer.branches) if one.start <= unit.channel < one.stop)
    alone = Layer(layer.name, branch.stop - branch.start, (Branch(branch.name, 0, branch.stop - branch.start),), layer.pre_relu)
    taps = {layer.name: (network.taps[layer.name][number],)}
    with tapped(network.module, taps, layers=[alone], reduction=cloned) as forward, full_precision():
        yield forward, unit.channel - branch.start


def _as_input(network: LoadedNetwork, images: Pixels, batch: int) -> Tensor:
    """Return the images as float (batch, C, H, W) in [0, 1], padded with black."""
    padded = np.zeros((batch, *images.shape[1:]), np.uint8)
    padded[: len(images)] = images
    return torch.from_numpy(padded).to(network.device).permute(0, 3, 1, 2).to(network.dtype).div(255)


def _check(network: LoadedNetwork, images: Pixels, batch: int) -> None:
    n_channels = network.card.preprocessing.n_channels
    if images.ndim != 4 or images.shape[-1] != n_channels or images.dtype != np.uint8 or not len(images):
        raise UsageError(f"Images to look at are uint8 (n, height, width, {n_channels}), n > 0, but came {images.dtype} {images.shape}.")
    if batch < 1:
        raise UsageError(f"The batch size must be at least 1, but is {batch}.")
