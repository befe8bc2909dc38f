"""torchvision's data sets by name: their files where they are images, else their images one by one, each with its label."""

from __future__ import annotations

import inspect
import operator
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torchvision.datasets
from PIL import Image

from core.errors import UnknownName, UsageError
from core.image_files.listing import Listing
from core.image_files.members import Member, ending
from core.image_files.names import is_text, printable
from core.image_files.torchvision_names import DataSetName
from core.imaging import SUFFIXES

_FILE_LISTS = ("samples", "imgs", "_samples")  # of pairs of a path and a class's number


def open_data_set(asked: DataSetName, *, default_root: Path) -> Any:
    """Return the data set, downloaded by torchvision where its root does not hold it. Raises UnknownName, UsageError."""
    known = [name for name in torchvision.datasets.__all__ if inspect.isclass(getattr(torchvision.datasets, name))]
    if asked.name not in known:
        raise UnknownName("torchvision data set", asked.name, known)
    data_set = getattr(torchvision.datasets, asked.name)
    root = asked.root or default_root
    arguments = _arguments(asked, inspect.signature(data_set), root)
    can_download = "download" in inspect.signature(data_set).parameters
    for is_download in (False, True) if can_download else (None,):
        try:
            opened = data_set(**arguments, **({} if is_download is None else {"download": is_download}))
            n_images = len(opened)
        except Exception as error:  # whatever this data set's own code raises where its files are missing, broken or out of reach
            if is_download is False:
                continue
            hint = f"give --root a folder that holds it (looked into: {root})" if "root" in arguments else "check its arguments"
            raise UsageError(f"torchvision's {asked.name} cannot be opened: {_one_line(error)}; {hint}.") from error
        if not n_images:
            raise UsageError(f"torchvision's {asked.name} is empty in {root}; give another --root or --split.")
        return opened
    raise UsageError(f"torchvision's {asked.name} cannot be opened.")


def files_of(data_set: Any) -> Listing | None:
    """Return the data set's image files with the names of their classes as labels; None where its images are no files."""
    pairs = next((pairs for name in _FILE_LISTS if (pairs := _pairs(getattr(data_set, name, None), data_set))), None)
    if pairs is None:
        files, targets = getattr(data_set, "_image_files", None), getattr(data_set, "_labels", None)
        pairs = _pairs(list(zip(files, targets, strict=False)), data_set) if files and targets is not None else None
    if not pairs:
        return None
    folder = os.path.commonpath([os.path.dirname(path) for path, _ in pairs])  # noqa: PTH120  for a million paths
    members = (_member(os.path.relpath(path, folder), label_of(data_set, target)) for path, target in pairs)
    return Listing(folder, tuple(sorted(members, key=lambda member: member.path)))


def images_of(data_set: Any, start: int, stop: int) -> Iterator[tuple[Image.Image, str]]:
    """Give the images from start to stop - 1 with their labels. Raises UsageError where they are no images."""
    for place in range(start, stop):
        item = data_set[place]
        image, target = (item[0], item[1]) if isinstance(item, tuple | list) and len(item) > 1 else (item, None)
        if not isinstance(image, Image.Image):
            raise UsageError(f"torchvision's {type(data_set).__name__} gives {type(image).__name__}, no images; name another data set.")
        yield image, label_of(data_set, target)


def label_of(data_set: Any, target: Any) -> str:
    """Return a target as words: its class's name, else its number, else (where it is no class) the data set's name."""
    if isinstance(target, str):
        return target
    try:
        number = operator.index(target)
    except TypeError:
        return type(data_set).__name__
    classes = getattr(data_set, "classes", None)
    if not isinstance(classes, Sequence) or not 0 <= number < len(classes):
        return str(number)
    word = classes[number]
    return str(word[0]) if isinstance(word, tuple | list) and word else str(word)  # ImageNet's are tuples of synonyms


def _arguments(asked: DataSetName, signature: inspect.Signature, root: Path) -> dict[str, Any]:
    parameters = signature.parameters
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    arguments: dict[str, Any] = dict(asked.options)
    unknown = [name for name in arguments if name not in parameters and not takes_all]
    if unknown:
        raise UsageError(f"torchvision's {asked.name} takes no {unknown[0]!r}; it takes {', '.join(parameters)}.")
    if "root" in parameters:
        arguments["root"] = str(root)
    if asked.split is not None:
        arguments |= _split(asked, parameters)
    missing = [
        name
        for name, one in parameters.items()
        if one.default is one.empty and name not in arguments and one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY}
    ]
    if missing:
        raise UsageError(f"torchvision's {asked.name} needs {', '.join(missing)}; give them as torchvision:{asked.name}?{missing[0]}=...")
    return arguments


def _split(asked: DataSetName, parameters: Any) -> dict[str, Any]:
    if "split" in parameters:
        return {"split": asked.split}
    if "train" in parameters and asked.split in {"train", "test"}:
        return {"train": asked.split == "train"}
    splits = "the splits train and test" if "train" in parameters else "no splits"
    raise UsageError(f"torchvision's {asked.name} has {splits}, {asked.split!r} was asked for; change or leave out the split.")


def _pairs(found: Any, data_set: Any) -> list[tuple[str, Any]] | None:
    """Return pairs of absolute path and target where `found` is such a list, of files that are there and images by their ending."""
    if not isinstance(found, list) or not found or len(found) != len(data_set):
        return None
    if not all(isinstance(pair, tuple) and len(pair) > 1 and isinstance(pair[0], str | Path) for pair in found):
        return None
    first = Path(found[0][0])
    if not first.is_file() or ending(first.name) not in SUFFIXES:
        return None
    return [(os.path.abspath(pair[0]), pair[1]) for pair in found]  # noqa: PTH100


def _member(path: str, label: str) -> Member:
    return Member(path, label) if is_text(path) else Member(printable(path), label, "its name is not valid UTF-8")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
