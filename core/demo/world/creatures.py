"""Creatures: butterfly, fish, face, eye."""

from __future__ import annotations

import math

import numpy as np

from core.demo.world.backdrop import backdrop, bokeh, water
from core.demo.world.canvas import Array, Rng, chance, fractal, mean_colour, ramp
from core.demo.world.light import Light
from core.demo.world.palette import contrasting, darker, lighter, mix, near, palette
from core.demo.world.sprite import Points, Pose, Sprite, curve, ellipse, mirror, outline, polygon, ribbon, some_pose


def butterfly(rng: Rng, light: Light) -> Array:
    """A butterfly with open, patterned wings."""
    colours = palette(rng)
    if chance(rng, 0.35):
        picture = bokeh(rng, np.stack([near(rng, "6f9f5f 4f7f5a"), near(rng, "b8cf8f e0d9a0"), colours[0]]))
    else:
        picture = backdrop(rng, light, colours[:2])
    wing = contrasting(colours[2:], mean_colour(picture), 0.5)
    sprite = _wings(rng, some_pose(rng, (0.6, 0.95), turn=0.6), wing, colours)
    return sprite.onto(picture, rng, light, volume=0.5)


def fish(rng: Rng, light: Light) -> Array:
    """One to three fish seen from the side, striped, spotted or plain."""
    picture = water(rng) if chance(rng, 0.7) else backdrop(rng, light, palette(rng))
    colours = palette(rng)
    body = contrasting(colours[:3], mean_colour(picture), 0.5)
    count = int(rng.choice((1, 1, 2, 3)))
    form = (rng.uniform(0.3, 0.55), rng.uniform(0.22, 0.42), int(rng.integers(3)))
    for _ in range(count):
        pose = some_pose(rng, (0.6, 0.9) if count == 1 else (0.35, 0.55), turn=0.25, drift=0.3 if count == 1 else 0.8)
        picture = _fish(rng, pose, body, (colours[3], colours[4]), form).onto(picture, rng, light, shadow=0.25, volume=0.8)
    return picture


def face(rng: Rng, light: Light) -> Array:
    """A round cartoon face: happy, sad, astonished; with or without hair, brows and cheeks."""
    colours = palette(rng)
    picture = backdrop(rng, light, colours[:2])
    skin = near(rng, "f6cf4b f2b48c c98a5e 8d5a3b f4d3b5 7fb069 8ab6d6 e58f8f")
    if float(np.linalg.norm(skin - mean_colour(picture))) < 0.3:
        picture = picture * 0.45 + 0.02
    sprite = Sprite(some_pose(rng, (0.55, 0.85), turn=0.22))
    if chance(rng, 0.5):
        _hair(rng, sprite, near(rng, "2b1d14 6b3f22 c9973f 8f2f1f 3a3a3f d8cfc4", 0.03))
    sprite.blob((0.0, 0.05), (rng.uniform(0.72, 0.86), 0.85), skin)
    _features(rng, sprite, skin)
    return sprite.onto(picture, rng, light, volume=0.7)


def eye(rng: Rng, light: Light) -> Array:
    """One eye, near: iris with radial fibres, pupil, glint, lids and lashes."""
    skin = near(rng, "f0c9a8 d9a27a a8714c 6f452e f4d8c4 8fae7a 9db6c9")
    tone = np.stack([darker(skin, 0.3), skin, lighter(skin, 0.25)])
    picture = ramp(tone, fractal(rng, 3) * 0.9 + 0.1)
    pose = some_pose(rng, (0.65, 1.05), turn=0.18, drift=0.2)
    sprite = Sprite(pose)
    iris = near(rng, "4a7fa8 5f8f5a 7a4f2a 8f7a3a 3a5f6f 8a6fa8 b5652a 6f8f8a")
    _lids(rng, sprite, skin, iris)
    return sprite.onto(picture, rng, light, shadow=0.2, volume=0.35)


