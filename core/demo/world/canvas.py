"""Pictures and masks as arrays: smooth noise, soft edges, blending, blurring and relief shading."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

SIZE = 160
"""Side of every image in pixels."""

Array = NDArray[np.floating[Any]]
Rng = np.random.Generator


@lru_cache(maxsize=4)
def grid(size: int = SIZE) -> tuple[Array, Array]:
    """Return x (to the right) and y (downwards), each float32 (size, size) in (-1, 1), at the centres of the pixels."""
    line = ((np.arange(size, dtype=np.float32) + 0.5) * (2.0 / size) - 1.0).astype(np.float32)
    x, y = np.meshgrid(line, line)
    return x, y


def chance(rng: Rng, probability: float) -> bool:
    """Return True with this probability."""
    return bool(rng.random() < probability)


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """Return a number whose logarithm is uniform between those of `low` and `high`."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def noise(rng: Rng, cells: tuple[int, int], size: int = SIZE) -> Array:
    """Return smooth noise, float32 (size, size), about in [0, 1], with `cells` = (across, down) bumps."""
    seeds = rng.random((cells[1] + 1, cells[0] + 1), dtype=np.float32)
    smooth = _resized(seeds, min(size, 8 * cells[0]), min(size, 8 * cells[1]))
    return _resized(smooth, size, size, Image.Resampling.BILINEAR)


def fractal(rng: Rng, cells: int, octaves: int = 4, stretch: int = 1) -> Array:
    """Return noise of several scales, float32 (SIZE, SIZE), about in [0, 1]; `stretch` makes it that much finer down than across."""
    total = rng.random((cells * stretch + 1, cells + 1), dtype=np.float32)
    for octave in range(1, octaves):
        down, across = (min(bumps * 2**octave, SIZE) for bumps in (cells * stretch, cells))
        total = _resized(total, across, down) + rng.random((down, across), dtype=np.float32) * np.float32(0.5**octave)
    return _resized(total, SIZE, SIZE) / np.float32(2.0 - 0.5 ** (octaves - 1))


def _resized(field: Array, across: int, down: int, how: Image.Resampling = Image.Resampling.BICUBIC) -> Array:
    return np.asarray(Image.fromarray(field).resize((across, down), how), dtype=np.float32)


def profile(rng: Rng, bumps: int, octaves: int = 4) -> Array:
    """Return a one-dimensional noise, float32 (SIZE,), about in [0, 1]: the outline of a ridge or a hill."""
    at = np.linspace(0.0, 1.0, SIZE)
    total = np.zeros(SIZE)
    for octave in range(octaves):
        knots = rng.random(bumps * 2**octave + 1)
        total += np.interp(at, np.linspace(0.0, 1.0, len(knots)), knots) * 0.5**octave
    return (total / (2.0 - 0.5 ** (octaves - 1))).astype(np.float32)


def step(field: Array, edge: float | Array, soft: float) -> Array:
    """Return 0 where `field` is below `edge`, 1 above it, and a ramp of width `soft` between."""
    ramp: Array = np.clip((field - edge) / np.float32(soft) + np.float32(0.5), 0.0, 1.0)
    return ramp


def reach(x: Array, y: Array) -> Array:
    """Return the distance from the origin (several times faster than np.hypot)."""
    distance: Array = np.sqrt(x * x + y * y)
    return distance


def smooth_step(field: Array, low: float, high: float) -> Array:
    """Return 0 below `low`, 1 above `high`, and a smooth S between."""
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    curve: Array = t * t * (3.0 - 2.0 * t)
    return curve


def halve(field: Array) -> Array:
    """Return the means of 2 x 2 pixels: float32 (2n, 2n) -> (n, n)."""
    mean: Array = (field[::2, ::2] + field[1::2, ::2] + field[::2, 1::2] + field[1::2, 1::2]) * np.float32(0.25)
    return mean


def plain(colour: Array) -> Array:
    """Return a picture (3, SIZE, SIZE) of one colour."""
    return np.broadcast_to(colour.astype(np.float32)[:, None, None], (3, SIZE, SIZE))


def veil(field: Array, colour: Array) -> Array:
    """Return the colour (3,) as strong as the field (SIZE, SIZE) everywhere: (3, SIZE, SIZE)."""
    return field * colour.astype(np.float32)[:, None, None]


def mean_colour(picture: Array) -> Array:
    """Return the mean colour (3,) of a picture (3, SIZE, SIZE)."""
    mean: Array = picture.mean(axis=(1, 2))
    return mean


def blend(below: Array, above: Array, mask: Array) -> Array:
    """Return `below` where `mask` (SIZE, SIZE) is 0 and `above` where it is 1; `above` may be a colour (3,)."""
    mixed: Array = (above if above.ndim == 3 else above[:, None, None]) - below
    mixed = mixed.astype(np.float32, copy=False)
    mixed *= mask
    mixed += below
    return mixed


def ramp(colours: Array, field: Array) -> Array:
    """Return a picture (3, SIZE, SIZE) that runs through `colours` (n, 3) as `field` (SIZE, SIZE) runs from 0 to 1."""
    stops = np.linspace(0.0, 1.0, len(colours))
    at = np.linspace(0.0, 1.0, 512)
    table = np.stack([np.interp(at, stops, band) for band in colours.T]).astype(np.float32)
    return np.take(table, (np.clip(field, 0.0, 1.0) * np.float32(511.0)).astype(np.intp), axis=1)


def blur(field: Array, radius: float) -> Array:
    """Return a mask (n, n) in [0, 1] blurred by a Gaussian of this radius in pixels."""
    return softened(Image.fromarray((np.clip(field, 0.0, 1.0) * 255).astype(np.uint8)), radius)


def softened(image: Image.Image, radius: float) -> Array:
    """Return a greyscale image (h, w) blurred by a Gaussian, float32 in [0, 1]; wide blurs are made on half the pixels."""
    if radius < 2.0:
        soft = image.filter(ImageFilter.GaussianBlur(radius))
    else:
        soft = image.reduce(2).filter(ImageFilter.GaussianBlur(radius / 2)).resize(image.size, Image.Resampling.BILINEAR)
    return np.asarray(soft, dtype=np.float32) * np.float32(1 / 255)


def relief(height: Array, towards: tuple[float, float], strength: float) -> Array:
    """Return how much a surface of this height (SIZE, SIZE) faces the light, in (-1, 1); `towards` points to the light."""
    slope = np.zeros_like(height)
    slope[:, 1:-1] -= (height[:, 2:] - height[:, :-2]) * np.float32(towards[0] * strength)
    slope[1:-1, :] -= (height[2:, :] - height[:-2, :]) * np.float32(towards[1] * strength)
    facing: Array = slope / np.sqrt(1.0 + slope * slope)
    return facing


def lit(picture: Array, facing: Array, amount: float, shine: float = 0.0) -> Array:
    """Return the picture made brighter where it faces the light and darker elsewhere, with a highlight of strength `shine`."""
    bright = picture * (1.0 + np.float32(amount) * facing)
    if shine > 0:
        bright += np.float32(shine) * np.clip(facing - 0.45, 0.0, 1.0)
    return bright.astype(np.float32, copy=False)


def mottled(picture: Array, rng: Rng, amount: float, cells: int = 5) -> Array:
    """Return the picture with its brightness varied by smooth noise, so that no surface is flat."""
    varied: Array = picture * (1.0 + np.float32(amount) * (fractal(rng, cells, octaves=3) - np.float32(0.5)))
    return varied.astype(np.float32, copy=False)
