"""Which unit, extreme and place each image of an imported method has, told from its path below the method's folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from core.domain import Extreme, Layer, NetworkCard, Unit
from core.errors import UnknownName, UsageError

NO_UNIT: Final = "its path does not end in LAYER/CHANNEL/max/NAME or LAYER_CHANNEL_max_NAME (or min)"
_SHOWN: Final = re.compile(
    r"(?P<layer>.+?)[/:_ -]+(?:(?:unit|channel|ch)[_ -]?)?(?P<channel>[0-9]{1,9})[/:_ -]+(?P<extreme>max|min)(?:[0-9]*|[/:_. -].*)",
    re.I | re.S,
)
_DIGITS: Final = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class MethodFile:
    """An image of a unit at an extreme; `path` is below the method's folder."""

    path: str
    unit: Unit
    extreme: Extreme


def method_file(path: str, card: NetworkCard) -> MethodFile | None:
    """Return what the file shows; None where its path tells no unit. Raises UsageError where the network has no such unit.

    LAYER/CHANNEL/max/NAME.png, with any of / : _ - between the parts; max or min in either case. A layer may be written with - or _ in
    place of its other signs, and after folders or the network's name (as `exemplary pictures` names its files).
    """
    found = _SHOWN.fullmatch(str(PurePosixPath(path).with_suffix("")))
    if found is None:
        return None
    layer = _layer(found["layer"], path, card)
    channel = int(found["channel"])
    if channel >= layer.n_channels:
        raise UsageError(
            f"{path} is of {layer.name}:{channel}, but {layer.name} of {card.name} ends at {layer.n_channels - 1}; rename the file."
        )
    extreme: Extreme = "max" if found["extreme"].lower() == "max" else "min"
    return MethodFile(path, Unit(layer.name, channel), extreme)


def natural_order(paths: Iterable[str]) -> list[str]:
    """Return the paths as people count: image 2 before image 10."""
    return sorted(paths, key=lambda path: ([(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(path)], path))


def layer_named(text: str, card: NetworkCard) -> Layer:
    """Return the layer of this name, which may be written with - or _ in place of its other signs, and after folders or the network's
    name. Raises UnknownName."""
    layers = {layer.name: layer for layer in card.all_layers}
    plain = _alone({name: _plain(name) for name in layers})
    last = text.rpartition("/")[2]
    for name in (text, last, *(one.removeprefix(card.name)[1:] for one in (text, last) if one.startswith(card.name))):
        if name in layers:
            return layers[name]
        if _plain(name) in plain:
            return layers[plain[_plain(name)]]
    raise UnknownName(f"layer of {card.name}", last, layers)


def _layer(text: str, path: str, card: NetworkCard) -> Layer:
    try:
        return layer_named(text, card)
    except UnknownName as error:
        raise UsageError(f"{path}: {error}") from error


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name).casefold()


def _alone(plain: Mapping[str, str]) -> dict[str, str]:
    """Return the layer of each plain name that only one layer has."""
    texts = list(plain.values())
    return {text: name for name, text in plain.items() if texts.count(text) == 1}
