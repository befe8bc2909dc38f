"""How images are parameterized while they are synthesised: spectra, pixels, phases or a small network -> values in [0, 1].

A parameter is one tensor an image, so that a batch is a stack. Its start depends on seed, unit, extreme and index alone, drawn on the
CPU: the same on every machine, whichever images share its batch; or it is an exemplar's (see `exemplar_parameter`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from core.domain import Extreme, Unit
from core.errors import UsageError
from core.render_spec import Cppn, Fourier, Maco, Parameterization, Pixels, RenderSpec
from core.vision import pattern_network

MAGIC = 4.0  # lucid (optvis/param/spatial): the larger, the less saturated
COARSEST = 1 / 8  # share of the frequencies that a coarse-to-fine image begins with
PIXEL_MARGIN = 1 / 64  # natural pixels are held so far from black and white, where a sigmoid ends, when they become a parameter

Images = Callable[[Tensor, int], Tensor]
"""(parameter (B, ...), step) -> images (B, C, side, side) in [0, 1]."""


def start_parameter(spec: RenderSpec, unit: Unit, *, extreme: Extreme, index: int) -> Tensor:
    """Return the seeded noise that one image begins with, float32 on the CPU.

    Shapes: a spectrum (C, side, columns, 2), pixels (C, side, side), phases (C, side, side // 2 + 1), or a network's weights (n,).
    """
    generator = torch.Generator().manual_seed(_seed_of(f"{spec.seed}:{unit.layer}:{unit.channel}:{extreme}:{index}"))
    side, kind = spec.side_px, spec.parameterization
    if isinstance(kind, Cppn):
        return pattern_network.start(kind, spec.n_channels, generator)
    if isinstance(kind, Pixels):
        shape: tuple[int, ...] = (spec.n_channels, side, side)
    elif isinstance(kind, Maco):
        shape = (spec.n_channels, side, side // 2 + 1)
    else:
        shape = (spec.n_channels, *_frequencies(side).shape, 2)
    return torch.randn(shape, generator=generator) * kind.sd


def exemplar_parameter(spec: RenderSpec, image: NDArray[np.uint8]) -> Tensor:
    """Return the parameter whose image is `image`, uint8 (image_px, image_px, C), mirrored at its border to the side that is synthesised.

    Exact but for pixels within 1/64 of black or white, and for Maco, which keeps the magnitudes it was given. Raises UsageError for a
    parameterization that cannot show a given image.
    """
    kind = spec.parameterization
    if isinstance(kind, Cppn):
        raise UsageError("A pattern network (cppn) cannot begin as a natural image; use the parameterization fourier, pixels or maco.")
    planes = natural_planes(_bordered(image, spec.border_px), decorrelate=isinstance(kind, Maco) or kind.decorrelate)
    if isinstance(kind, Pixels):
        return planes.float()
    spectrum: Tensor = torch.fft.rfft2(planes, norm="ortho")
    if isinstance(kind, Maco):
        return spectrum.angle().float()
    scale = torch.from_numpy(_scale(spec.side_px, kind.decay_power) / MAGIC)  # odd sides: lucid's last column is cut off by irfft2
    wide = F.pad(spectrum, (0, scale.shape[1] - spectrum.shape[-1]))
    return torch.view_as_real(wide / scale).float()


def image_function(spec: RenderSpec, *, like: Tensor, magnitude: NDArray[np.float64] | None = None) -> Images:
    """Return the function (parameter, step) -> images; `like` gives device and floating type, `magnitude` is Maco's (C, side, columns)."""
    kind = spec.parameterization
    coloured = _coloured(kind, spec.n_channels, like)
    if isinstance(kind, Cppn):
        return pattern_network.image_function(kind, n_channels=spec.n_channels, side=spec.side_px, like=like)
    planes_of = _planes_function(kind, spec, like, magnitude)

    def images(parameter: Tensor, step: int) -> Tensor:
        return coloured(planes_of(parameter, _limit(spec, kind.coarse_to_fine, step))).sigmoid()

    return images


def mean_magnitude(images: Iterable[NDArray[np.uint8]], *, side: int) -> NDArray[np.float64]:
    """Return the mean magnitude spectrum of natural images (H, W, C) as planes of `side`: float64 (C, side, side // 2 + 1).

    It is taken where the parameter lives (before the sigmoid, colours decorrelated), so that random phases give images of natural
    contrast and colour. Raises UsageError where there is no image.
    """
    total, n = None, 0
    for image in images:
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].double()
        resized = F.interpolate(pixels, size=(side, side), mode="bilinear", antialias=True, align_corners=False)[0]
        magnitude = torch.fft.rfft2(natural_planes(resized / 255, decorrelate=True), norm="ortho").abs()
        total, n = (magnitude if total is None else total + magnitude), n + 1
    if total is None:
        raise UsageError("The magnitude spectrum of natural images needs at least one image; index a folder that has some.")
    return np.asarray((total / n).numpy())


