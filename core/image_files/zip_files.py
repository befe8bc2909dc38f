"""Zip archives: an index from the directory at their end, or from what the beginning still holds where that is cut off."""

from __future__ import annotations

import bisect
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core.errors import ImageError
from core.image_files import names, places, zip_remains
from core.image_files.members import Columns, Member, too_large

STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_HEADER = 30  # bytes of a local header, before name and extra field
_LONGEST = _HEADER + 2 * 0xFFFF
_UNREADABLE = (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, OverflowError, MemoryError, struct.error)


@dataclass(frozen=True, slots=True)
class _Place:
    start: int  # of the local header
    stop: int  # no byte of the member lies behind
    n_compressed: int
    n_bytes: int
    method: int
    crc: int


@dataclass(slots=True)
class _Index:
    places: dict[str, _Place] = field(default_factory=dict)
    skipped: list[Member] = field(default_factory=list)


class ZipContainer:
    """A zip archive; a label is the name of the folder inside the archive."""

    def __init__(self, location: str) -> None:
        self._location = location
        self._index = _indexed(location)

    @property
    def n_members(self) -> int:
        return len(self._index.places)

    def listed(self, columns: Columns) -> Iterator[Member]:
        """Give the images by name, then what is skipped."""
        for name in sorted(self._index.places):
            yield Member(name, names.inner_label(name))
        yield from self._index.skipped

    def read(self, member: str) -> bytes:
        """Return a member's bytes. Raises ImageError."""
        place = self._index.places.get(member)
        if place is None:
            raise ImageError("cannot be read: the archive does not hold it any more")
        found = places.read_range(self._location, place.start, place.stop)
        if len(found) < _HEADER:
            raise ImageError("cannot be read: the archive is cut off before it")
        name_length, extra_length = struct.unpack_from("<HH", found, 26)
        first = _HEADER + name_length + extra_length
        return _unpacked(place, found[first : first + place.n_compressed])


def _unpacked(place: _Place, packed: bytes) -> bytes:
    if len(packed) < place.n_compressed:
        raise ImageError("cannot be read: the archive is cut off within it")
    content = packed
    if place.method == DEFLATED:
        try:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, place.n_bytes + 1)
        except zlib.error as error:
            raise ImageError(f"cannot be read: it is damaged in the archive ({error})") from error
    if len(content) != place.n_bytes or zlib.crc32(content) != place.crc:
        raise ImageError("cannot be read: it is damaged in the archive (size or checksum differ)")
    return content


def _indexed(location: str) -> _Index:
    index = _Index()
    with places.open_file(location) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                infos, end = archive.infolist(), archive.start_dir
            problem = ""
        except _UNREADABLE as error:
            infos, end = zip_remains.found(file)
            problem = f"is cut off or damaged ({error}); {len(infos):,} files in it can be read"
            if not infos:
                raise ImageError(f"is not a zip archive that can be read: {error}") from error
    _sort(index, infos, end)
    if problem:
        index.skipped.append(Member("", "", problem))
    return index


def _sort(index: _Index, infos: Iterable[zipfile.ZipInfo], end: int) -> None:
    infos = [info for info in infos if not info.filename.endswith("/")]
    starts = sorted({*(info.header_offset for info in infos), end})
    for info in infos:
        name = names.inner_name(info.filename)
        if name is None:
            continue
        reason = _refusal(info, end) or names.refusal(name)
        if name in index.places:
            del index.places[name]
            index.skipped.append(Member(name, "", "another member of the same name follows, which counts"))
        if reason:
            index.skipped.append(Member(names.printable(name), "", reason))
            continue
        after = bisect.bisect_right(starts, info.header_offset)
        stop = min(info.header_offset + _LONGEST + info.compress_size, starts[after])
        index.places[name] = _Place(info.header_offset, stop, info.compress_size, info.file_size, info.compress_type, info.CRC)


def _refusal(info: zipfile.ZipInfo, end: int) -> str:
    if info.flag_bits & 1:
        return "is encrypted; unpack the archive with its password, and give the folder"
    if info.compress_type not in {STORED, DEFLATED}:
        return f"is packed by method {info.compress_type}, of which only deflate is read; unpack the archive, and give the folder"
    if not 0 <= info.header_offset < end:
        return "is not where the archive's directory says"
    return too_large(max(info.file_size, info.compress_size))
