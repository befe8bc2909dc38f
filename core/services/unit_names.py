"""Turning what people write for units (`mixed4b:465`, `mixed4a:*`) into units of a network."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import Layer, NetworkCard, Unit
from core.errors import UnknownName, UsageError


def parse_units(card: NetworkCard, texts: Sequence[str]) -> tuple[Unit, ...]:
    """Return the units that `texts` name (layer:channel, layer:first-last or layer:*), in order, each once.

    Raises UsageError for a malformed text, UnknownName for a layer that the network lacks.
    """
    units = [unit for text in texts for unit in _parse(card, text)]
    if not units:
        raise UsageError("No units were named; write them as layer:channel, such as mixed4b:465.")
    return tuple(dict.fromkeys(units))


def parse_unit(card: NetworkCard, text: str) -> Unit:
    """Return the one unit that `text` names. Raises UsageError, UnknownName."""
    units = parse_units(card, [text])
    if len(units) != 1:
        raise UsageError(f"{text!r} names {len(units)} units where one is wanted; write layer:channel, such as mixed4b:465.")
    return units[0]


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
    return [Unit(layer.name, _check(layer, channel)) for channel in range(int(first), int(last or first) + 1)]


def _layer(card: NetworkCard, name: str) -> Layer:
    known = {layer.name: layer for layer in card.layers}
    if name not in known:
        raise UnknownName(f"layer of {card.name}", name, known)
    return known[name]


def _check(layer: Layer, channel: int) -> int:
    if channel >= layer.n_channels:
        raise UsageError(f"There is no unit {layer.name}:{channel}; {layer.name} has channels 0 to {layer.n_channels - 1}.")
    return channel