def natural_planes(pixels: Tensor, *, decorrelate: bool) -> Tensor:
    """Return the planes whose image is `pixels`, float (C, H, W) in [0, 1]: the inverse of the sigmoid and of the colours."""
    planes = pixels.double().clamp(PIXEL_MARGIN, 1 - PIXEL_MARGIN).logit()
    if decorrelate and planes.shape[0] == 3:
        planes = torch.einsum("dc,chw->dhw", torch.from_numpy(np.linalg.inv(_colour_correlation().astype(np.float64))), planes)
    return planes


def _planes_function(
    kind: Fourier | Pixels | Maco, spec: RenderSpec, like: Tensor, magnitude: NDArray[np.float64] | None
) -> Callable[[Tensor, float], Tensor]:
    side = spec.side_px
    frequencies = torch.as_tensor(_frequencies(side), device=like.device, dtype=like.dtype)[:, : side // 2 + 1]
    if isinstance(kind, Pixels):
        return lambda pixels, limit: pixels if limit >= 1 else _low_pass(pixels, frequencies <= limit * frequencies.max())
    if isinstance(kind, Fourier):
        scale = torch.as_tensor(_scale(side, kind.decay_power) / MAGIC, device=like.device, dtype=like.dtype)
        wide = torch.as_tensor(_frequencies(side), device=like.device, dtype=like.dtype)
        return lambda spectrum, limit: _inverse(torch.view_as_complex(spectrum * _limited(scale, wide, limit)[..., None]), side)
    if magnitude is None or magnitude.shape != (spec.n_channels, *frequencies.shape):
        raise UsageError(f"A maco image of {spec.n_channels} x {side} x {side} needs a magnitude spectrum of natural images of that size.")
    kept = torch.as_tensor(magnitude, device=like.device, dtype=like.dtype)
    return lambda phases, limit: _inverse(torch.polar(_limited(kept, frequencies, limit).expand_as(phases), phases), side)


def _limit(spec: RenderSpec, coarse_to_fine: float, step: int) -> float:
    """Return the share of the frequencies that this step's image has: from an eighth to all, by equal factors."""
    last = coarse_to_fine * spec.optimiser.steps
    return 1.0 if step >= last else float(COARSEST ** (1 - step / last))


def _limited(scale: Tensor, frequencies: Tensor, limit: float) -> Tensor:
    return scale if limit >= 1 else scale * (frequencies <= limit * frequencies.max())


def _low_pass(planes: Tensor, passed: Tensor) -> Tensor:
    return _inverse(torch.fft.rfft2(planes, norm="ortho") * passed, planes.shape[-1])


def _inverse(spectrum: Tensor, side: int) -> Tensor:
    """Return the planes of a spectrum: complex (B, C, side, columns) -> (B, C, side, side)."""
    planes: Tensor = torch.fft.irfft2(spectrum, s=(side, side), norm="ortho")
    return planes


def _coloured(kind: Parameterization, n_channels: int, like: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what turns planes into colours: lucid's correlation of RGB, where there are three channels and it is asked for."""
    if n_channels != 3 or isinstance(kind, Cppn) or (not isinstance(kind, Maco) and not kind.decorrelate):
        return lambda planes: planes
    colours = torch.as_tensor(_colour_correlation(), device=like.device, dtype=like.dtype)
    return lambda planes: (colours @ planes.flatten(2)).view(planes.shape)  # einsum takes four times as long here


def _bordered(image: NDArray[np.uint8], border_px: int) -> Tensor:
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].double() / 255
    return F.pad(pixels, [border_px] * 4, mode="reflect")[0]  # (C, side, side)


@lru_cache(maxsize=8)
def _frequencies(side: int) -> NDArray[np.float64]:
    """Return lucid's frequency of each place of a spectrum, in cycles a pixel: (side, columns)."""
    from lucent.optvis.param.spatial import rfft2d_freqs

    return np.asarray(rfft2d_freqs(side, side))


@lru_cache(maxsize=8)
def _scale(side: int, decay_power: float) -> NDArray[np.float64]:
    """Return lucid's weight of each frequency, (side, columns): 1 / frequency ** decay_power, the lowest bounded by 1 / side."""
    return np.asarray(1.0 / np.maximum(_frequencies(side), 1.0 / side) ** decay_power)


def _colour_correlation() -> NDArray[np.float32]:
    from lucent.optvis.param.color import color_correlation_normalized

    return np.asarray(color_correlation_normalized)


def _seed_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
