"""Feeding embedders: the images that people see, made as large as a network takes them, in batches of one shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core import imaging
from core.domain import Interpolation, Preprocessing
from core.errors import UsageError
from core.vision.embedders.kinds import Pixels, Vectors

BATCH = {"cpu": 8, "mps": 32, "cuda": 32}  # callers hand over some 32 images at a time


def resized(pixels: Pixels, side_px: int, *, n_channels: int = 3, interpolation: Interpolation = "bilinear") -> Pixels:
    """Return uint8 (n, side_px, side_px, n_channels): short sides scaled (antialiased), then the centre; what fits stays as it is.

    Raises UsageError for what are no images.
    """
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3) or pixels.dtype != np.uint8:
        raise UsageError(f"Images to embed are uint8 (n, height, width, 3 or 1), but came {pixels.dtype} {pixels.shape}.")
    if pixels.shape[1:] == (side_px, side_px, n_channels):
        return np.ascontiguousarray(pixels)
    whole = Preprocessing(side_px, side_px, n_channels, interpolation)
    made = [imaging.crop_pixels(imaging.from_pixels(one).convert("RGB"), whole) for one in pixels]
    return np.stack(made) if made else np.empty((0, side_px, side_px, n_channels), np.uint8)


def in_batches(compute: Callable[..., Tensor], *arguments: Pixels, batch: int, device: torch.device, dimension: int) -> Vectors:
    """Return float32 (n, dimension) of uint8 (n, h, w, 3) images, each argument's given to `compute` as float32 (batch, 3, h, w) in [0, 1].

    The last batch is filled up with black and what comes of that is dropped: one shape gives one way of adding up.
    """
    n = len(arguments[0])
    found = [np.empty((0, dimension), np.float32)]
    for start in range(0, n, batch):
        with torch.inference_mode():
            rows = compute(*(_as_input(one[start : start + batch], batch, device) for one in arguments))
        found.append(rows[: n - start].float().cpu().numpy())
    return np.concatenate(found)


def _as_input(pixels: Pixels, batch: int, device: torch.device) -> Tensor:
    filled = np.zeros((batch, *pixels.shape[1:]), np.uint8)
    filled[: len(pixels)] = pixels
    return torch.from_numpy(filled).to(device).permute(0, 3, 1, 2).float().div(255)
