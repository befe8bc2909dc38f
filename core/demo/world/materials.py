"""Surfaces that fill the picture: bricks, wood, marble, honeycomb, scales, pebbles."""

from __future__ import annotations

import itertools
import math

import numpy as np

from core.demo.world.canvas import (
    SIZE,
    Array,
    Rng,
    blend,
    chance,
    fractal,
    grid,
    halve,
    lit,
    mean_colour,
    mottled,
    noise,
    plain,
    ramp,
    relief,
    smooth_step,
    step,
)
from core.demo.world.light import Light
from core.demo.world.palette import by_brightness, contrasting, darker, lighter, near, palette
from core.demo.world.tiling import Bend, cell_values, fraction, odd, tiling


def bricks(rng: Rng, light: Light) -> Array:
    """A wall in running bond: rough bricks of varied colour in mortar."""
    place = tiling(rng, (16, 40), Bend(turn=0.3 if chance(rng, 0.8) else math.pi, warp=0.12, tilt=0.4))
    long = rng.uniform(1.7, 2.8)
    row = np.floor(place.v)
    across = place.u / long + 0.5 * odd(row)
    column = np.floor(across)
    joint_px = rng.uniform(0.05, 0.11)
    inset = np.minimum((0.5 - np.abs(fraction(across) - 0.5)) * long, 0.5 - np.abs(fraction(place.v) - 0.5)).astype(np.float32)
    rough = fractal(rng, 20, octaves=3)
    body = halve(step(inset, joint_px, place.soft * 1.5))
    ends = [near(rng, "a5482f b5654a 8c3b2a c98b62 7d6b5d d8c7b0 6b4a3a 95836e"), near(rng, "9a3f2a c2714f 7a3426 b98d6a")]
    faces = ramp(np.stack([darker(ends[0], 0.25), *ends, lighter(ends[0], 0.2)]), halve(cell_values(rng, column, row)))
    mortar = near(rng, "d9d2c5 a8a29a 6e6a66 efe9dc", 0.03)
    picture = blend(plain(mortar), faces, body) * (0.72 + 0.5 * rough)
    height = halve(smooth_step(inset, joint_px * 0.5, joint_px * 2.5)) + 0.35 * rough
    return mottled(lit(picture.astype(np.float32), relief(height, light.towards, 2.2), 0.5 * light.hardness), rng, 0.35)


def wood(rng: Rng, light: Light) -> Array:
    """Boards with grain that flows along them, in browns, greys and worn paint."""
    place = tiling(rng, (34, 90), Bend(turn=math.pi, warp=0.1, tilt=0.15))
    u, v = halve(place.u), halve(place.v)
    board = np.floor(v)
    shift = cell_values(rng, board, board * 0)
    flow = noise(rng, (3, 5)) * 1.3 + noise(rng, (7, 7)) * 0.3
    knots = sum((_knot(rng, u, v) for _ in range(2)), np.zeros((SIZE, SIZE), dtype=np.float32))
    grain = (v + shift * 9.0) * rng.uniform(4.0, 8.0) + flow * rng.uniform(1.0, 3.0) + u * 0.3 + knots
    fine = 0.5 + 0.5 * np.sin(grain * 2 * math.pi) + 0.25 * np.sin(grain * 17.0 + flow * 9.0)
    base = near(rng, "a9713f 8a5a34 c79a64 6f4a2f 8f8577 d9b98a 5b6f73 9c6b4f 7c4a3a")
    tones = np.stack([darker(base, rng.uniform(0.35, 0.6)), base, lighter(base, 0.25)])
    picture = ramp(tones, (0.25 + 0.55 * fine).astype(np.float32)) * (0.82 + 0.34 * shift)
    seam = step(np.minimum(fraction(v), 1.0 - fraction(v)), 1.4 / place.period_px, 1.6 / place.period_px)
    picture = blend(plain(darker(base, 0.85)), picture.astype(np.float32), seam if chance(rng, 0.8) else np.maximum(seam, 0.8))
    facing = relief(smooth_step(np.minimum(fraction(v), 1.0 - fraction(v)), 0.0, 0.08) + 0.12 * fine.astype(np.float32), light.towards, 1.4)
    return mottled(lit(picture, facing, 0.35 * light.hardness), rng, 0.3)


