"""The files that a source names: those below a folder, or those that paths and patterns give."""

from __future__ import annotations

import glob
import itertools
import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ImageError, UsageError
from core.image_files import remote
from core.image_files.members import CONTAINERS, ending, too_large
from core.image_files.names import is_text, printable

MAX_PATTERN = 100_000  # files
_RANGE = re.compile(r"^(\d+)\.\.(\d+)$")
_BRACES = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """A file below a source's folder. `reason` says why it cannot be used."""

    path: str
    reason: str = ""


def located(sources: Sequence[str | Path], *, without: Path | None = None) -> tuple[str, list[Found]]:
    """Return the folder that holds all sources, and all files in them in path order, but hidden ones and those below `without`.

    A source is a folder or a file, here or at an address, or a pattern such as shards-{000..009}.tar. Raises UsageError.
    """
    places = list(dict.fromkeys(place for source in sources for place in _expanded(str(source))))
    if not places:
        raise UsageError("No source of images was given; name a folder, an archive, Parquet files or torchvision:NAME.")
    if any(map(remote.is_remote, places)):
        return _located_remotely(places)
    return _located_here([Path(place) for place in places], without)


def braces_expanded(pattern: str) -> list[str]:
    """Return what a pattern with {000..009} or {a,b} stands for, as a shell gives it; numbers keep their leading zeros."""
    found = _BRACES.search(pattern)
    if found is None:
        return [pattern]
    front, back = pattern[: found.start()], pattern[found.end() :]
    bounds = _RANGE.match(found[1])
    if bounds is None:
        words = found[1].split(",") if "," in found[1] else [f"\0{found[1]}\1"]  # {a} stands for itself
    elif abs(int(bounds[2]) - int(bounds[1])) >= MAX_PATTERN:
        raise UsageError(f"{pattern} stands for more than {MAX_PATTERN:,} files; name the folder that holds them.")
    else:
        first, last = int(bounds[1]), int(bounds[2])
        width = len(bounds[1]) if bounds[1].startswith("0") or len(bounds[1]) == len(bounds[2]) else 0
        words = [f"{number:0{width}d}" for number in range(first, last + (1 if last >= first else -1), 1 if last >= first else -1)]
    expanded = list(itertools.islice((text for word in words for text in braces_expanded(f"{front}{word}{back}")), MAX_PATTERN + 1))
    return [text.replace("\0", "{").replace("\1", "}") for text in expanded]


# --- patterns -----------------------------------------------------------------------------------------------------------------


def _expanded(source: str) -> list[str]:
    if not remote.is_remote(source):
        source = source.removeprefix("file://").removeprefix("local://")
        source = os.path.abspath(os.path.expanduser(source))  # noqa: PTH100, PTH111  a link in the path stays as the user wrote it
        if os.path.lexists(source):
            return [source]
    else:
        source = remote.checked(source)
    found = [place for text in braces_expanded(source) for place in _globbed(text)]
    if not found:
        raise UsageError(f"No file matches {source}; check the path and the pattern.")
    return found


def _globbed(text: str) -> list[str]:
    if not glob.has_magic(text):
        return [text] if _is_there(text) else _missing(text)
    try:
        return remote.matching(text) if remote.is_remote(text) else sorted(glob.glob(text))  # noqa: PTH207
    except ImageError as error:
        raise UsageError(f"{text} {error}.") from error


def _is_there(location: str) -> bool:
    return remote.is_remote(location) or os.path.lexists(location)  # what is not at an address is told when it is looked at


def _missing(location: str) -> list[str]:
    raise UsageError(f"{location} is not a folder or a file that is there; check the path, or the range of the pattern.")


# --- on this machine ----------------------------------------------------------------------------------------------------------


def _located_here(places: Sequence[Path], without: Path | None) -> tuple[str, list[Found]]:
    folder = places[0] if len(places) == 1 and places[0].is_dir() else Path(os.path.commonpath([place.parent for place in places]))
    found: dict[str, Found] = {}
    for place in places:
        inside = "" if place == folder else place.relative_to(folder).as_posix()
        files = _walked(place, inside, without) if place.is_dir() else [_of_entry(inside, place)]
        found |= {file.path: file for file in files}
    return str(folder), sorted(found.values(), key=lambda file: file.path)


def _walked(top: Path, inside: str, without: Path | None) -> Iterator[Found]:
    """Give all files below a folder but hidden ones; links are followed, each folder is looked at once."""
    seen: set[str] = set()
    waiting = [(str(top), inside)]
    while waiting:
        folder, path = waiting.pop()
        real = os.path.realpath(folder)
        if real in seen or (folder != str(top) and without is not None and Path(real) == without):  # a link back up, or our own images
            continue
        seen.add(real)
        try:
            with os.scandir(folder) as scanned:
                entries = sorted((entry for entry in scanned if not entry.name.startswith(".")), key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield Found(printable(path), f"the folder cannot be read: {error.strerror or error}")
            continue
        for entry in entries:
            below = f"{path}/{entry.name}" if path else entry.name
            if entry.is_dir():
                waiting.append((entry.path, below))
            else:
                yield _of_entry(below, entry)


def _of_entry(path: str, entry: os.DirEntry[str] | Path) -> Found:
    if not is_text(path):
        return Found(printable(path), "its name is not valid UTF-8")
    if entry.is_file() or not os.path.exists(entry):  # noqa: PTH110  of a link to nowhere reading tells
        return Found(path)
    return Found(path, "not a regular file")


# --- at an address ------------------------------------------------------------------------------------------------------------


def _located_remotely(places: Sequence[str]) -> tuple[str, list[Found]]:
    schemes = {place.partition("://")[0] if remote.is_remote(place) else "" for place in places}
    if len(schemes) > 1:
        raise UsageError("The sources lie on different machines; index each under a name of its own.")
    try:
        if len(places) == 1 and remote.is_folder(places[0]):
            return places[0], _below(places[0], "")
        folder = posixpath.commonpath([place.partition("://")[2].rpartition("/")[0] for place in places])
        folder = f"{schemes.pop()}://{folder}"
        found = [file for place in places for file in _files_at(place, place.removeprefix(folder).lstrip("/"))]
    except ImageError as error:
        raise UsageError(f"{places[0]} {error}; check the address and your rights.") from error
    return folder, sorted(set(found), key=lambda file: file.path)


def _files_at(place: str, inside: str) -> list[Found]:
    if remote.is_file(place):
        return [Found(inside)]
    if not remote.is_folder(place):
        raise UsageError(f"{place} is not there, or may not be read.")
    return _below(place, f"{inside}/")


def _below(folder: str, inside: str) -> list[Found]:
    files = remote.files_below(folder)
    return sorted((_sized(f"{inside}{path}", files[path]) for path in files if not _is_hidden(path)), key=lambda file: file.path)


def _sized(path: str, n_bytes: int) -> Found:
    return Found(path, "" if ending(path) in CONTAINERS else too_large(n_bytes))


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))
