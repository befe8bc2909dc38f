"""Made things and signs: star, heart, balloon, car, house, umbrella."""

from __future__ import annotations

import itertools
import math

import numpy as np

from core.demo.world.backdrop import backdrop, bokeh, clutter, meadow, road, sky
from core.demo.world.canvas import Array, Rng, chance, mean_colour
from core.demo.world.light import Light
from core.demo.world.palette import contrasting, darker, lighter, near, palette
from core.demo.world.sprite import Pose, Sprite, box, curve, outline, polygon, ribbon, some_pose

GLASS = "9fc4d8 7fa8c0 c4dbe4 5f7f95 f2d58a"


def star(rng: Rng, light: Light) -> Array:
    """One to four stars of four to eight points, faceted or plain."""
    colours = palette(rng)
    picture = backdrop(rng, light, colours[:2])
    body = contrasting(colours[2:], mean_colour(picture), 0.5)
    count, points = int(rng.choice((1, 1, 1, 2, 4))), int(rng.choice((4, 5, 5, 5, 6, 8)))
    inner, facets, hollow = rng.uniform(0.34, 0.56), chance(rng, 0.45), chance(rng, 0.25)
    for _ in range(count):
        pose = some_pose(rng, (0.5, 0.9) if count == 1 else (0.28, 0.5), turn=0.6, drift=0.3 if count == 1 else 0.9)
        sprite = Sprite(pose)
        angle = np.arange(2 * points) * math.pi / points - math.pi / 2
        corners = curve(np.cos(angle), np.sin(angle)) * np.where(np.arange(2 * points) % 2, inner, 1.0)[:, None]
        sprite.fill(corners, body)
        if facets:
            for k in range(0, 2 * points, 2):
                sprite.fill(np.stack([corners[k], corners[(k + 1) % len(corners)], np.zeros(2)]), darker(body, 0.3))
        if hollow:
            sprite.fill(corners * 0.62, contrasting(colours[:3], body, 0.4), 0.6)
        picture = sprite.onto(picture, rng, light, volume=0.7)
    return picture


def heart(rng: Rng, light: Light) -> Array:
    """One to four hearts, from slim to broad, plain, rimmed or striped."""
    colours = palette(rng)
    picture = backdrop(rng, light, colours[:2])
    body = contrasting(colours[2:], mean_colour(picture), 0.5)
    if chance(rng, 0.35):
        body = near(rng, "d62839 e5446d b3123f f26a8d")
    count, slim = int(rng.choice((1, 1, 1, 2, 4))), rng.uniform(0.85, 1.15)
    rim, band = chance(rng, 0.35), chance(rng, 0.25)
    t = np.linspace(0, 2 * math.pi, 60, endpoint=False)
    shape = curve(16 * np.sin(t) ** 3 * slim, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))) / 17
    for _ in range(count):
        pose = some_pose(rng, (0.5, 0.85) if count == 1 else (0.28, 0.48), turn=0.4, drift=0.3 if count == 1 else 0.9)
        sprite = Sprite(pose)
        sprite.fill(shape, darker(body, 0.5) if rim else body)
        if rim:
            sprite.fill(shape * 0.84, body)
        if band:
            sprite.fill(shape * 0.55, contrasting(colours, body, 0.35), 0.9)
        picture = sprite.onto(picture, rng, light, volume=0.9)
    return picture


def balloon(rng: Rng, light: Light) -> Array:
    """One to three hot-air balloons with striped envelopes and baskets, in the sky."""
    picture = sky(rng) if chance(rng, 0.5) else meadow(rng, light, rng.uniform(0.4, 0.8))
    for _ in range(int(rng.choice((1, 1, 2, 3)))):
        colours = palette(rng)
        pose = some_pose(rng, (0.4, 0.85), turn=0.1, drift=0.45)
        picture = _balloon(rng, pose, colours).onto(picture, rng, light, shadow=0.0, volume=0.9)
    return picture


def car(rng: Rng, light: Light) -> Array:
    """A car seen from the side: saloon, hatchback or van, on a street."""
    picture = road(rng, light) if chance(rng, 0.8) else backdrop(rng, light, palette(rng))
    body = contrasting(palette(rng)[:3], mean_colour(picture), 0.4)
    size = rng.uniform(0.6, 0.92)
    pose = Pose(rng.uniform(-0.2, 0.2), rng.uniform(0.05, 0.3), size, rng.normal(0, 0.04), chance(rng, 0.5), rng.uniform(0.9, 1.08))
    picture = _car(rng, pose, body).onto(picture, rng, light, shadow=0.5, volume=0.7)
    return clutter(picture, rng, light, (1, 3)) if chance(rng, 0.2) else picture


