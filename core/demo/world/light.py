"""The light of a picture, and what a camera makes of it: shading, vignette, colour cast, blur and grain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.demo.world.canvas import SIZE, Array, Rng, chance, grid, softened


@dataclass(frozen=True, slots=True)
class Light:
    """Where the light comes from (a unit vector in the picture, y downwards) and how hard it is, in [0.5, 1.3]."""

    towards: tuple[float, float]
    hardness: float


def some_light(rng: Rng) -> Light:
    """Return a light that comes more often from above than from below."""
    angle = rng.normal(-math.pi / 2, 1.0)
    return Light(towards=(math.cos(angle), math.sin(angle)), hardness=rng.uniform(0.5, 1.3))


def develop(picture: Array, rng: Rng, light: Light) -> Image.Image:
    """Return the picture, float32 (3, SIZE, SIZE) about in [0, 1], as an RGB image with lighting, tone, blur and grain."""
    exposed: Array = _toned(picture, rng) * _illumination(rng, light)
    if chance(rng, 0.3):
        exposed = _blurred(exposed, rng.uniform(0.3, 1.1))
    exposed += rng.standard_normal((SIZE, SIZE), dtype=np.float32) * np.float32(rng.uniform(0.0, 0.018))
    return Image.fromarray(np.ascontiguousarray(_bytes(exposed).transpose(1, 2, 0)))


def _illumination(rng: Rng, light: Light) -> Array:
    """Return the brightness of each pixel (SIZE, SIZE): a fall-off away from the light and dark corners."""
    x, y = grid()
    fall = rng.uniform(0.0, 0.28)
    corner = rng.uniform(0.0, 0.22)
    field = (1.0 + fall * (x * light.towards[0] + y * light.towards[1])) * (1.04 - corner * (x * x + y * y) * 0.6)
    return field.astype(np.float32, copy=False)


def _toned(picture: Array, rng: Rng) -> Array:
    """Return the picture with its saturation, contrast, exposure and colour temperature varied."""
    saturation, contrast, warmth = rng.uniform(0.7, 1.15), rng.uniform(0.85, 1.12), rng.normal(0.0, 0.045)
    cast = np.array([1.0 + warmth, 1.0, 1.0 - warmth])[:, None] * rng.uniform(0.84, 1.1)
    turn = cast * contrast * (np.eye(3) * saturation + (1.0 - saturation) / 3)
    toned: Array = turn.astype(np.float32) @ picture.reshape(3, -1) + (cast * (0.5 - 0.5 * contrast)).astype(np.float32)
    return toned.reshape(3, SIZE, SIZE)


def _blurred(picture: Array, radius: float) -> Array:
    return np.stack([softened(Image.fromarray(band), radius) for band in _bytes(picture)])


def _bytes(picture: Array) -> NDArray[np.uint8]:
    return (np.clip(picture, 0.0, 1.0) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