def marble(rng: Rng, light: Light) -> Array:
    """Polished stone: clouds of colour with sharp branching veins."""
    x, y = grid()
    angle = rng.uniform(0, math.pi)
    drift = (x * math.cos(angle) + y * math.sin(angle)) * rng.uniform(0.4, 1.4)
    cloud, curl = fractal(rng, int(rng.integers(2, 5)), octaves=5), fractal(rng, int(rng.integers(3, 6)), octaves=5)
    tones = by_brightness(palette(rng))
    picture = ramp(tones[1:4] if chance(rng, 0.5) else np.stack([tones[4], lighter(tones[4], 0.5), tones[3]]), cloud * 1.5 - 0.25)
    ground = mean_colour(picture)
    for sharp in (rng.uniform(0.05, 0.09), rng.uniform(0.015, 0.03), rng.uniform(0.02, 0.04)):
        field = drift * rng.uniform(0.4, 1.0) + curl * rng.uniform(2.0, 4.0) + noise(rng, (3, 3)) * rng.uniform(0.5, 2.0)
        vein = np.abs(fraction(field.astype(np.float32)) - 0.5)
        strength = (1.0 - smooth_step(vein, 0.0, sharp * 2.2)) * (0.35 + 0.65 * smooth_step(cloud, 0.3, 0.7))
        picture = blend(picture, contrasting(tones, ground), strength.astype(np.float32))
    gloss = smooth_step(noise(rng, (2, 2)), 0.55, 1.0) * np.float32(0.22 * light.hardness)
    return picture + gloss


def honeycomb(rng: Rng, light: Light) -> Array:
    """Six-sided cells between walls: filled, hollow or glazed like tiles."""
    place = tiling(rng, (14, 40), Bend(warp=0.22, tilt=0.35))
    to_edge, value = _hexagons(rng, place.u, place.v)
    wall = rng.uniform(0.04, 0.12)
    inner = halve(step(to_edge, wall, place.soft))
    colours = palette(rng)
    if chance(rng, 0.4):
        colours = np.stack([near(rng, "5c3a12 7a4b12"), near(rng, "f0a820 e8b84a"), near(rng, "ffd46b e59a1c"), colours[3], colours[4]])
    walls = contrasting(colours[:1], colours[1], least=0.4)
    varied = rng.uniform(0.1, 1.0)
    filling = ramp(np.stack([colours[1], colours[2] if chance(rng, 0.6) else darker(colours[1], 0.4)]), halve(value) * np.float32(varied))
    picture = blend(plain(walls), filling, inner)
    dome = halve(smooth_step(to_edge, wall, rng.uniform(0.2, 0.5)))
    facing = relief(dome * (1.0 if chance(rng, 0.6) else -1.0), light.towards, place.period_px / 7)
    return mottled(lit(picture, facing, 0.45 * light.hardness, 0.3), rng, 0.35)


def scales(rng: Rng, light: Light) -> Array:
    """Overlapping round scales in rows, like a fish, a roof or a fan pattern."""
    place = tiling(rng, (16, 40), Bend(turn=0.5 if chance(rng, 0.7) else math.pi, warp=0.2, tilt=0.3))
    distance, value = _overlapping(rng, place.u, place.v * 2.0)
    first, second = palette(rng)[:2]
    second = contrasting(np.stack([second, lighter(first, 0.5), darker(first, 0.5)]), first, least=0.3)
    if chance(rng, 0.45):
        bands = step(np.sin(distance * np.float32(rng.uniform(18, 30))), 0.0, 0.7)
        picture = ramp(np.stack([first, second]), halve(bands))
    else:
        picture = ramp(np.stack([darker(second, 0.3), second, first]), halve(distance) * 1.4)
    picture = picture * (0.8 + 0.35 * halve(value))
    rim = halve(step(distance, 0.655 - rng.uniform(0.03, 0.07), place.soft * 1.5))
    picture = blend(picture.astype(np.float32), darker(first, 0.7) if chance(rng, 0.5) else lighter(second, 0.6), rim * np.float32(0.8))
    facing = relief(halve(np.sqrt(np.clip(1.0 - distance, 0.0, 1.0))), light.towards, place.period_px / 6)
    return mottled(lit(picture, facing, 0.4 * light.hardness, 0.3), rng, 0.3)


