"""Views without a single subject: mountains, sea, night, skyline."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from core.demo.world.backdrop import sky
from core.demo.world.canvas import (
    SIZE,
    Array,
    Rng,
    blend,
    chance,
    fractal,
    grid,
    noise,
    plain,
    profile,
    ramp,
    relief,
    smooth_step,
    step,
    veil,
)
from core.demo.world.light import Light
from core.demo.world.palette import darker, lighter, mix, near

EDGE = 2.0 / SIZE


def mountains(rng: Rng, light: Light) -> Array:
    """Ranges that fade into the haze, with rock, forest or snow."""
    picture = sky(rng)
    _, y = grid()
    haze = picture[:, SIZE // 2].mean(axis=1)
    rock = near(rng, "4a5a6a 5f5a55 3f5f4f 6a4f5f 7a6248 34495e")
    ranges, snow = int(rng.integers(2, 5)), rng.uniform(0.05, 0.3) * chance(rng, 0.6)
    for k in range(ranges):
        near_by = (k + 1) / ranges
        jagged = (profile(rng, int(rng.integers(2, 5)), 6) - 0.5) * (1.3 - 0.5 * near_by)
        crest = (near_by * rng.uniform(0.8, 1.0) - 0.5 - jagged)[None, :]
        rough = fractal(rng, 10, octaves=4)
        face = 0.8 + 0.35 * rough + 0.3 * relief(fractal(rng, 5, octaves=5, stretch=1), light.towards, 9.0)
        stone = plain(mix(haze, rock, 0.3 + 0.7 * near_by)) * face
        if snow and k < ranges - 1:
            cap = step(snow * (0.4 + 1.6 * rough) - (y - crest) - 0.35 * (crest + 0.35), 0.0, 0.03)
            stone = blend(stone, plain(lighter(haze, 0.75)) * np.clip(face, 0.8, 1.15), cap)
        picture = blend(picture, stone.astype(np.float32), step(y - crest, 0.0, EDGE * 1.5))
    return picture


def sea(rng: Rng, light: Light) -> Array:
    """Open water under a low sun, with a path of glitter, sometimes a sail."""
    x, y = grid()
    horizon, at, up = rng.uniform(-0.25, 0.25), rng.uniform(-0.6, 0.6), rng.uniform(0.02, 0.45)
    top, glow = near(rng, "2b3a67 4a6fa5 5f4b8b 27496d 3c8dad"), near(rng, "f6a55a f2c879 ee7f6d f9d9a0 e9a6b0")
    picture = ramp(np.stack([top, mix(top, glow, 0.5), glow]), (y + 1.0) / np.float32(horizon + 1.0))
    clouds = smooth_step(fractal(rng, 2, octaves=5, stretch=4), 0.5, 0.8)
    picture = blend(picture, mix(glow, lighter(top, 0.5), rng.random()), clouds * np.float32(rng.uniform(0, 0.8)))
    away = np.sqrt((x - at) ** 2 + (y - horizon + up) ** 2)
    picture = picture + veil(np.exp(-away * 3.0) * 0.5, lighter(glow, 0.3))
    picture = blend(picture, lighter(glow, 0.75), step(rng.uniform(0.08, 0.2) - away, 0.0, EDGE * 2))
    depth = np.clip((y - horizon) / (1.0 - horizon), 0.0, 1.0)
    waves = _swell(rng, depth)
    sea_tone = mix(top, near(rng, "0b4f6c 1b6f8a 2a9d8f 123a5a"), 0.6)
    surface = ramp(np.stack([mix(sea_tone, glow, 0.45), sea_tone, darker(sea_tone, 0.4)]), depth * 1.1) * (0.75 + 0.5 * waves)
    path = np.exp(-(((x - at) / (0.1 + 0.35 * depth)) ** 2)) * smooth_step(waves, 0.4, 0.7)
    surface = blend(surface.astype(np.float32), lighter(glow, 0.5), path.astype(np.float32) * np.float32(0.85))
    picture = blend(picture.astype(np.float32), surface, step(y, horizon, EDGE))
    return _sail(rng, picture, horizon) if chance(rng, 0.4) else picture


def night(rng: Rng, light: Light) -> Array:
    """A dark sky with stars and a moon, a band of milky way or northern lights, above black hills."""
    x, y = grid()
    top, low = near(rng, "050a1f 0b1033 10122b 06141f", 0.015), near(rng, "1f2a5a 2c3e6b 3b2f63 123f4f", 0.02)
    picture = ramp(np.stack([top, low]), (y + 1.0) * 0.6)
    if chance(rng, 0.35):
        picture = picture + _aurora(rng, x, y)
    elif chance(rng, 0.6):
        slant = x * rng.uniform(-1.2, 1.2) + y - rng.uniform(-0.5, 0.3)
        band = np.exp(-(slant**2) * 6.0) * smooth_step(fractal(rng, 4, octaves=5), 0.25, 0.85)
        picture = picture + veil(band * 0.5, near(rng, "8fa0d8 b8a0d0 c8b8a0"))
    picture = picture + _starlight(rng)
    if chance(rng, 0.65):
        picture = _moon(rng, picture.astype(np.float32), x, y)
    for k in range(int(rng.integers(1, 3))):
        crest = rng.uniform(0.5, 0.8) + 0.12 * k - (profile(rng, 3, int(rng.integers(3, 7))) - 0.5) * 0.4
        picture = blend(picture, darker(low, 0.7 + 0.2 * k), step(y - crest[None, :], 0.0, EDGE))
    return picture.astype(np.float32)


def skyline(rng: Rng, light: Light) -> Array:
    """Towers of a city with lit or dark windows, by day, at dusk or at night."""
    dark = chance(rng, 0.4)
    _, y = grid()
    dusk = np.stack([near(rng, "0f1a3a 1f1f4a 2b2350", 0.02), near(rng, "5f4b8b b5557a e58f5a 34507a", 0.04)])
    picture = ramp(dusk, (y + 1.0) * 0.55) if dark else sky(rng)
    wall = near(rng, "2f3b4f 3f3a4a 4a4f5a", 0.03) if dark else near(rng, "6a7686 8a7f78 55677a a08c7a 7a8f99", 0.04)
    haze = picture[:, SIZE // 2].mean(axis=1)
    lamp = near(rng, "ffd98a ffe9b0 f7c56a", 0.03) if dark else near(rng, "2f3f4f c4dbe4 3a4a5a", 0.04)
    for depth in (0.35, 0.7, 1.0)[int(rng.integers(0, 2)) :]:
        picture = _towers(rng, picture, (mix(haze, wall, depth), mix(haze, lamp, depth)), depth)
    return picture * (1.06 - 0.2 * smooth_step(y, 0.2, 1.0))


def _swell(rng: Rng, depth: Array) -> Array:
    """Return waves that grow towards the camera, about in [0, 1]."""
    fine = noise(rng, (14, 150))
    middle = noise(rng, (9, 60))
    broad = noise(rng, (5, 24))
    share = np.clip(depth * 2.0, 0.0, 2.0)
    first = np.clip(1.0 - share, 0.0, 1.0)
    last = np.clip(share - 1.0, 0.0, 1.0)
    waves: Array = fine * first + middle * (1.0 - first - last) + broad * (0.3 + 0.7 * last) * last + middle * 0.3 * last
    return waves


def _sail(rng: Rng, picture: Array, horizon: float) -> Array:
    big = Image.new("L", (SIZE * 3, SIZE * 3))
    draw = ImageDraw.Draw(big)
    at, size = rng.uniform(-0.7, 0.7), rng.uniform(0.1, 0.28)
    foot = horizon + size * 0.25
    shapes = (
        ((0.03, -1.2), (0.03, -0.1), (0.55, -0.1)),
        ((-0.03, -1.0), (-0.03, -0.1), (-0.4, -0.1)),
        ((-0.6, -0.04), (0.6, -0.04), (0.42, 0.18), (-0.45, 0.18)),
    )
    for shape in shapes:
        draw.polygon([((at + x * size + 1) * SIZE * 1.5, (foot + y * size + 1) * SIZE * 1.5) for x, y in shape], fill=255)
    mask = np.asarray(big.reduce(3), dtype=np.float32) / np.float32(255)
    return blend(picture, near(rng, "f4efe6 2a2f3f 8c3b2a e9d8b4", 0.03), mask)


def _aurora(rng: Rng, x: Array, y: Array) -> Array:
    """Return curtains of northern light to add, (SIZE, SIZE, 3)."""
    colour = near(rng, "3fe0a0 4fd0c0 9f6fe0 60e080")
    total = np.zeros((SIZE, SIZE), dtype=np.float32)
    for _ in range(int(rng.integers(1, 4))):
        foot = rng.uniform(-0.2, 0.4) + (profile(rng, 2, 3) - 0.5) * 0.8
        above = foot[None, :] - y
        curtain = np.exp(np.where(above > 0, -above * rng.uniform(1.5, 4.0), above * 30.0))
        total += curtain * (0.5 + 0.5 * profile(rng, 20, 2))[None, :]
    return veil(total * np.float32(rng.uniform(0.35, 0.7)), colour)


def _starlight(rng: Rng) -> Array:
    """Return points of light to add, (SIZE, SIZE): many faint stars and a few that spread."""
    field = np.zeros((SIZE, SIZE), dtype=np.float32)
    count = int(rng.integers(40, 260))
    rows, columns = rng.integers(1, SIZE - 1, (2, count))
    bright = (rng.random(count) ** 4).astype(np.float32)
    field[rows, columns] = 0.2 + 0.8 * bright
    for row, column, glow in zip(rows[:40], columns[:40], bright[:40], strict=True):
        field[row - 1 : row + 2, column] += glow * 0.5
        field[row, column - 1 : column + 2] += glow * 0.5
    return field


def _moon(rng: Rng, picture: Array, x: Array, y: Array) -> Array:
    at_x, at_y, size = rng.uniform(-0.7, 0.7), rng.uniform(-0.75, 0.0), rng.uniform(0.1, 0.28)
    away = np.sqrt((x - at_x) ** 2 + (y - at_y) ** 2)
    tone = near(rng, "f6efd8 e8e4d4 f2d9a8", 0.02)
    picture = picture + veil(np.exp(-np.clip(away - size, 0, 3) * 6.0) * 0.35, tone)
    disc = step(size - away, 0.0, EDGE * 1.5)
    if chance(rng, 0.55):
        shift = size * rng.uniform(0.3, 0.9)
        disc = disc * step(np.sqrt((x - at_x - shift) ** 2 + (y - at_y + shift * 0.3) ** 2), size, EDGE * 1.5)
    return blend(picture, plain(tone) * (0.75 + 0.4 * fractal(rng, 12, octaves=2)), disc)


def _towers(rng: Rng, picture: Array, tones: tuple[Array, Array], depth: float) -> Array:
    """Draw one row of buildings; `tones` is wall and window, `depth` is 1 for the nearest row."""
    scale = 2
    body, panes = Image.new("L", (SIZE * scale, SIZE * scale)), Image.new("L", (SIZE * scale, SIZE * scale))
    draw, pane = ImageDraw.Draw(body), ImageDraw.Draw(panes)
    left, lit_share = rng.uniform(-20, 0), rng.uniform(0.3, 0.9)
    base = rng.uniform(0.75, 0.95) - 0.35 * depth
    while left < SIZE * scale:
        wide = rng.uniform(22, 60)
        top = SIZE * scale * np.clip(base - 0.45 * rng.random() ** 1.5, 0.08, 0.9)
        draw.rectangle((left, top, left + wide, SIZE * scale), fill=int(rng.integers(170, 256)))
        if chance(rng, 0.3):
            draw.line((left + wide / 2, top - rng.uniform(10, 36), left + wide / 2, top), fill=220, width=3)
        _panes(rng, pane, (left, top, wide), lit_share)
        left += wide + rng.uniform(-3, 8)
    walls, lights = (np.asarray(image.reduce(scale), dtype=np.float32) / np.float32(255) for image in (body, panes))
    picture = blend(picture, plain(tones[0]) * np.clip(walls, 0.5, 1.0), np.clip(walls * 1.6, 0.0, 1.0))
    return blend(picture, tones[1], lights * np.float32(0.9))


def _panes(rng: Rng, draw: ImageDraw.ImageDraw, tower: tuple[float, float, float], share: float) -> None:
    left, top, wide = tower
    pitch_x, pitch_y = rng.uniform(6, 10), rng.uniform(7, 13)
    across, down = max(1, int((wide - 4) / pitch_x)), int((SIZE * 2 - top) / pitch_y)
    shown = rng.random((across, max(down, 1))) < share
    for column, row in np.argwhere(shown).tolist():
        x, y = left + 3 + column * pitch_x, top + 5 + row * pitch_y
        draw.rectangle((x, y, x + pitch_x * 0.5, y + pitch_y * 0.5), fill=255)
