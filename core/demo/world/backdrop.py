"""What lies behind and around things: gradients, blurred lights, cloth, sky, meadow, water, road, and clutter."""

from __future__ import annotations

import math

import numpy as np

from core.demo.world.canvas import (
    SIZE,
    Array,
    Rng,
    blend,
    blur,
    chance,
    fractal,
    grid,
    halve,
    mottled,
    noise,
    plain,
    profile,
    ramp,
    smooth_step,
    step,
    veil,
)
from core.demo.world.light import Light
from core.demo.world.palette import darker, lighter, mix, near, palette
from core.demo.world.sprite import Pose, Sprite, ellipse
from core.demo.world.tiling import Bend, fraction, ridge, tiling


def backdrop(rng: Rng, light: Light, colours: Array) -> Array:
    """Return a background in the given colours (n, 3), n at least 2, with or without clutter."""
    kind = rng.random()
    if kind < 0.35:
        picture = _gradient(rng, colours)
    elif kind < 0.6:
        picture = bokeh(rng, colours)
    elif kind < 0.85:
        picture = _cloth(rng, colours)
    else:
        picture = mottled(ramp(colours[:2], smooth_step(fractal(rng, 3), 0.3, 0.7)), rng, 0.4, 12)
    return clutter(picture, rng, light) if chance(rng, 0.45) else picture


def clutter(picture: Array, rng: Rng, light: Light, count: tuple[int, int] = (2, 6)) -> Array:
    """Return the picture with a few small shapes of no kind strewn about."""
    colours = palette(rng)
    sprite = Sprite(Pose(size=1.0))
    for _ in range(rng.integers(*count)):
        centre, reach = (rng.uniform(-1, 1), rng.uniform(-1, 1)), rng.uniform(0.05, 0.2)
        corners = ellipse(centre, (reach, reach * rng.uniform(0.3, 1.0)), rng.uniform(0, 3), int(rng.choice((3, 4, 4, 5, 24))))
        if chance(rng, 0.35):
            away = np.array([rng.normal(0, 0.4), rng.normal(0, 0.4)])
            sprite.line(np.stack([np.array(centre), np.array(centre) + away]), rng.uniform(0.02, 0.06), colours[rng.integers(5)])
        else:
            sprite.fill(corners, colours[rng.integers(5)])
    return sprite.onto(picture, rng, light, shadow=0.3, volume=0.3)


def bokeh(rng: Rng, colours: Array) -> Array:
    """Return soft discs of light out of focus, in the given colours."""
    picture = _gradient(rng, np.stack([darker(colour, 0.3) for colour in colours[:2]]))
    x, y = grid()
    for _ in range(int(rng.integers(6, 15))):
        radius = rng.uniform(0.06, 0.3)
        away = np.sqrt((x - rng.uniform(-1.1, 1.1)) ** 2 + (y - rng.uniform(-1.1, 1.1)) ** 2)
        disc = step(radius - away, 0.0, rng.uniform(0.03, 0.12)) * (0.7 + 0.3 * smooth_step(away, 0.0, radius))
        picture = blend(picture, lighter(colours[rng.integers(len(colours))], 0.3), disc * np.float32(rng.uniform(0.15, 0.6)))
    return picture


def sky(rng: Rng) -> Array:
    """Return a daytime or evening sky, brighter towards the horizon, usually with clouds."""
    _, y = grid()
    top, low = (
        (near(rng, "2f6fb5 4a90d0 5fa8d8 3c7fa8"), near(rng, "cfe6f2 e8f1f2 f6e7cf"))
        if chance(rng, 0.7)
        else (near(rng, "3a3f6b 6b4e8a 27496d"), near(rng, "f4a36b f2c07d e88b7a"))
    )
    picture = ramp(np.stack([top, mix(top, low, 0.55), low]), (y + 1.1) * np.float32(rng.uniform(0.45, 0.7)))
    if chance(rng, 0.75):
        puffs = fractal(rng, int(rng.integers(2, 4)), octaves=5, stretch=2)
        cover = smooth_step(puffs, rng.uniform(0.42, 0.56), 0.78)
        picture = blend(picture, lighter(low, 0.7), cover * np.float32(rng.uniform(0.4, 0.95)))
    return picture


