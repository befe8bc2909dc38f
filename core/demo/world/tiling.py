"""Coordinates for textures: turned, scaled, tilted into depth and gently bent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.demo.world.canvas import SIZE, Array, Rng, grid, log_uniform, noise

FINE = 2 * SIZE
"""Textures are computed on twice as many pixels and then halved: this smooths their edges."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Where each pixel of the fine grid lies in the pattern: u and v, float32 (FINE, FINE), in periods; `period_px` in final pixels."""

    u: Array
    v: Array
    period_px: float

    @property
    def soft(self) -> float:
        """Width of a crisp edge, in periods."""
        return 1.0 / self.period_px


@dataclass(frozen=True, slots=True)
class Bend:
    """How far a texture may be turned (radians), bent (periods) and tilted into depth."""

    turn: float = math.pi
    warp: float = 0.35
    tilt: float = 0.3


def tiling(rng: Rng, period_px: tuple[float, float], bend: Bend | None = None) -> Tiling:
    """Return the coordinates of a texture whose period lies in the given range of pixels."""
    bend = bend or Bend()
    period = log_uniform(rng, *period_px)
    x, y = tilted(rng, bend.tilt)
    angle = rng.uniform(-bend.turn, bend.turn)
    scale = SIZE / 2 / period
    along, down = math.cos(angle) * scale, math.sin(angle) * scale
    u, v = x * along + y * down, y * along - x * down
    if bend.warp > 0:
        strength = np.float32(bend.warp * rng.random() * min(3.0, SIZE / 4 / period) * 2)
        u = u + strength * (noise(rng, (2, 2), FINE) - 0.5)
        v = v + strength * (noise(rng, (2, 2), FINE) - 0.5)
    return Tiling(u + np.float32(rng.uniform(20, 30)), v + np.float32(rng.uniform(20, 30)), period)


def tilted(rng: Rng, tilt: float) -> tuple[Array, Array]:
    """Return x and y of the fine grid as seen on a plane that leans away from the camera."""
    x, y = grid(FINE)
    lean = np.float32(1.0) + np.float32(rng.uniform(-tilt, tilt)) * x + np.float32(rng.uniform(-tilt, tilt)) * y
    return x / lean, y / lean


def cell_values(rng: Rng, column: Array, row: Array) -> Array:
    """Return a random number in [0, 1) for each cell (column, row), the same for all pixels of a cell."""
    table = rng.random((64, 64), dtype=np.float32)
    return np.take(table, (column.astype(np.intp) & 63) * 64 + (row.astype(np.intp) & 63))


def fraction(field: Array) -> Array:
    """Return the position within the period, in [0, 1)."""
    return field - np.floor(field)


def odd(whole: Array) -> Array:
    """Return 1 where a whole number is odd and 0 where it is even."""
    rest: Array = whole - 2.0 * np.floor(whole * np.float32(0.5))
    return rest


def ridge(field: Array) -> Array:
    """Return a triangle wave of period 1: 0 at whole numbers, 1 halfway."""
    wave: Array = 1.0 - np.abs(2.0 * fraction(field) - 1.0)
    return wave
