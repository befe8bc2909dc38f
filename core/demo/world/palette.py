"""Colours: curated palettes, varied a little in hue and brightness, and ways to mix and contrast them."""

from __future__ import annotations

import math

import numpy as np

from core.demo.world.canvas import Array, Rng, chance

_PALETTES = (
    "1d3557 457b9d a8dadc f1faee e63946",
    "264653 2a9d8f e9c46a f4a261 e76f51",
    "0b3954 087e8b bfd7ea ff5a5f c81d25",
    "2d3047 419d78 e0a458 fffdf7 c04abc",
    "33261d 8c5e3c d9a066 f2e2c4 6b8f71",
    "10002b 5a189a 9d4edd e0aaff ffd166",
    "003049 d62828 f77f00 fcbf49 eae2b7",
    "283618 606c38 fefae0 dda15e bc6c25",
    "22223b 4a4e69 9a8c98 c9ada7 f2e9e4",
    "0d3b66 faf0ca f4d35e ee964b f95738",
    "132a13 31572c 4f772d 90a955 ecf39e",
    "4a1942 893168 eaa8c9 f7e3ef 2e1c2b",
    "05445e 189ab4 75e6da d4f1f4 f6ae2d",
    "3d348b 7678ed f7b801 f18701 f35b04",
    "1b1b1e 373f51 58a4b0 a9bcd0 d8dbe2",
    "5f0f40 9a031e fb8b24 e36414 0f4c5c",
    "2b2d42 8d99ae edf2f4 ef233c d90429",
    "606c5d fff4f4 f7e6c4 f1c376 a35709",
    "3a0ca3 4361ee 4cc9f0 f72585 7209b7",
    "31393c 2176ff 33a1fd fdca40 f79824",
    "4e3d42 c9d5b5 e3dbdb 92b4a7 81667a",
    "14213d 1f7a8c bfdbf7 e1e5f2 fca311",
    "582f0e 7f4f24 a68a64 c2c5aa 414833",
    "6d2e46 a26769 d5b9b2 ece2d0 36494e",
)


def rgb(text: str) -> Array:
    """Return the colours of a text such as '1d3557 e63946' as float32 (n, 3) in [0, 1]."""
    return np.array([[int(word[at : at + 2], 16) / 255 for at in (0, 2, 4)] for word in text.split()], dtype=np.float32)


def palette(rng: Rng) -> Array:
    """Return five colours that go together, float32 (5, 3) in [0, 1], in random order."""
    colours = rgb(_PALETTES[rng.integers(len(_PALETTES))])[rng.permutation(5)]
    if chance(rng, 0.35):
        colours = _turned(colours, rng.uniform(-0.9, 0.9))
    colours = colours * np.float32(rng.uniform(0.85, 1.12)) + rng.normal(0.0, 0.02, (5, 3)).astype(np.float32)
    return np.clip(colours, 0.02, 0.98).astype(np.float32)


def near(rng: Rng, text: str, spread: float = 0.06) -> Array:
    """Return one of the named colours (3,), varied a little: for things that have a colour of their own."""
    choices = rgb(text)
    colour: Array = choices[rng.integers(len(choices))] * rng.uniform(0.85, 1.12) + rng.normal(0.0, spread, 3)
    return np.clip(colour, 0.02, 0.98).astype(np.float32)


def contrasting(colours: Array, against: Array, least: float = 0.45) -> Array:
    """Return the first colour (3,) that is at least `least` away from `against`, or the farthest, moved away until it is."""
    away = np.linalg.norm(colours - against, axis=1)
    best: Array = colours[int(np.argmax(away >= least) if (away >= least).any() else np.argmax(away))]
    end = np.full(3, 1.0 if float(luminance(against)) < 0.5 else 0.0, dtype=np.float32)
    for _ in range(6):
        if float(np.linalg.norm(best - against)) >= least:
            break
        best = mix(best, end, 0.25)
    return best


def mix(one: Array, other: Array, share: float) -> Array:
    """Return `share` of the other colour in the one."""
    mixed: Array = one + np.float32(share) * (other - one)
    return mixed


def darker(colour: Array, share: float) -> Array:
    """Return the colour moved towards a bluish black."""
    return mix(colour, np.array([0.04, 0.04, 0.08], dtype=np.float32), share)


def lighter(colour: Array, share: float) -> Array:
    """Return the colour moved towards a warm white."""
    return mix(colour, np.array([1.0, 0.98, 0.94], dtype=np.float32), share)


def luminance(colour: Array) -> np.float32:
    """Return how bright the colour looks, in [0, 1]."""
    return np.float32(colour @ np.array([0.299, 0.587, 0.114], dtype=np.float32))


def by_brightness(colours: Array) -> Array:
    """Return the colours (n, 3) from dark to bright."""
    return colours[np.argsort([float(luminance(colour)) for colour in colours])]


def _turned(colours: Array, angle: float) -> Array:
    """Return the colours with their hue turned: a rotation about the grey axis."""
    part, side = (1.0 - math.cos(angle)) / 3.0, math.sin(angle) / math.sqrt(3.0)
    keep = math.cos(angle) + part
    turn = [[keep, part - side, part + side], [part + side, keep, part - side], [part - side, part + side, keep]]
    return np.clip(colours @ np.array(turn, dtype=np.float32).T, 0.0, 1.0).astype(np.float32)