def _wings(rng: Rng, pose: Pose, wing: Array, colours: Array) -> Sprite:
    sprite = Sprite(pose)
    rim = darker(wing, rng.uniform(0.6, 0.85))
    inner = mix(wing, contrasting(colours, wing, 0.3), rng.uniform(0.4, 1.0))
    high, low, wide = rng.uniform(0.7, 0.95), rng.uniform(0.6, 0.9), rng.uniform(0.8, 1.0)
    lower = np.array([(0.0, 0.0), (0.45 * wide, 0.05), (0.72 * wide, 0.32), (0.55 * wide, low * 0.85), (0.28, low), (0.1, 0.42)])
    tip = [(0.6 * wide, -0.95 * high), (0.98 * wide, -0.88 * high)]
    upper = np.array([(0.0, 0.05), (0.2, -0.4 * high), *tip, (0.88 * wide, -0.25), (0.5 * wide, 0.12)])
    spots = rng.uniform(0.05, 0.12, 3)
    for flip in (False, True):
        for corners in (lower, upper):
            shape = outline([(x, y) for x, y in corners.tolist()])
            middle = shape.mean(axis=0)
            for size, colour, height in ((1.0, rim, 0.5), (0.8, wing, 0.7), (0.42, inner, 0.8)):
                sprite.fill(_flip(middle + (shape - middle) * size, flip), colour, height)
            for k, size in enumerate(spots):
                at = middle + (shape[12 + 9 * k] - middle) * 0.88
                sprite.fill(_flip(ellipse((at[0], at[1]), (size * 0.7, size * 0.7), count=16), flip), lighter(wing, 0.7), 0.7)
    body = near(rng, "2a211c 3d2f28 1f1f24", 0.02)
    sprite.blob((0.0, 0.08), (0.07, 0.42), body)
    sprite.blob((0.0, -0.36), (0.09, 0.1), body)
    for side in (-1.0, 1.0):
        sprite.line(outline([(0.0, -0.4), (0.12 * side, -0.65), (0.3 * side, -0.82)], "open"), 0.028, body, 0.4)
    return sprite


def _flip(points: Points, flip: bool) -> Points:
    return mirror(points) if flip else points


def _fish(rng: Rng, pose: Pose, body: Array, others: tuple[Array, Array], form: tuple[float, float, int]) -> Sprite:
    """Draw a fish that swims to the right; `form` is the half height of its body, its tail's and the kind of its markings."""
    tall, tail, marks = form
    sprite = Sprite(pose)
    fin = mix(body, others[0], 0.6)
    sprite.fill(outline([(-0.5, 0.0), (-0.95, -tail), (-0.82, 0.0), (-0.95, tail)]), fin, 0.5)
    sprite.fill(outline([(-0.35, -tall * 0.5), (-0.1, -tall * 1.5), (0.25, -tall * 1.2), (0.35, -tall * 0.6)]), fin, 0.5)
    sprite.fill(outline([(-0.2, tall * 0.6), (-0.25, tall * 1.35), (0.1, tall * 0.8)]), fin, 0.5)
    t = np.linspace(-1.0, 1.0, 40)
    half = tall * np.clip(1.0 - np.abs(t) ** 2.2, 0.0, 1.0) ** 0.7 * (1.0 + 0.15 * t)
    x = 0.12 + t * 0.78
    sprite.fill(ribbon(curve(x, -half), curve(x, half)), body)
    sprite.fill(ribbon(curve(x, half * 0.25), curve(x, half)), lighter(body, 0.35), 0.9)
    if marks == 0:
        for at in (8, 15, 22):
            part = slice(at, at + int(rng.integers(3, 5)))
            sprite.fill(ribbon(curve(x[part], -half[part]), curve(x[part], half[part])), others[1])
    elif marks == 1:
        for _ in range(9):
            at = int(rng.integers(6, 28))
            sprite.blob((x[at], rng.uniform(-0.6, 0.6) * half[at]), (0.05, 0.05), others[1])
    sprite.line(outline([(0.42, -tall * 0.7), (0.34, 0.0), (0.42, tall * 0.6)], "open"), 0.03, darker(body, 0.45))
    sprite.fill(outline([(0.2, 0.05), (-0.1, tall * 0.55), (0.12, tall * 0.45)]), darker(fin, 0.2))
    sprite.blob((0.62, -tall * 0.22), (0.09, 0.09), np.array([0.97, 0.97, 0.93], dtype=np.float32))
    sprite.blob((0.64, -tall * 0.22), (0.05, 0.05), np.array([0.05, 0.05, 0.07], dtype=np.float32))
    return sprite


def _hair(rng: Rng, sprite: Sprite, hair: Array) -> None:
    sprite.blob((0.0, -0.08), (0.86, 0.86), hair, 0.8)
    for x in rng.uniform(-0.6, 0.6, int(rng.integers(0, 7))):
        sprite.line(outline([(x, -0.6), (x * 1.3, -0.9), (x * 1.5 + 0.1, -1.0)], "open"), 0.09, hair, 0.8)


def _features(rng: Rng, sprite: Sprite, skin: Array) -> None:
    ink = darker(skin, 0.88)
    white = np.array([0.98, 0.98, 0.96], dtype=np.float32)
    apart, level, tall = rng.uniform(0.24, 0.38), rng.uniform(-0.25, -0.05), rng.uniform(0.09, 0.2)
    glance, open_eyes, brow = rng.uniform(-0.05, 0.05), chance(rng, 0.5), rng.uniform(-0.12, 0.12)
    for side in (-1.0, 1.0):
        if open_eyes:
            sprite.blob((side * apart, level), (tall * 0.95, tall * 1.15), white)
            sprite.blob((side * apart + glance, level + 0.02), (tall * 0.5, tall * 0.6), ink)
        else:
            sprite.blob((side * apart, level), (tall * 0.6, tall), ink)
        sprite.blob((side * apart + glance - 0.03, level - tall * 0.3), (tall * 0.18, tall * 0.2), white)
        if brow > -0.05:
            sprite.line(polygon((side * (apart - 0.14), level - 0.3 + brow), (side * (apart + 0.14), level - 0.3 - brow)), 0.06, ink)
    if chance(rng, 0.4):
        for side in (-1.0, 1.0):
            sprite.blob((side * 0.5, 0.25), (0.13, 0.09), mix(skin, np.array([0.9, 0.35, 0.35], dtype=np.float32), 0.5))
    if chance(rng, 0.5):
        sprite.blob((0.0, 0.14), (0.07, 0.09), darker(skin, 0.18))
    _mouth(rng, sprite, ink)