def house(rng: Rng, light: Light) -> Array:
    """A house with pitched roof, door, windows and often a chimney, in a landscape."""
    picture = meadow(rng, light, rng.uniform(0.05, 0.4))
    for _ in range(int(rng.choice((1, 1, 1, 2)))):
        at = (rng.uniform(-0.3, 0.3), rng.uniform(0.0, 0.3))
        pose = Pose(*at, rng.uniform(0.5, 0.82), rng.normal(0, 0.03), chance(rng, 0.5), rng.uniform(0.8, 1.15))
        picture = _house(rng, pose).onto(picture, rng, light, shadow=0.3, volume=0.45)
    return clutter(picture, rng, light, (1, 4)) if chance(rng, 0.2) else picture


def umbrella(rng: Rng, light: Light) -> Array:
    """An open umbrella with coloured panels, a scalloped hem and a hooked handle."""
    colours = palette(rng)
    picture = backdrop(rng, light, colours[:2]) if chance(rng, 0.6) else bokeh(rng, colours[:3])
    first = contrasting(colours[2:], mean_colour(picture), 0.5)
    second = contrasting(colours, first, 0.3) if chance(rng, 0.7) else darker(first, 0.3)
    sprite = _umbrella(rng, some_pose(rng, (0.6, 0.9), turn=0.35), first, second)
    return sprite.onto(picture, rng, light, volume=0.8)


def _balloon(rng: Rng, pose: Pose, colours: Array) -> Sprite:
    sprite = Sprite(pose)
    wicker = near(rng, "8a5a34 a9713f 6f4a2f", 0.03)
    for side in (-1.0, 1.0):
        sprite.line(polygon((0.3 * side, 0.3), (0.13 * side, 0.78)), 0.03, darker(wicker, 0.5), 0.3)
    sprite.fill(polygon((-0.15, 0.76), (0.15, 0.76), (0.12, 1.0), (-0.12, 1.0)), wicker, 0.8)
    panels, kinds = int(rng.integers(4, 7)), int(rng.integers(2, 4))
    y = np.linspace(-1.0, 0.5, 40)
    dome, taper = np.sqrt(np.clip(1 - ((y + 0.3) / 0.7) ** 2, 0, 1)), 1.0 - 0.76 * np.clip((y + 0.3) / 0.8, 0, 1) ** 1.6
    half = np.where(y < -0.3, dome, taper) * rng.uniform(0.62, 0.76)
    for k in range(panels, -panels, -1):
        left, right = (math.sin(math.pi / 2 * edge / panels) for edge in (k - 1, k))
        shape = ribbon(curve(half * left, y), curve(half * right, y))
        sprite.fill(shape, colours[k % kinds], 0.75 + 0.25 * math.cos(math.pi / 2 * (k - 0.5) / panels))
    if chance(rng, 0.5):
        part = slice(12, 12 + int(rng.integers(4, 9)))
        sprite.fill(ribbon(curve(-half[part], y[part]), curve(half[part], y[part])), colours[4], 1.0)
    return sprite


def _car(rng: Rng, pose: Pose, body: Array) -> Sprite:
    """Draw a car that drives to the right."""
    sprite = Sprite(pose)
    roof, rear, front = rng.uniform(-0.5, -0.36), rng.uniform(-0.85, -0.45), rng.uniform(0.1, 0.35)
    tyre, hub = near(rng, "1f1f22 2a2a2c", 0.01), near(rng, "c9ccd1 a8abb0 e0ddd5", 0.02)
    glass = near(rng, GLASS, 0.03)
    cabin = [(rear, -0.12), (rear + 0.18, roof), (front - 0.12, roof), (front + 0.2, -0.1)]
    hull = [(-0.97, 0.1), (-0.95, -0.08), *cabin, (0.85, 0.0), (0.98, 0.14), (0.97, 0.36), (-0.97, 0.36)]
    sprite.fill(outline(hull, steps=5), body)
    pane = 0.07
    middle = (rear + front) / 2 + 0.04
    for left, right, lean_left, lean_right in ((rear + 0.14, middle - 0.03, 0.1, 0.0), (middle + 0.03, front + 0.08, 0.0, 0.17)):
        sprite.fill(polygon((left, -0.1), (left + lean_left, roof + pane), (right - lean_right, roof + pane), (right, -0.1)), glass, 0.9)
    sprite.fill(box(-0.95, 0.2, 0.95, 0.24), darker(body, 0.35), 0.95)
    sprite.line(polygon((middle, -0.05), (middle, 0.3)), 0.02, darker(body, 0.4), 0.9)
    sprite.blob((0.9, 0.1), (0.07, 0.06), near(rng, "fff2c0 f4e3a0", 0.02))
    sprite.blob((-0.93, 0.1), (0.05, 0.06), near(rng, "d62828 b51f1f", 0.02))
    size = rng.uniform(0.18, 0.24)
    for x in (-0.56, 0.56):
        sprite.blob((x, 0.36), (size + 0.04, size + 0.04), darker(body, 0.7), 0.7)
        sprite.blob((x, 0.38), (size, size), tyre, 0.9)
        sprite.blob((x, 0.38), (size * 0.55, size * 0.55), hub)
        sprite.blob((x, 0.38), (size * 0.18, size * 0.18), darker(hub, 0.5))
    return sprite