def meadow(rng: Rng, light: Light, horizon: float) -> Array:
    """Return sky over one or two rolling hills of grass; `horizon` is the height of the far hill (canvas coordinates)."""
    picture = sky(rng)
    _, y = grid()
    grass = near(rng, "6a994e 7aa35a 8fae5d a7b56a c2b280 588157 9dbb7c")
    for depth in range(int(rng.integers(1, 3)) + 1):
        crest = horizon + 0.22 * depth + (profile(rng, 2, 3) - 0.5) * 0.22
        tone = mix(grass, np.array([0.75, 0.83, 0.86], dtype=np.float32), 0.4 / (1 + 2 * depth))
        blades = 0.8 + 0.4 * fractal(rng, 16, octaves=3)
        hill = veil(blades * (1.12 - 0.25 * smooth_step(y, horizon, 1.0)), darker(tone, 0.12 * depth))
        picture = blend(picture, hill, step(y - crest[None, :], 0.0, 2.5 / SIZE))
    return picture


def water(rng: Rng) -> Array:
    """Return the view under water: blue-green depth, rays of light, floating specks."""
    x, y = grid()
    deep = near(rng, "0b4f6c 06425c 0a6a74 123a5a 1b6f8a")
    tones = np.stack([lighter(deep, 0.55), mix(deep, lighter(deep, 0.5), 0.4), darker(deep, 0.35)])
    picture = ramp(tones, (y + 1) * 0.5 + 0.25 * (fractal(rng, 3) - 0.5))
    slant = x + y * np.float32(rng.uniform(-0.6, 0.6))
    rays = np.interp(slant.ravel(), np.linspace(-1.7, 1.7, 24), rng.random(24)).reshape(SIZE, SIZE).astype(np.float32)
    picture = picture * (1.0 + 0.35 * smooth_step(rays, 0.4, 1.0) * (0.9 - 0.6 * y))
    if chance(rng, 0.6):
        floor = step(y - (0.72 + 0.25 * (profile(rng, 3) - 0.5))[None, :], 0.0, 0.03)
        sand = mottled(plain(near(rng, "c9b27c b59f78 7f8f86")), rng, 0.6, 14)
        picture = blend(picture, sand, floor * np.float32(0.75))
    return picture.astype(np.float32)


def road(rng: Rng, light: Light) -> Array:
    """Return a street seen from the side: sky or wall behind, asphalt with a line in front."""
    picture = meadow(rng, light, rng.uniform(-0.1, 0.15)) if chance(rng, 0.6) else _gradient(rng, palette(rng)[:2])
    _, y = grid()
    asphalt = mottled(plain(near(rng, "55565a 6b6b6b 7c7772 3f4246", 0.02)), rng, 0.5, 20)
    top = rng.uniform(0.25, 0.4)
    picture = blend(picture, asphalt, step(y, top, 2.0 / SIZE))
    kerb = step(y, top, 2.0 / SIZE) * step(-y, -top - 0.035, 2.0 / SIZE)
    return blend(picture, near(rng, "d8d4c8 b8b4aa", 0.02), kerb)


def _gradient(rng: Rng, colours: Array) -> Array:
    x, y = grid()
    angle = rng.uniform(0, 2 * math.pi)
    slope = (x * math.cos(angle) + y * math.sin(angle)) * 0.45 + 0.5
    return mottled(ramp(colours[:2], (slope + 0.3 * (noise(rng, (3, 3)) - 0.5)).astype(np.float32)), rng, rng.uniform(0.1, 0.6))


def _cloth(rng: Rng, colours: Array) -> Array:
    """Return a quiet pattern (bands, squares or spots) of two similar tones, slightly out of focus."""
    place = tiling(rng, (14, 50), Bend(warp=0.3))
    kind = rng.integers(3)
    if kind == 0:
        field = step(ridge(place.u), 0.5, 0.2)
    elif kind == 1:
        field = step(np.minimum(ridge(place.u), ridge(place.v)), rng.uniform(0.15, 0.4), 0.1)
    else:
        field = step((fraction(place.u) - 0.5) ** 2 + (fraction(place.v) - 0.5) ** 2, rng.uniform(0.03, 0.1), 0.05)
    tones = np.stack([colours[0], mix(colours[0], colours[1], rng.uniform(0.25, 0.7))])
    return mottled(ramp(tones, blur(halve(field), rng.uniform(0.5, 2.5))), rng, 0.4)
