"""Things: outlines in a pose, drawn enlarged, then lit as if they had volume, with a soft shadow, onto a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.demo.world.canvas import SIZE, Array, Rng, chance, fractal, lit, relief, softened
from core.demo.world.light import Light

ENLARGED = 3
"""Outlines are drawn this many times larger and then averaged: this smooths their edges."""

MARGIN_PX = 20
"""How far shadows and rounding may reach beyond a thing."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a thing is (canvas coordinates, -1 to 1), how large (1: as tall as the canvas), turned (radians), mirrored, squeezed."""

    x: float = 0.0
    y: float = 0.0
    size: float = 0.7
    turn: float = 0.0
    mirrored: bool = False
    squeeze: float = 1.0

    def place(self, points: Points) -> Points:
        """Return points (n, 2) of the thing's own square (-1 to 1) in canvas coordinates."""
        side = -self.squeeze if self.mirrored else self.squeeze
        cos, sin = math.cos(self.turn) * self.size, math.sin(self.turn) * self.size
        x, y = points[:, 0] * side, points[:, 1]
        return np.stack([self.x + x * cos - y * sin, self.y + x * sin + y * cos], axis=1)


def some_pose(rng: Rng, size: tuple[float, float] = (0.5, 0.85), turn: float = 0.3, drift: float = 0.25) -> Pose:
    """Return a pose of random place, size, turn and mirroring; larger things stay nearer to the centre."""
    scale = rng.uniform(*size)
    room = drift * (1.35 - scale)
    return Pose(
        x=rng.uniform(-1, 1) * room * 1.4,
        y=rng.uniform(-1, 1) * room,
        size=scale,
        turn=rng.normal(0.0, turn),
        mirrored=chance(rng, 0.5),
        squeeze=rng.uniform(0.82, 1.12),
    )


