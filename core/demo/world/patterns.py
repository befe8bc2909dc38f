"""Drawn patterns that fill the picture: stripes, checks, dots, zigzag, plaid, rings, spirals, weave."""

from __future__ import annotations

import math

import numpy as np

from core.demo.world.canvas import (
    SIZE,
    Array,
    Rng,
    blend,
    chance,
    halve,
    lit,
    log_uniform,
    mottled,
    noise,
    plain,
    ramp,
    reach,
    relief,
    smooth_step,
    step,
)
from core.demo.world.light import Light
from core.demo.world.palette import contrasting, darker, lighter, palette
from core.demo.world.tiling import FINE, Bend, cell_values, fraction, odd, ridge, tiling, tilted


def stripes(rng: Rng, light: Light) -> Array:
    """Parallel bands of two or three colours, from crisp to soft, sometimes corrugated."""
    place = tiling(rng, (9, 46))
    wave = ridge(place.u)
    soft = place.soft * 2 if chance(rng, 0.6) else rng.uniform(0.3, 0.9)
    band = halve(step(wave, rng.uniform(0.35, 0.65), soft))
    first, second, third = _three(rng)
    picture = blend(plain(first), second, band)
    if chance(rng, 0.45):
        picture = blend(picture, third, halve(step(-np.abs(wave - rng.choice((0.0, 1.0))), -rng.uniform(0.15, 0.3), place.soft * 2)))
    if chance(rng, 0.4):
        picture = lit(picture, relief(halve(wave), light.towards, place.period_px / 3), 0.35 * light.hardness, 0.2)
    return mottled(picture, rng, 0.3)


def checks(rng: Rng, light: Light) -> Array:
    """A chequerboard, often seen at an angle, with some variation from tile to tile."""
    place = tiling(rng, (11, 34), Bend(warp=0.2, tilt=0.45))
    column, row = np.floor(place.u), np.floor(place.v)
    joint = np.minimum(ridge(place.u), ridge(place.v))
    first, second, third = _three(rng)
    picture = blend(plain(first), second, halve(odd(column + row)))
    varied = halve(cell_values(rng, column, row)) - np.float32(0.5)
    picture = picture * (1.0 + np.float32(rng.uniform(0.0, 0.35)) * varied)
    if chance(rng, 0.4):
        picture = blend(picture, third, halve(1.0 - step(joint, rng.uniform(0.06, 0.16), place.soft * 2)))
    facing = relief(halve(smooth_step(joint, 0.0, 0.35)), light.towards, 1.6)
    return mottled(lit(picture, facing, rng.uniform(0.0, 0.4) * light.hardness), rng, 0.35)


def dots(rng: Rng, light: Light) -> Array:
    """Discs in a square or staggered lattice: flat, ringed or bulging like beads."""
    place = tiling(rng, (12, 40), Bend(warp=0.25))
    row = np.floor(place.v)
    across = place.u + 0.5 * odd(row) * np.float32(chance(rng, 0.6))
    column = np.floor(across)
    value = cell_values(rng, column, row)
    radius = (rng.uniform(0.24, 0.4) * (1.0 - rng.uniform(0.0, 0.5) * value)).astype(np.float32)
    distance = reach(across - column - 0.5, place.v - row - 0.5)
    disc = halve(step(radius - distance, 0.0, place.soft))
    ground, ink, other = _three(rng)
    inks = ramp(np.stack([ink, other if chance(rng, 0.5) else darker(ink, 0.2)]), halve(value))
    picture = blend(mottled(plain(ground), rng, 0.4), inks, disc)
    if chance(rng, 0.3):
        picture = blend(picture, ground, halve(step(radius * rng.uniform(0.4, 0.65) - distance, 0.0, place.soft)))
    elif chance(rng, 0.6):
        bulge = np.sqrt(np.clip(1.0 - (distance / radius) ** 2, 0.0, 1.0))
        picture = lit(picture, relief(halve(bulge), light.towards, place.period_px / 7), 0.5 * light.hardness, 0.5)
    return mottled(picture, rng, 0.2)


def zigzag(rng: Rng, light: Light) -> Array:
    """Chevrons: bands that run up and down in straight strokes."""
    place = tiling(rng, (12, 34), Bend(warp=0.2))
    steep = rng.uniform(0.5, 1.1)
    wave = place.v + steep * ridge(place.u * rng.uniform(0.45, 0.8))
    first, second, third = _three(rng)
    if chance(rng, 0.5):
        picture = blend(plain(first), second, halve(step(ridge(wave), rng.uniform(0.4, 0.6), place.soft * 3)))
    else:
        colours = np.stack([first, second, third, lighter(second, 0.4)])
        picture = _banded(colours, wave, place.soft)
    facing = relief(halve(ridge(wave)), light.towards, place.period_px / 4)
    return mottled(lit(picture, facing, rng.uniform(0.0, 0.35) * light.hardness), rng, 0.3)


def plaid(rng: Rng, light: Light) -> Array:
    """Woven cloth with the same sequence of coloured bands along and across, and a fine diagonal twill."""
    place = tiling(rng, (30, 80), Bend(warp=0.12, tilt=0.2))
    colours = palette(rng)
    edges = np.sort(rng.random(rng.integers(4, 8)))
    tones = colours[rng.integers(0, 5, len(edges) + 1)]
    tones[0] = tones[-1] = colours[0]
    along, across = (np.take(tones.T, np.searchsorted(edges, halve(_mirrored(field))), axis=1) for field in (place.u, place.v))
    x, y = np.indices((SIZE, SIZE), dtype=np.float32)
    pitch = rng.uniform(0.8, 2.2)
    twill = 0.5 + 0.32 * np.sin((x + y * float(rng.choice((-1.0, 1.0)))) * pitch)
    picture = blend(along, across, twill.astype(np.float32))
    folds = relief(noise(rng, (3, 3)), light.towards, 14.0)
    return mottled(lit(picture.astype(np.float32), folds, rng.uniform(0.05, 0.25)), rng, 0.2)


