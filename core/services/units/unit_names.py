"""Turning what people write for units (`mixed4b:465`, `mixed4a:*`, `random:4/branch`) into units of a network.

In a network with a layer called `random`, `random:40` is that layer's unit 40, as `random:0-7` and `random:*` are its units; random
units are there written `random:4/branch`, which names no unit of any layer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from core.domain import Layer, NetworkCard, Unit
from core.errors import UnknownName, UsageError
from core.psychophysics.unit_choice import random_units, spread_units
from core.vision.layers import checked_channel

RANDOM = "random"
RANDOM_COUNT = re.compile(r"([0-9]{1,9})(/branch)?")


def parse_units(card: NetworkCard, texts: Sequence[str], *, live: Collection[Unit] | None = None, seed: int = 0) -> tuple[Unit, ...]:
    """Return the units that `texts` name (layer:channel, layer:first-last or layer:*), in order, each once.

    `random:4/branch` is 4 random units of every branch of every layer, `random:40` are 40 spread evenly over layers and branches: drawn
    by `seed` from the `live` units (None: from all). Raises UsageError for a malformed text, UnknownName for a layer that the network
    lacks.
    """
    return _different(
        unit for text in texts for unit in (_random(card, text, live, seed) if _is_random(card, text) else _parse(card, text))
    )


def parse_unit(card: NetworkCard, text: str) -> Unit:
    """Return the one unit that `text` names; never a random one. Raises UsageError, UnknownName."""
    units = _different(_parse(card, text))
    if len(units) != 1:
        raise UsageError(f"{text!r} names {len(units)} units where one is wanted; write layer:channel, such as mixed4b:465.")
    return units[0]


def _is_random(card: NetworkCard, text: str) -> bool:
    """Tell whether the text asks for random units: a layer that is called so keeps all texts that could name its units."""
    name, _, count = text.strip().rpartition(":")
    return name == RANDOM and (count.endswith("/branch") or all(layer.name != RANDOM for layer in card.layers))


def _random(card: NetworkCard, text: str, live: Collection[Unit] | None, seed: int) -> tuple[Unit, ...]:
    match = RANDOM_COUNT.fullmatch(text.strip().rpartition(":")[2])
    if match is None:
        raise UsageError(f"{text!r} does not name random units; write random:4/branch (4 of every branch) or random:40 (40 in all).")
    if match[2]:
        return random_units(card.layers, per_branch=int(match[1]), seed=seed, live=live)
    return spread_units(card.layers, n=int(match[1]), seed=seed, live=live)


def _parse(card: NetworkCard, text: str) -> list[Unit]:
    name, colon, channels = text.strip().rpartition(":")
    if not colon or not name or not channels:
        raise UsageError(f"{text!r} does not name a unit; write layer:channel, such as mixed4b:465 (or layer:* for all).")
    layer = _layer(card, name)
    if channels == "*":
        return [Unit(layer.name, channel) for channel in range(layer.n_channels)]
    first, dash, last = channels.partition("-")
    if not (first.isdecimal() and (last.isdecimal() if dash else True)):
        raise UsageError(f"{text!r} has no channel number; write layer:channel, such as mixed4b:465 (or layer:* for all).")
    return [Unit(layer.name, checked_channel(layer, channel)) for channel in range(int(first), int(last or first) + 1)]


def _different(units: Iterable[Unit]) -> tuple[Unit, ...]:
    different = tuple(dict.fromkeys(units))
    if not different:
        raise UsageError("No units were named; write them as layer:channel, such as mixed4b:465.")
    return different


def _layer(card: NetworkCard, name: str) -> Layer:
    known = {layer.name: layer for layer in card.all_layers}
    if name not in known:
        raise UnknownName(f"layer of {card.name}", name, known)
    return known[name]
