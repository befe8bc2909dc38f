"""Looking up layers of a network by name. No torch here: pages and commands check names before anything heavy is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import Layer, NetworkCard
from core.errors import UnknownName, UsageError


def resolve_layers(card: NetworkCard, names: Sequence[str] | None) -> tuple[Layer, ...]:
    """Return the layers of these names, in the order asked for; None means all, in the network's order.

    Raises UnknownName, listing near names, where the network has no such layer, and UsageError where a name comes twice.
    """
    if names is None:
        return card.layers
    known = {layer.name: layer for layer in card.all_layers}
    for name in names:
        if name not in known:
            raise UnknownName(f"layer of {card.name}", name, known)
    if len(set(names)) < len(names):
        raise UsageError(f"Each layer can be asked for once, but came {', '.join(names)}; leave out what is repeated.")
    return tuple(known[name] for name in names)


def checked_channel(layer: Layer, channel: int) -> int:
    """Return `channel`. Raises UsageError where the layer has none of this number."""
    if not 0 <= channel < layer.n_channels:
        raise UsageError(f"There is no unit {layer.name}:{channel}; {layer.name} has channels 0 to {layer.n_channels - 1}.")
    return channel