def pebbles(rng: Rng, light: Light) -> Array:
    """Round stones, close together, each with its own colour and sheen."""
    place = tiling(rng, (18, 42), Bend(warp=0.3, tilt=0.3))
    gap, value = _stones(rng, halve(place.u), halve(place.v))
    greys = "6b6a68 8f8a80 4b4f55 b7ab98 a38f7a"
    tones = by_brightness(palette(rng)) if chance(rng, 0.5) else np.stack([near(rng, greys) for _ in range(4)])
    edge = rng.uniform(0.05, 0.12)
    body = smooth_step(gap, edge * 0.4, edge + 0.06)
    speck = fractal(rng, 24, octaves=2)
    stones = ramp(tones, value) * (0.78 + 0.44 * speck)
    picture = blend(plain(darker(tones[0], 0.7)), stones.astype(np.float32), body)
    dome = np.sqrt(np.clip(gap * 1.7, 0.0, 1.0))
    return lit(picture, relief(dome, light.towards, place.period_px / 6), 0.55 * light.hardness, rng.uniform(0.0, 0.6))


def _knot(rng: Rng, u: Array, v: Array) -> Array:
    """Return by how much the grain is pushed aside around a knot: a bump somewhere in the picture."""
    at_u, at_v = (field[int(rng.integers(SIZE)), int(rng.integers(SIZE))] for field in (u, v))
    bump: Array = np.exp(-((u - at_u) ** 2) * 6.0 - (v - at_v) ** 2 * 30.0) * np.float32(rng.uniform(0.5, 2.5))
    return bump


def _hexagons(rng: Rng, u: Array, v: Array) -> tuple[Array, Array]:
    """Return the distance to the nearest wall, in periods (0 to 0.5), and a random number per cell."""
    tall = np.float32(math.sqrt(3.0))
    inside, value = np.zeros_like(u), np.zeros_like(u)
    for shift in (0.0, 0.5):
        column, row = np.floor(u + np.float32(shift)), np.floor(v / tall + np.float32(shift))
        x, y = np.abs(u + np.float32(shift) - column - 0.5), np.abs(v + tall * np.float32(shift) - (row + 0.5) * tall)
        to_edge = np.float32(0.5) - np.maximum(x, x * np.float32(0.5) + y * (tall * np.float32(0.5)))
        value = np.where(to_edge > inside, cell_values(rng, column, row), value)
        inside = np.maximum(inside, to_edge)
    return inside, value


def _overlapping(rng: Rng, u: Array, v: Array) -> tuple[Array, Array]:
    """Return the distance from the centre of the scale that is on top (about 0 to 0.71), and a random number per scale."""
    nearest = np.floor(v)
    square, top_column, top_row = np.ones_like(u), nearest, nearest
    for lower in (-1.0, 0.0, 1.0, 2.0):
        row = nearest + np.float32(lower)
        across = u + np.float32(0.5) * odd(row)
        column = np.floor(across)
        along, down = across - column - np.float32(0.5), (v - row) * np.float32(0.5)
        away = along * along + down * down
        on_top = away < 0.66**2
        square = np.where(on_top, away, square)
        top_column, top_row = np.where(on_top, column, top_column), np.where(on_top, row, top_row)
    return np.sqrt(square), cell_values(rng, top_column, top_row)


def _stones(rng: Rng, u: Array, v: Array) -> tuple[Array, Array]:
    """Return how much nearer the own centre is than the next one (periods), and a random number per stone."""
    at_u, at_v, values = rng.random((3, 64 * 64), dtype=np.float32) * np.float32(0.7) + np.float32(0.15)
    column, row = np.floor(u), np.floor(v)
    first, second = np.full_like(u, 9.0), np.full_like(u, 9.0)
    own = np.zeros(u.shape, dtype=np.intp)
    index = (column.astype(np.intp) & 63) * 64 + (row.astype(np.intp) & 63)
    u, v = u - column, v - row
    for right, below in itertools.product((-1, 0, 1), repeat=2):
        at = (index + (right * 64 + below)) & 4095
        along = u - np.float32(right) - np.take(at_u, at)
        down = v - np.float32(below) - np.take(at_v, at)
        away = along * along + down * down
        own = np.where(away < first, at, own)
        second = np.minimum(second, np.maximum(first, away))
        first = np.minimum(first, away)
    return np.sqrt(second) - np.sqrt(first), (np.take(values, own) - np.float32(0.15)) / np.float32(0.7)