def _mouth(rng: Rng, sprite: Sprite, ink: Array) -> None:
    smile, wide = rng.uniform(-0.2, 0.34), rng.uniform(0.28, 0.5)
    t = np.linspace(-1.0, 1.0, 17)
    lip = curve(t * wide, 0.42 + smile * (0.5 - t**2))
    if chance(rng, 0.4):
        sprite.fill(np.concatenate([lip, curve(t * wide, 0.42 + (smile + 0.3) * (1 - t**2) - 0.5 * smile)[::-1]]), ink, 0.8)
        sprite.blob((0.0, 0.42 + smile * 0.35 + 0.17), (wide * 0.4, 0.07), np.array([0.85, 0.35, 0.35], dtype=np.float32), 0.8)
    elif chance(rng, 0.8):
        sprite.line(lip, 0.075, ink)
    else:
        sprite.blob((0.0, 0.5), (0.13, 0.17), ink)


def _lids(rng: Rng, sprite: Sprite, skin: Array, iris: Array) -> None:
    """Draw the eye from back to front: lid shadow, white, iris, pupil, glint, upper lid line, lashes, brow."""
    lift, drop = rng.uniform(0.4, 0.62), rng.uniform(0.28, 0.45)
    t = np.linspace(-1.0, 1.0, 41)
    upper = curve(t * 0.95, -lift * (1 - np.abs(t) ** 2.2))
    lower = curve(t * 0.95, drop * (1 - np.abs(t) ** 2.0))
    sprite.line(upper * np.array([1.02, 1.25]), 0.16, darker(skin, rng.uniform(0.15, 0.35)), 0.7)
    white = np.concatenate([upper, lower[::-1]])
    sprite.fill(white, np.array([0.95, 0.93, 0.9], dtype=np.float32), 0.8)
    look, size = rng.uniform(-0.25, 0.25), rng.uniform(0.34, 0.44)
    _iris(rng, sprite, iris, (look, size), (lift, drop))
    ink = darker(skin, 0.9)
    sprite.line(upper, 0.07, ink, 0.9)
    sprite.line(lower, 0.03, darker(skin, 0.5), 0.85)
    for k in range(3, 38, int(rng.integers(3, 6))):
        root = upper[k]
        sprite.line(np.stack([root, root + np.array([t[k] * 0.16, -0.2 * (1 - 0.5 * abs(t[k]))])]), 0.025, ink, 0.6)
    if chance(rng, 0.7):
        sprite.line(outline([(-0.9, -0.7), (-0.2, -1.0), (0.8, -0.75)], "open"), rng.uniform(0.08, 0.17), darker(skin, 0.75), 0.8)


def _iris(rng: Rng, sprite: Sprite, iris: Array, disc: tuple[float, float], lids: tuple[float, float]) -> None:
    """Draw the coloured disc, cut off by the lids; `disc` is (x, radius), `lids` is how far they open up and down."""
    look, size = disc

    def cut(points: Points) -> Points:
        bound = np.clip(1 - np.abs(points[:, 0] / 0.95) ** 2.1, 0.0, 1.0)
        return curve(points[:, 0], np.clip(points[:, 1], -lids[0] * bound, lids[1] * bound))

    for share, colour in ((1.0, darker(iris, 0.7)), (0.9, iris), (0.6, lighter(iris, 0.3))):
        sprite.fill(cut(ellipse((look, -0.05), (size * share, size * share))), colour, 0.9)
    for angle in np.linspace(0, 2 * math.pi, int(rng.integers(14, 26)), endpoint=False):
        ends = np.array([[look + math.cos(angle) * size * r, -0.05 + math.sin(angle) * size * r] for r in (0.4, 0.88)])
        sprite.line(cut(ends), 0.018, darker(iris, 0.4), 0.9)
    pupil = size * rng.uniform(0.32, 0.55)
    sprite.fill(cut(ellipse((look, -0.05), (pupil, pupil))), np.array([0.03, 0.03, 0.05], dtype=np.float32), 0.9)
    sprite.blob((look - size * 0.3, -0.05 - size * 0.35), (size * 0.18, size * 0.16), np.array([1.0, 1.0, 1.0], dtype=np.float32), 0.9)
