"""Names of torchvision's data sets as a source: torchvision:CIFAR10, torchvision:EMNIST?split=letters&train=false. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from core.errors import UsageError

PREFIX = "torchvision:"

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class DataSetName:
    """Which data set; `options` are further arguments of its class. split, root: None where the class's own and the workspace's count."""

    name: str
    split: str | None = None
    root: Path | None = None
    options: tuple[tuple[str, Value], ...] = ()


def is_data_set(source: str) -> bool:
    """Return whether a source names a data set of torchvision's."""
    return source.lower().startswith(PREFIX)


def parse_data_set(source: str, *, split: str | None = None, root: Path | None = None) -> DataSetName:
    """Return the data set that a source names; what stands after ? is the same as the arguments. Raises UsageError where they disagree."""
    name, _, query = source[len(PREFIX) :].partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    told_split, told_root = given.pop("split", None), given.pop("root", None)
    for option, told, other in (("split", told_split, split), ("root", told_root, None if root is None else str(root))):
        if told is not None and other is not None and told != other:
            raise UsageError(f"{source} says {option}={told}, and --{option} {other}; give one of them.")
    chosen = told_root if root is None else str(root)
    place = None if chosen is None else Path(chosen).expanduser().absolute()
    return DataSetName(name, split if told_split is None else told_split, place, tuple((key, _value(given[key])) for key in sorted(given)))


def _value(text: str) -> Value:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return int(text) if text.removeprefix("-").isdecimal() else text
