"""Every image that a source may hold, with its label: files of a folder and members of the archives and tables in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import ImageError, UsageError
from core.image_files import places, reading
from core.image_files.members import CONTAINERS, UNNAMED, Columns, Counting, Member, compressed_reason, ending, parent_name
from core.image_files.names import kind_refusal
from core.image_files.walking import Found, located
from core.imaging import SUFFIXES

READERS = 8  # of containers' indexes at a time
_NUMBERED = re.compile(r"(^|[-_.])\d+(-of-\d+)?$")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds: `folder` is where the members' paths begin, a folder or (where it is all that was named) a container."""

    folder: str
    members: tuple[Member, ...]


def listed(
    sources: str | Path | Sequence[str | Path],
    *,
    columns: Columns = UNNAMED,
    without: Path | None = None,
    progress: Counting | None = None,
) -> Listing:
    """Return every file of the sources and every member of the archives and Parquet files there, but hidden ones, each with its label.

    Files are in path order, members of archives in the order of their names, rows as they are. What cannot be used has a reason. `without`
    is a folder that is not looked into; `progress` counts containers. Raises UsageError where sources or columns cannot be meant.
    """
    named = [sources] if isinstance(sources, str | Path) else list(sources)
    folder, files = located(named, without=without)
    one_file = _one_file(folder, files, named)
    n_containers = sum(_is_container(file) for file in files)
    members: list[Member] = []
    n_done = 0
    with ThreadPoolExecutor(max_workers=READERS) as pool:
        for file, inside in zip(files, pool.map(lambda one: _members(folder, one, columns), files), strict=True):
            members += inside
            n_done += _is_container(file)
            if progress is not None and _is_container(file):
                progress(n_done, n_containers)
    return _inside(folder, files[0].path, members) if one_file and n_containers else Listing(folder, tuple(members))


def _members(folder: str, file: Found, columns: Columns) -> list[Member]:
    label = parent_name(places.joined(folder, file.path))
    if file.reason or not _is_container(file):
        return [Member(file.path, label, file.reason or compressed_reason(file.path) or kind_refusal(file.path))]
    own = container_label(file.path, label)
    try:
        inside = list(reading.container(places.joined(folder, file.path)).listed(columns))
    except ImageError as error:
        return [Member(file.path, own, str(error))]
    return [replace(one, path=f"{file.path}/{one.path}".rstrip("/"), label=one.label or own) for one in inside]


def container_label(path: str, folder_name: str) -> str:
    """Return the label of what lies in no folder of a container: the container's name, but where it is one of a numbered series."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return folder_name if _NUMBERED.search(stem) else stem


def _is_container(file: Found) -> bool:
    return not file.reason and ending(file.path) in CONTAINERS


def _inside(folder: str, path: str, members: Sequence[Member]) -> Listing:
    """Return the listing of one container, in which paths begin; what concerns the whole of it goes by its name."""
    inside = f"{path}/"
    return Listing(places.joined(folder, path), tuple(replace(one, path=one.path.removeprefix(inside)) for one in members))


def _one_file(folder: str, files: Sequence[Found], named: Sequence[str | Path]) -> bool:
    """Return whether one file was named. Raises UsageError where it is of no kind that holds images."""
    if len(files) != 1 or len(named) != 1 or files[0].path != str(named[0]).rstrip("/").rsplit("/", 1)[-1]:
        return False
    location = places.joined(folder, files[0].path)
    if reason := compressed_reason(location):
        raise UsageError(f"{location} {reason}.")
    if ending(location) not in (*CONTAINERS, *SUFFIXES) and files[0].reason in {"", "not a regular file"}:
        raise UsageError(f"{location} is not a folder, nor an image, a .zip, .tar or .parquet file; give one that holds the images.")
    return True
