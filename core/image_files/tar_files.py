"""Tar archives, WebDataset shards among them: an index of where each image lies, made by one look at all headers."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from core.errors import ImageError
from core.image_files import names, places
from core.image_files.members import Columns, Member, compressed_reason, ending, too_large

BLOCK = 512
_UNREADABLE = (tarfile.TarError, OSError, ValueError, EOFError, OverflowError, MemoryError, RecursionError)
_MAGIC = {b"\x1f\x8b": ".tar.gz", b"BZh": ".tar.bz2", b"\xfd7zXZ": ".tar.xz", b"\x28\xb5\x2f\xfd": ".tar.zst"}


@dataclass(slots=True)
class _Index:
    places: dict[str, tuple[int, int]] = field(default_factory=dict)  # start and size of images
    labels: dict[str, str] = field(default_factory=dict)  # of samples
    label_ranks: dict[str, int] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)  # members that may be a sample's label
    skipped: list[Member] = field(default_factory=list)


class TarContainer:
    """A tar archive. A sample's label is that of its .cls, .json or .txt member, else the name of the folder inside the archive."""

    def __init__(self, location: str) -> None:
        self._location = location
        with places.open_file(location) as file:
            self._index = _indexed(file)

    @property
    def n_members(self) -> int:
        return len(self._index.places) + len(self._index.labels)

    def listed(self, columns: Columns) -> Iterator[Member]:
        """Give the images by name, then what is skipped."""
        labels = self._index.labels
        for name in sorted(self._index.places):
            yield Member(name, labels.get(names.sample_key(name)) or names.inner_label(name))
        yield from self._index.skipped
        samples = {names.sample_key(name) for name in self._index.places}
        for name in self._index.parts:
            if names.sample_key(name) not in samples:
                yield Member(name, "", names.kind_refusal(name))

    def read(self, member: str) -> bytes:
        """Return a member's bytes. Raises ImageError."""
        if member not in self._index.places:
            raise ImageError("cannot be read: the archive does not hold it any more")
        start, size = self._index.places[member]
        content = places.read_range(self._location, start, start + size)
        if len(content) < size:
            raise ImageError("cannot be read: the archive is cut off before its end")
        return content


def _indexed(file: BinaryIO) -> _Index:
    index = _Index()
    n_bytes = file.seek(0, 2)
    file.seek(0)
    problem = _not_tar(file.read(BLOCK), n_bytes)
    file.seek(0)
    if problem:
        raise ImageError(problem)
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            _look(archive, index, n_bytes)
            problem = _damage(file, archive.offset)
    except _UNREADABLE as error:
        problem = str(error) or "a header says an enormous size"
    if problem and not index.places and not index.skipped:
        raise ImageError(f"is not a tar archive that can be read: {problem}")
    if problem:
        index.skipped.append(Member("", "", f"is cut off or damaged after {len(index.places):,} images: {problem}"))
    return index


def _look(archive: tarfile.TarFile, index: _Index, n_bytes: int) -> None:
    last = -1
    while (info := archive.next()) is not None:
        if info.offset <= last:  # else a size below 0 leads round and round
            raise tarfile.ReadError("a header leads back")
        last = info.offset
        archive.members = []  # type: ignore[attr-defined]  # or it keeps every header
        if info.isdir():
            continue
        name = names.inner_name(info.name)
        if name is None:
            continue
        reason = _refusal(info, n_bytes)
        if name in index.places:
            del index.places[name]
            index.skipped.append(Member(name, "", "another member of the same name follows, which counts"))
        if ending(name) in names.LABEL_ENDINGS and not reason and not name.startswith("/"):
            _note_label(archive, info, index, name)
            continue
        reason = reason or names.refusal(name)
        if reason:
            index.skipped.append(Member(names.printable(name), "", reason))
        else:
            index.places[name] = (info.offset_data, info.size)


def _note_label(archive: tarfile.TarFile, info: tarfile.TarInfo, index: _Index, name: str) -> None:
    index.parts.append(names.printable(name))
    file = archive.extractfile(info) if info.size <= names.MAX_LABEL_BYTES else None
    label = names.sample_label(ending(name), file.read()) if file is not None else ""
    key, rank = names.sample_key(name), names.LABEL_ENDINGS.index(ending(name))
    if label and rank <= index.label_ranks.get(key, rank):
        index.labels[key], index.label_ranks[key] = label, rank


def _refusal(info: tarfile.TarInfo, n_bytes: int) -> str:
    if info.issym() or info.islnk():
        return "is a link inside an archive; what it points to counts"
    if not info.isreg() or info.issparse():
        return "is not a plain file of the archive"
    if info.size < 0:
        return "has a damaged header"
    if info.offset_data + info.size > n_bytes:
        return "is cut off: the archive ends within it"
    return too_large(info.size)


def _not_tar(start: bytes, n_bytes: int) -> str:
    if not n_bytes:
        return "is empty"
    known = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "")
    return compressed_reason(known) if known else ""


def _damage(file: BinaryIO, offset: int) -> str:
    """Return "" where the archive ends as it should: tarfile stops at a broken header as it does at the end."""
    file.seek(offset)
    return "what follows is no header" if file.read(BLOCK).strip(b"\0") else ""