def _house(rng: Rng, pose: Pose) -> Sprite:
    sprite = Sprite(pose)
    wall = near(rng, "f1e6d0 e3c9a8 c97b63 b8c4c9 f4f1ea d9b44a 8fa89b", 0.03)
    roof = near(rng, "8c3b2a a8482f 5a4a48 3f5568 6f4f3a 2f4f4f", 0.03)
    top, peak, wide, eave = rng.uniform(-0.25, 0.1), rng.uniform(-0.95, -0.65), rng.uniform(0.6, 0.85), rng.uniform(0.06, 0.16)
    if chance(rng, 0.6):
        sprite.fill(box(wide * 0.4, peak, wide * 0.62, top), darker(roof, 0.2), 0.8)
    sprite.fill(box(-wide, top - 0.05, wide, 0.9), wall, 0.8)
    gable = rng.uniform(0.0, 0.55) * wide
    sprite.fill(polygon((-wide - eave, top), (-gable, peak), (gable, peak), (wide + eave, top)), roof)
    for k in range(1, 5):
        low = peak + (top - peak) * k / 5
        half = gable + (wide + eave - gable) * k / 5
        sprite.line(polygon((-half, low), (half, low)), 0.018, darker(roof, 0.3), 0.9)
    door, trim, glass = near(rng, "6b3f22 2f4f6f 7a1f1f 3f5f3f"), lighter(wall, 0.7), near(rng, GLASS, 0.03)
    at = rng.uniform(-0.3, 0.3) * wide
    sprite.fill(box(at - 0.15, 0.36, at + 0.15, 0.9), trim, 0.85)
    sprite.fill(box(at - 0.12, 0.39, at + 0.12, 0.9), door, 0.75)
    for x in (-wide * 0.66, wide * 0.66):
        if abs(x - at) > 0.3:
            _window(sprite, (x, 0.4), trim, glass)
            if top < -0.08:
                _window(sprite, (x, 0.08), trim, glass)
    return sprite


def _window(sprite: Sprite, centre: tuple[float, float], trim: Array, glass: Array) -> None:
    x, y = centre
    sprite.fill(box(x - 0.13, y - 0.12, x + 0.13, y + 0.12), trim, 0.85)
    sprite.fill(box(x - 0.1, y - 0.09, x + 0.1, y + 0.09), glass, 0.7)
    sprite.line(polygon((x, y - 0.09), (x, y + 0.09)), 0.025, trim, 0.8)
    sprite.line(polygon((x - 0.1, y), (x + 0.1, y)), 0.025, trim, 0.8)


def _umbrella(rng: Rng, pose: Pose, first: Array, second: Array) -> Sprite:
    sprite = Sprite(pose)
    stick = near(rng, "4a3326 2b2b2e 8a5a34", 0.03)
    hem = rng.uniform(0.0, 0.12)
    sprite.line(outline([(0.0, -0.8), (0.0, 0.3), (0.0, 0.75), (0.1, 0.95), (0.25, 0.92), (0.29, 0.76)], "open"), 0.055, stick, 0.5)
    sprite.line(polygon((0.0, -0.98), (0.0, -0.75)), 0.05, stick, 0.6)
    panels, tall = int(rng.integers(2, 5)), rng.uniform(0.75, 0.95)
    edges = np.sin(np.linspace(-math.pi / 2, math.pi / 2, 2 * panels + 1)) * 0.97
    arc = np.linspace(0.0, 1.0, 14)
    for k, (left, right) in enumerate(itertools.pairwise(edges)):
        sides = [curve(edge * np.sin(arc * math.pi / 2), hem - tall * np.cos(arc * math.pi / 2)) for edge in (left, right)]
        scallop = curve(left + (right - left) * arc, hem - 0.09 * np.sin(arc * math.pi))
        middle = 1.0 - 0.5 * abs(left + right) / 2
        sprite.fill(np.concatenate([sides[0], scallop, sides[1][::-1]]), (first, second)[k % 2], middle)
    return sprite
