"""Plants: leaf, flower, mushroom, tree."""

from __future__ import annotations

import math

import numpy as np

from core.demo.world.backdrop import backdrop, bokeh, clutter, meadow
from core.demo.world.canvas import Array, Rng, chance, mean_colour, plain
from core.demo.world.light import Light
from core.demo.world.palette import contrasting, darker, lighter, mix, near, palette
from core.demo.world.sprite import Points, Pose, Sprite, curve, outline, polygon, ribbon, some_pose


def leaf(rng: Rng, light: Light) -> Array:
    """One to three leaves with midrib and side veins, from green to autumn colours."""
    colours = palette(rng)
    picture = backdrop(rng, light, colours)
    blade = near(rng, "3f7d3a 5a9a45 7fae4b 2f6b4f c0792a b5482a d9a531 8c3b3b")
    if float(np.linalg.norm(blade - mean_colour(picture))) < 0.3:
        picture = picture * 0.5 + 0.5 * plain(lighter(blade, 0.85))
    shape = (rng.uniform(0.28, 0.6), rng.uniform(0.6, 1.3), rng.uniform(0.0, 0.12), rng.uniform(-0.15, 0.15))
    for _ in range(int(rng.choice((1, 1, 2, 3)))):
        pose = some_pose(rng, (0.55, 0.9), turn=1.6, drift=0.4)
        picture = _leaf(rng, pose, mix(blade, colours[0], rng.uniform(0, 0.15)), shape).onto(picture, rng, light, volume=0.7)
    return picture


def flower(rng: Rng, light: Light) -> Array:
    """One to three blossoms seen from the front, with one or two rings of petals around a dotted centre."""
    colours = palette(rng)
    count = int(rng.choice((1, 1, 1, 2, 3)))
    greens = np.stack([near(rng, "2f5d3a 3f7048 55803f"), near(rng, "7fa35f 9cb86b 5f8f6f")])
    picture = backdrop(rng, light, colours[:2]) if chance(rng, 0.5) else bokeh(rng, greens)
    petal = contrasting(colours[2:], mean_colour(picture), 0.5)
    petals, ratio, tip = int(rng.integers(5, 14)), rng.uniform(0.75, 1.35), rng.uniform(0.55, 1.0)
    for _ in range(count):
        pose = some_pose(rng, (0.55, 0.95) if count == 1 else (0.35, 0.55), turn=3.0, drift=0.3 if count == 1 else 0.75)
        picture = _blossom(rng, pose, petal, (petals, ratio, tip)).onto(picture, rng, light, volume=0.8)
    return picture


def mushroom(rng: Rng, light: Light) -> Array:
    """One to three toadstools with a domed, often spotted cap."""
    picture = meadow(rng, light, rng.uniform(-0.2, 0.3)) if chance(rng, 0.5) else backdrop(rng, light, palette(rng))
    cap = near(rng, "c8322b b5532f a8763e 8a4f6d d98a3d 6b4a3a 3f6f8f e0b04a")
    cap = contrasting(np.stack([cap, lighter(cap, 0.3), darker(cap, 0.4)]), mean_colour(picture), 0.35)
    form = (rng.uniform(0.65, 0.98), rng.uniform(0.45, 0.85), rng.uniform(0.14, 0.26))
    for _ in range(int(rng.choice((1, 1, 2, 3)))):
        pose = some_pose(rng, (0.45, 0.85), turn=0.16, drift=0.4)
        picture = _toadstool(rng, pose, cap, form).onto(picture, rng, light, volume=0.8)
    return picture


