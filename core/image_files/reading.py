"""The bytes of an image by its path, which may lead through a container; a container's index is made once a process."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ImageError
from core.image_files import places
from core.image_files.members import CONTAINERS, Container, ending

MAX_MEMBERS = 500_000  # of all indexes that are kept: some 100 MB
_THROUGH = re.compile(r"\.(zip|tar|parquet|pq)(?=/)", re.IGNORECASE)


def read_bytes(folder: str | Path, path: str) -> bytes:
    """Return the bytes of the image that an image set names by `path` within its folder ("" where `path` is whole).

    The path may go through a container: shard-01.tar/0001.jpg, photos.zip/cat/1.png, part-0.parquet/12 (row). Any thread may ask.
    Raises ImageError with the reason.
    """
    location = places.joined(folder, path)
    through = split(location)
    if through is None:
        return places.read_file(location)
    return container(through[0]).read(through[1])


def split(location: str) -> tuple[str, str] | None:
    """Return the container that a location leads through and the member in it; None where it leads through folders only."""
    for found in _THROUGH.finditer(location):
        before = location[: found.end()]
        if before in _slots or places.is_file(before):  # a folder may be called x.zip, too
            return before, location[found.end() + 1 :]
    return None


def container(location: str) -> Container:
    """Return the container at a location, with its index made now or before. Raises ImageError where it cannot be read."""
    stamp = places.stamp(location)
    with _guard:
        slot = _slots.get(location)
        if slot is None or slot.stamp != stamp:
            slot = _slots[location] = _Slot(stamp)
        _slots.move_to_end(location)
    with slot.lock:  # of several threads one makes the index
        if slot.container is None:
            try:
                slot.container = _opened(location)
            except ImageError:
                _forget(location)
                raise
            _forget_oldest()
        return slot.container


@dataclass(slots=True)
class _Slot:
    stamp: places.Stamp
    container: Container | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_slots: OrderedDict[str, _Slot] = OrderedDict()  # the least recently used first
_guard = threading.Lock()


def _opened(location: str) -> Container:
    kind = ending(location)
    if kind == ".zip":
        from core.image_files.zip_files import ZipContainer

        return ZipContainer(location)
    if kind == ".tar":
        from core.image_files.tar_files import TarContainer

        return TarContainer(location)
    if kind in CONTAINERS:
        from core.image_files.parquet_files import ParquetContainer  # pyarrow.parquet takes a while to import

        return ParquetContainer(location)
    raise ImageError(f"is no container of images ({', '.join(CONTAINERS)})")


def _forget(location: str) -> None:
    with _guard:
        _slots.pop(location, None)


def _forget_oldest() -> None:
    with _guard:
        n_members = sum(slot.container.n_members for slot in _slots.values() if slot.container is not None)
        while n_members > MAX_MEMBERS and len(_slots) > 1:
            _, oldest = _slots.popitem(last=False)
            n_members -= oldest.container.n_members if oldest.container is not None else 0
