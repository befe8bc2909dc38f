"""Images for tests of files that are handed on: of noise, and of one colour."""

from __future__ import annotations

import numpy as np
from PIL import Image


def noise(side_px: int = 40, *, seed: int = 0, grey: bool = False) -> Image.Image:
    """Return a random image, in colour or grey."""
    shape = (side_px, side_px) if grey else (side_px, side_px, 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def plain(colour: str, side_px: int = 40) -> Image.Image:
    """Return an image of one colour."""
    return Image.new("RGB", (side_px, side_px), colour)