def rings(rng: Rng, light: Light) -> Array:
    """Concentric circles or ovals around one or two centres."""
    period, (x, y) = log_uniform(rng, 10, 30), tilted(rng, 0.2)
    radius = np.full((FINE, FINE), 9.0, dtype=np.float32)
    for _ in range(1 if chance(rng, 0.75) else 2):
        away = reach((x - rng.uniform(-0.5, 0.5)) * rng.uniform(0.75, 1.0), y - rng.uniform(-0.5, 0.5))
        radius = np.minimum(radius, away)
    wobble = noise(rng, (4, 4), FINE) * np.float32(rng.uniform(0.0, 0.16))
    phase = (radius + wobble) * np.float32(SIZE / 2 / period) + np.float32(rng.random())
    picture = _rolled(rng, phase, 1.0 / period)
    facing = relief(halve(ridge(phase)), light.towards, period / 4)
    return mottled(lit(picture, facing, rng.uniform(0.0, 0.45) * light.hardness, 0.15), rng, 0.3)


def spiral(rng: Rng, light: Light) -> Array:
    """One to four arms that wind outwards, evenly or ever wider."""
    x, y = tilted(rng, 0.2)
    x, y = x - np.float32(rng.uniform(-0.35, 0.35)), y - np.float32(rng.uniform(-0.35, 0.35))
    radius = reach(x, y) + np.float32(1e-3)
    arms = int(rng.integers(1, 5))
    turns = np.arctan2(y, x) * np.float32(arms / (2 * math.pi)) * np.float32(rng.choice((-1.0, 1.0)))
    if chance(rng, 0.5):
        period = log_uniform(rng, 14, 30)
        phase = turns + radius * np.float32(SIZE / 2 / period)
    else:
        period = 26.0
        phase = turns + np.log(radius) * np.float32(rng.uniform(0.5, 1.1) * max(arms, 2))
    phase = phase + noise(rng, (4, 4), FINE) * np.float32(rng.uniform(0.0, 0.25)) + np.float32(rng.random())
    picture = _rolled(rng, phase, 1.0 / period)
    facing = relief(halve(ridge(phase)), light.towards, period / 4)
    picture = lit(picture, facing, rng.uniform(0.0, 0.45) * light.hardness, 0.15)
    return mottled(picture * (0.75 + 0.25 * halve(smooth_step(radius, 0.0, 0.5))), rng, 0.3)


def weave(rng: Rng, light: Light) -> Array:
    """Basket work: strands that pass over and under each other."""
    place = tiling(rng, (11, 30), Bend(warp=0.2, tilt=0.25))
    column, row = np.floor(place.u), np.floor(place.v)
    over = odd(column + row) < 0.5
    along = np.where(over, fraction(place.u), fraction(place.v))
    side = np.abs(2.0 * np.where(over, fraction(place.v), fraction(place.u)) - 1.0)
    width = rng.uniform(0.72, 0.95)
    strand = halve(step(width - side, 0.0, place.soft * 3))
    arch = np.sin(math.pi * along) * 0.8 + np.sqrt(np.clip(1.0 - (side / width) ** 2, 0.0, 1.0)) * 0.6
    first, second, _ = _three(rng)
    second = second if chance(rng, 0.5) else darker(first, 0.25)
    strands = ramp(np.stack([first, second]), halve(over.astype(np.float32)))
    strands = strands * (0.62 + 0.3 * halve(arch.astype(np.float32)) + 0.2 * halve(cell_values(rng, column, row)))
    picture = blend(plain(darker(first, 0.75)), strands.astype(np.float32), strand)
    facing = relief(halve(arch.astype(np.float32)), light.towards, place.period_px / 8)
    return mottled(lit(picture, facing, 0.35 * light.hardness, 0.2), rng, 0.3)


def _three(rng: Rng) -> tuple[Array, Array, Array]:
    """Return a ground, an ink that stands out from it and a third colour."""
    colours = palette(rng)
    ink = contrasting(colours[1:4], colours[0], least=rng.uniform(0.35, 0.7))
    return colours[0], ink, colours[4]


def _banded(colours: Array, phase: Array, soft: float) -> Array:
    """Return bands of all colours in turn, one per period, with smooth edges; `phase` is fine (FINE, FINE)."""
    count = len(colours)
    which = np.floor(phase).astype(np.int32) % count
    near_end = step(fraction(phase), 1.0 - soft, soft * 2)
    bands = (np.take(band, which) + near_end * np.take(np.roll(band, -1) - band, which) for band in colours.T)
    return np.stack([halve(band) for band in bands])


def _rolled(rng: Rng, phase: Array, soft: float) -> Array:
    """Return bands along a phase: two colours crisp, two colours soft, or four in turn."""
    first, second, third = _three(rng)
    if chance(rng, 0.3):
        return _banded(np.stack([first, second, third]), phase * 3, soft * 3)
    edge = soft * 3 if chance(rng, 0.6) else rng.uniform(0.4, 0.9)
    return blend(plain(first), second, halve(step(ridge(phase), rng.uniform(0.35, 0.6), edge)))


def _mirrored(field: Array) -> Array:
    """Return the position within the period, running up and down again, in [0, 1]."""
    return 1.0 - ridge(field)