class Sprite:
    """Shapes drawn one over another in one pose; nothing is on the picture before `onto`."""

    def __init__(self, pose: Pose) -> None:
        self.pose = pose
        # CMYK here means red, green, blue and coverage: Pillow averages its four bands independently.
        self._paint = Image.new("CMYK", (SIZE * ENLARGED, SIZE * ENLARGED))
        self._bulk = Image.new("L", (SIZE, SIZE))
        self._draw = ImageDraw.Draw(self._paint)
        self._raise = ImageDraw.Draw(self._bulk)
        self._low = np.full(2, np.inf)
        self._high = np.full(2, -np.inf)

    def fill(self, points: Points, colour: Array, height: float = 1.0) -> None:
        """Draw a filled outline, points (n, 2) in the thing's own square; `height` in [0, 1] is how far it bulges out."""
        pixels = self._pixels(points)
        self._draw.polygon((pixels * ENLARGED).ravel().tolist(), fill=_ink(colour))
        self._raise.polygon(pixels.ravel().tolist(), fill=int(255 * height))

    def blob(self, centre: tuple[float, float], radii: tuple[float, float], colour: Array, height: float = 1.0, turn: float = 0.0) -> None:
        """Draw a filled ellipse."""
        self.fill(ellipse(centre, radii, turn), colour, height)

    def line(self, points: Points, width: float, colour: Array, height: float = 1.0) -> None:
        """Draw a line through the points with round joints; `width` in the thing's own units."""
        pixels = self._pixels(points)
        thick = width * self.pose.size * SIZE / 2
        joint: Literal["curve"] | None = "curve" if len(points) > 2 else None
        self._draw.line((pixels * ENLARGED).ravel().tolist(), fill=_ink(colour), width=max(1, round(thick * ENLARGED)), joint=joint)
        self._raise.line(pixels.ravel().tolist(), fill=int(255 * height), width=max(1, round(thick)))

    def onto(self, picture: Array, rng: Rng, light: Light, *, shadow: float = 0.45, volume: float = 0.55) -> Array:
        """Return the picture (3, SIZE, SIZE) with the thing on it; `shadow` and `volume` in [0, 1]."""
        left, top, right, bottom = window = self._window()
        rough = 1.0 + np.float32(rng.uniform(0.15, 0.45)) * (fractal(rng, 6, octaves=3) - np.float32(0.5))
        shine, reach, soft = rng.uniform(0.0, 0.8), rng.uniform(2.0, 9.0), rng.uniform(1.5, 5.0)
        if left >= right or top >= bottom:
            return picture
        here = (slice(None), slice(top, bottom), slice(left, right))
        reduced = self._paint.reduce(ENLARGED, box=(left * ENLARGED, top * ENLARGED, right * ENLARGED, bottom * ENLARGED))
        bands = np.ascontiguousarray(np.asarray(reduced).transpose(2, 0, 1)) * np.float32(1 / 255)
        facing = self._facing(light, window)
        shaded = lit(bands[:3] * rough[here[1:]], facing, volume * light.hardness)
        shaded += bands[3] * np.clip(facing - np.float32(0.5), 0.0, 1.0) * np.float32(shine)
        ground = 1.0 - bands[3]
        if shadow > 0:
            reach *= 0.5 + self.pose.size
            shift = (-round(light.towards[1] * reach), -round(light.towards[0] * reach))
            ground *= 1.0 - np.float32(shadow) * _shifted(softened(reduced.getchannel(3), soft), shift)
        result = picture.astype(np.float32)
        result[here] = result[here] * ground + shaded
        return result

    def _pixels(self, points: Points) -> Points:
        """Return the points in pixels of the final picture, and remember how far they extend."""
        pixels = (self.pose.place(points) + 1.0) * (SIZE / 2) - 0.5 / ENLARGED
        self._low = np.minimum(self._low, pixels.min(axis=0))
        self._high = np.maximum(self._high, pixels.max(axis=0))
        return pixels

    def _window(self) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of what the thing and its shadow may touch, in pixels."""
        low, high = np.clip(self._low - MARGIN_PX, 0, SIZE), np.clip(self._high + MARGIN_PX, 0, SIZE)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _facing(self, light: Light, window: tuple[int, int, int, int]) -> Array:
        """Return how much each place of the rounded bulk faces the light, in (-1, 1)."""
        wide = max(1.5, 9.0 * self.pose.size)
        bulk = self._bulk.crop(window)
        return relief(softened(bulk, wide / 4) * np.float32(0.35) + softened(bulk, wide), light.towards, 0.8 * wide)


def ellipse(centre: tuple[float, float], radii: tuple[float, float], turn: float = 0.0, count: int = 36) -> Points:
    """Return points (count, 2) around an ellipse."""
    angle = np.linspace(0.0, 2 * math.pi, count, endpoint=False)
    x, y = radii[0] * np.cos(angle), radii[1] * np.sin(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    return np.stack([centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos], axis=1)


def outline(corners: list[tuple[float, float]], kind: Literal["closed", "open"] = "closed", steps: int = 8) -> Points:
    """Return a smooth curve through the corners (a Catmull-Rom spline), points (n, 2)."""
    at = np.array(corners, dtype=np.float64)
    around = np.concatenate([at[-1:], at, at[:2]]) if kind == "closed" else np.concatenate([at[:1], at, at[-1:]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[None, :, None]
    a, b, c, d = (around[k : len(around) - 3 + k, None, :] for k in range(4))
    spline = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    points: Points = spline.reshape(-1, 2)
    return points if kind == "closed" else np.concatenate([points, at[-1:]])


def curve(x: Points, y: Points) -> Points:
    """Return the points (n, 2) of a line given by its coordinates (n,) each."""
    return np.stack([x, y], axis=1)


def ribbon(first: Points, second: Points) -> Points:
    """Return the outline between two lines that run side by side, points (n, 2) and (m, 2)."""
    return np.concatenate([first, second[::-1]])


def polygon(*corners: tuple[float, float]) -> Points:
    """Return the corners as points (n, 2)."""
    return np.array(corners, dtype=np.float64)


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """Return the four corners of a rectangle."""
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def mirror(points: Points) -> Points:
    """Return the points on the other side of the vertical axis."""
    mirrored: Points = points * np.array([-1.0, 1.0])
    return mirrored


def _ink(colour: Array) -> tuple[int, int, int, int]:
    red, green, blue = (int(255 * min(max(float(band), 0.0), 1.0)) for band in colour)
    return red, green, blue, 255


def _shifted(field: Array, shift: tuple[int, int]) -> Array:
    moved = np.roll(field, shift, axis=(0, 1))
    down, right = shift
    if down:
        moved[slice(0, down) if down > 0 else slice(down, None), :] = 0
    if right:
        moved[:, slice(0, right) if right > 0 else slice(right, None)] = 0
    return moved
