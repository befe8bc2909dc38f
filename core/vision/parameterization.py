"""How images are parameterized while they are synthesised: spectra or pixels -> RGB in [0, 1].

The start of an image depends on seed, unit, extreme and index alone, drawn on the CPU: the same start on every machine, whichever
images share its batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from core.domain import Extreme, ParameterizationSpec, RenderSpec, Unit

MAGIC = 4.0  # lucid (optvis/param/spatial): the larger, the less saturated


def start_parameter(spec: RenderSpec, unit: Unit, *, extreme: Extreme, index: int) -> Tensor:
    """Return the start of one image, float32 on the CPU: a spectrum (3, side, columns, 2) or pixels (3, side, side)."""
    generator = torch.Generator().manual_seed(_seed_of(f"{spec.seed}:{unit.layer}:{unit.channel}:{extreme}:{index}"))
    side = side_px(spec)
    shape = (3, side, side) if spec.parameterization.kind == "pixels" else (3, *_scale(side, spec.parameterization.decay_power).shape, 2)
    return torch.randn(shape, generator=generator) * spec.parameterization.sd


def side_px(spec: RenderSpec) -> int:
    """Return the side of the square that is synthesised: the image and its padding, which is cropped at the end."""
    return spec.image_px + 2 * (0 if spec.transforms.kind == "none" else spec.transforms.pad_px)


def image_function(spec: ParameterizationSpec, *, side: int, like: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the function parameter (B, ...) -> images (B, 3, side, side) in [0, 1]; `like` gives device and floating type."""
    colours = torch.as_tensor(_colour_correlation(), device=like.device, dtype=like.dtype)
    scale = torch.as_tensor(_scale(side, spec.decay_power) / MAGIC, device=like.device, dtype=like.dtype)[..., None]

    def images(parameter: Tensor) -> Tensor:
        planes = parameter if spec.kind == "pixels" else _inverse(parameter * scale, side)
        if spec.decorrelate:
            planes = (colours @ planes.flatten(2)).view(planes.shape)  # einsum takes four times as long here
        return planes.sigmoid()

    return images


def _inverse(spectrum: Tensor, side: int) -> Tensor:
    """Return the planes of a spectrum: (B, 3, side, columns, 2) -> (B, 3, side, side)."""
    planes: Tensor = torch.fft.irfft2(torch.view_as_complex(spectrum), s=(side, side), norm="ortho")
    return planes


@lru_cache(maxsize=8)
def _scale(side: int, decay_power: float) -> np.ndarray:
    """Return lucid's weight of each frequency, float64 (side, columns): 1 / frequency ** decay_power, the lowest bounded by 1 / side."""
    from lucent.optvis.param.spatial import rfft2d_freqs

    return np.asarray(1.0 / np.maximum(rfft2d_freqs(side, side), 1.0 / side) ** decay_power)


def _colour_correlation() -> np.ndarray:
    from lucent.optvis.param.color import color_correlation_normalized

    return np.asarray(color_correlation_normalized)


def _seed_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
