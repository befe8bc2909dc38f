"""Which unit comes before and after a unit: in an order that was looked at, else in the network's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import Study, Unit


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The units beside a unit, None at an end, and its place from 1 among n; `is_filtered`: of an order that was looked at."""

    previous: str | None
    next: str | None
    place: int
    n: int
    is_filtered: bool


def neighbours(study: Study, unit: Unit, order: Sequence[str] = ()) -> Neighbours:
    """Return a unit's neighbours in `order` ("layer:channel" each), in the network's order where the unit is not in it."""
    is_filtered = str(unit) in order
    names = list(order) if is_filtered else _network_order(study, unit)
    place = names.index(str(unit))
    before, after = names[place - 1] if place else None, names[place + 1] if place + 1 < len(names) else None
    return Neighbours(before, after, place + 1, len(names), is_filtered)


def _network_order(study: Study, unit: Unit) -> list[str]:
    layers = study.network.layers
    own = layers if any(layer.name == unit.layer for layer in layers) else (study.network.layer(unit.layer),)
    return [f"{layer.name}:{channel}" for layer in own for channel in range(layer.n_channels)]