def tree(rng: Rng, light: Light) -> Array:
    """A broad-leaved tree or a conifer standing in a landscape, in any season."""
    picture = meadow(rng, light, rng.uniform(0.15, 0.5))
    crown = near(rng, "2f6b3a 4c8b3f 1f4f3a d1862e b8432f 7c9a3c c9b23f e3a0b5")
    for _ in range(int(rng.choice((1, 1, 2)))):
        at = (rng.uniform(-0.45, 0.45), rng.uniform(-0.15, 0.15))
        pose = Pose(*at, rng.uniform(0.6, 0.9), rng.normal(0, 0.04), chance(rng, 0.5), rng.uniform(0.8, 1.15))
        sprite = _conifer(rng, pose, crown) if chance(rng, 0.4) else _broad(rng, pose, crown)
        picture = sprite.onto(picture, rng, light, shadow=0.25, volume=0.9)
    return clutter(picture, rng, light, (1, 4)) if chance(rng, 0.2) else picture


def _leaf(rng: Rng, pose: Pose, blade: Array, shape: tuple[float, float, float, float]) -> Sprite:
    """Draw a leaf that points upwards; `shape` is width, where it is widest, size of the teeth, bend."""
    wide, peak, teeth, bend = shape
    t = np.linspace(0.0, 1.0, 60)
    half = wide * np.sin(math.pi * t**peak) ** 0.9 * (1.0 + teeth * np.abs(np.sin(t * 30)))
    middle, y = bend * np.sin(math.pi * t), 0.75 - 1.65 * t
    sprite = Sprite(pose)
    vein = lighter(blade, 0.45) if chance(rng, 0.7) else darker(blade, 0.45)
    sprite.line(curve(middle[:8] * 0, np.linspace(1.0, 0.7, 8)), 0.07, vein)
    sprite.fill(_both(middle, half, y), blade, 0.9)
    sprite.fill(ribbon(curve(middle, y), curve(middle + half, y)), darker(blade, 0.14), 0.75)
    for k in range(8, 52, int(rng.integers(5, 9))):
        for side in (-1.0, 1.0):
            end = min(k + 9, 59)
            sprite.line(polygon((middle[k], y[k]), (middle[end] + side * half[end] * 0.82, y[end])), 0.022, mix(blade, vein, 0.6), 0.95)
    sprite.line(curve(middle, y)[:57], 0.045, vein)
    return sprite


def _both(middle: Points, half: Points, y: Points) -> Points:
    return ribbon(curve(middle - half, y), curve(middle + half, y))


def _blossom(rng: Rng, pose: Pose, petal: Array, form: tuple[int, float, float]) -> Sprite:
    """Draw a flower; `form` is the number of petals, their width (1: they touch) and how far out they are widest."""
    petals, ratio, tip = form
    sprite = Sprite(pose)
    inner = contrasting(np.stack([lighter(petal, 0.5), darker(petal, 0.4)]), petal, 0.25)
    for ring, reach in enumerate((1.0, 0.62) if chance(rng, 0.5) else (1.0,)):
        wide = min(0.42, math.pi * 0.56 * reach / petals * ratio)
        for k in range(petals):
            angle = 2 * math.pi * (k + 0.5 * ring) / petals
            side = [(wide, -tip * 0.62 * reach), (wide * 0.6, -0.93 * reach)]
            shape = outline([(0.0, 0.0), *side, (0.0, -reach), *((-x, y) for x, y in side[::-1])], steps=5)
            tone = mix(petal, inner, 0.35 * ring + 0.22 * (k % 2))
            sprite.fill(_turn(shape, angle), tone, 0.55 + 0.3 * ((k + ring) % 2))
            if petals < 9:
                sprite.line(_turn(polygon((0.0, 0.0), (0.0, -0.7 * reach)), angle), 0.03, mix(tone, inner, 0.6), 0.6)
    heart = near(rng, "f2c230 e89c2a 6b3f1f f6e27a 4a2c2a")
    size = rng.uniform(0.16, 0.3)
    sprite.blob((0.0, 0.0), (size, size), heart)
    for angle in rng.uniform(0, 2 * math.pi, 9):
        sprite.blob((math.cos(angle) * size * 0.6, math.sin(angle) * size * 0.6), (0.03, 0.03), darker(heart, 0.45))
    return sprite


