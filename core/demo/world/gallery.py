"""The classes of the image world and the drawing of one image: a function of the world's seed and the image's index only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from core.demo.world import creatures, materials, patterns, plants, scenes, things
from core.demo.world.canvas import Array, Rng
from core.demo.world.light import Light, develop, some_light

Painter = Callable[[Rng, Light], Array]

_PAINTERS: tuple[Painter, ...] = (
    patterns.stripes,
    patterns.checks,
    patterns.dots,
    patterns.zigzag,
    patterns.plaid,
    patterns.rings,
    patterns.spiral,
    patterns.weave,
    materials.bricks,
    materials.wood,
    materials.marble,
    materials.honeycomb,
    materials.scales,
    materials.pebbles,
    plants.leaf,
    plants.flower,
    plants.mushroom,
    plants.tree,
    creatures.butterfly,
    creatures.fish,
    creatures.face,
    creatures.eye,
    things.star,
    things.heart,
    things.balloon,
    things.car,
    things.house,
    things.umbrella,
    scenes.mountains,
    scenes.sea,
    scenes.night,
    scenes.skyline,
)

CLASSES: tuple[str, ...] = tuple(painter.__name__ for painter in _PAINTERS)
"""Names of the classes, lower-case words; image number `index` belongs to class `index % len(CLASSES)`."""


def class_of(index: int) -> str:
    """Return the class of the image with this index, without drawing it."""
    return CLASSES[index % len(CLASSES)]


def draw(seed: int, index: int) -> tuple[Image.Image, str]:
    """Return image number `index` of the world with this seed (RGB, 160 x 160 pixels) and the name of its class.

    The same pair always gives the same pixels, whatever was drawn before.
    """
    rng = np.random.default_rng([seed, index])
    light = some_light(rng)
    picture = _PAINTERS[index % len(_PAINTERS)](rng, light)
    return develop(picture, rng, light), class_of(index)