def _turn(points: Points, angle: float) -> Points:
    cos, sin = math.cos(angle), math.sin(angle)
    turned: Points = points @ np.array([[cos, sin], [-sin, cos]])
    return turned


def _toadstool(rng: Rng, pose: Pose, cap: Array, form: tuple[float, float, float]) -> Sprite:
    """Draw a mushroom; `form` is the half width of the cap, its height and the half width of the stem."""
    wide, tall, stem = form
    sprite = Sprite(pose)
    pale = near(rng, "f3ead7 e8dcc0 d9c7a3", 0.03)
    rim = -0.05
    side = [(stem, rim), (stem * 1.05, 0.5), (stem * 1.6, 0.95)]
    sprite.fill(outline([*side, *((-x, y) for x, y in side[::-1])]), pale, 0.75)
    sprite.blob((0.0, rim + 0.02), (wide * 0.96, 0.15), darker(pale, 0.3), 0.5)
    arc = np.linspace(math.pi, 2 * math.pi, 30)
    top = curve(wide * np.cos(arc), rim + tall * np.sin(arc))
    brim = curve(wide * np.cos(arc[::-1]), rim - 0.1 * np.sin(arc[::-1]))
    sprite.fill(np.concatenate([top, brim]), cap)
    if chance(rng, 0.7):
        for _ in range(int(rng.integers(4, 10))):
            angle, out, size = rng.uniform(math.pi * 1.06, math.pi * 1.94), rng.uniform(0.15, 0.85), rng.uniform(0.04, 0.11)
            sprite.blob((wide * out * math.cos(angle), rim + tall * out * math.sin(angle)), (size * 1.2, size), pale)
    return sprite


def _broad(rng: Rng, pose: Pose, crown: Array) -> Sprite:
    sprite = Sprite(pose)
    bark = near(rng, "5b4030 6f5440 4a3a32 8a7a6a", 0.03)
    wide = rng.uniform(0.07, 0.13)
    sprite.fill(outline([(-wide, 0.0), (wide, 0.0), (wide, 0.6), (wide * 2.0, 1.0), (-wide * 2.0, 1.0), (-wide, 0.6)]), bark, 0.5)
    for side in (-1.0, 1.0):
        sprite.line(polygon((0.0, 0.35), (side * 0.4, -0.15)), wide, bark, 0.5)
    high, broad = rng.uniform(0.5, 0.68), rng.uniform(0.5, 0.8)
    for k in range(46):
        angle, out = rng.uniform(0, 2 * math.pi), math.sqrt(rng.random())
        x, y = broad * out * math.cos(angle), -0.32 + high * out * math.sin(angle)
        size = rng.uniform(0.1, 0.24)
        shade = 0.4 * max(0.0, 1.0 - k / 30)
        sprite.blob((x, y), (size, size * 0.8), darker(mix(crown, lighter(crown, 0.3), rng.random()), shade), 0.5 + 0.5 * k / 46)
    return sprite


def _conifer(rng: Rng, pose: Pose, crown: Array) -> Sprite:
    sprite = Sprite(pose)
    sprite.fill(polygon((-0.08, 0.5), (0.08, 0.5), (0.1, 1.0), (-0.1, 1.0)), near(rng, "5b4030 4a3a32", 0.03), 0.5)
    tiers, wide = int(rng.integers(3, 7)), rng.uniform(0.4, 0.65)
    for k in range(tiers):
        low = 0.72 - 1.25 * k / tiers
        reach = wide * (1.0 - k / (tiers + 0.5))
        teeth = np.linspace(-1.0, 1.0, 13)
        hem = curve(teeth * reach, low + 0.06 * (np.arange(13) % 2) + 0.07 * (1 - teeth**2))
        tone = mix(darker(crown, 0.35), crown, (k + 1) / tiers)
        sprite.fill(ribbon(polygon((0.0, low - 1.9 / tiers - 0.12)), hem), tone, 0.5 + 0.5 * k / tiers)
    return sprite
