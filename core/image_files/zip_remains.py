"""What a zip archive still holds whose directory (at its end) is missing: members are found by the header that each begins with."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO

from core.image_files.members import MAX_BYTES

_HEADER = struct.Struct("<4s5H3I2H")  # signature, version, flags, method, time, date, crc, packed size, size, lengths of name and extra
_SIGNATURE = b"PK\x03\x04"
_SIZES_FOLLOW, _IS_UTF8 = 0x08, 0x800
_UNTOLD = 0xFFFFFFFF  # sizes of 4 GB and more are elsewhere
_PIECE = 1 << 20


def found(file: BinaryIO) -> tuple[list[zipfile.ZipInfo], int]:
    """Return the members that lie whole in the file, from its first byte on up to one that does not, and where the last of them ends."""
    n_bytes, start = file.seek(0, 2), 0
    infos: list[zipfile.ZipInfo] = []
    while (member := _member(file, start, n_bytes)) is not None:
        info, start = member
        infos.append(info)
    return infos, start


def _member(file: BinaryIO, start: int, n_bytes: int) -> tuple[zipfile.ZipInfo, int] | None:
    """Return a member and where the next one begins; None where no whole member begins here."""
    file.seek(start)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_SIGNATURE):
        return None
    _, _, flags, method, _, _, crc, n_packed, size, name_length, extra_length = _HEADER.unpack(header)
    name = file.read(name_length).decode("utf-8" if flags & _IS_UTF8 else "cp437", errors="replace")
    first = start + _HEADER.size + name_length + extra_length
    stop = first + n_packed
    if n_packed == _UNTOLD or size == _UNTOLD:
        return None
    if flags & _SIZES_FOLLOW and not n_packed and not name.endswith("/"):
        measured = _measured(file, first) if method == zipfile.ZIP_DEFLATED else None
        if measured is None:
            return None
        n_packed, size, crc = measured
        stop = _after_descriptor(file, first + n_packed)
    if stop > n_bytes:
        return None
    info = zipfile.ZipInfo(name)
    info.flag_bits, info.compress_type, info.CRC, info.header_offset = flags, method, crc, start
    info.compress_size, info.file_size = n_packed, size
    return info, stop


def _measured(file: BinaryIO, first: int) -> tuple[int, int, int] | None:
    """Return packed size, size and checksum of a deflated stream by unpacking it; None where it does not end, or holds no photo."""
    file.seek(first)
    unpacking, n_read, size, crc = zlib.decompressobj(-zlib.MAX_WBITS), 0, 0, 0
    while not unpacking.eof:
        piece = file.read(_PIECE)
        if not piece:
            return None
        n_read += len(piece)
        try:
            while piece and not unpacking.eof and size <= MAX_BYTES:
                content = unpacking.decompress(piece, _PIECE)
                size, crc, piece = size + len(content), zlib.crc32(content, crc), unpacking.unconsumed_tail
        except zlib.error:
            return None
        if size > MAX_BYTES:
            return None
    return n_read - len(unpacking.unused_data), size, crc


def _after_descriptor(file: BinaryIO, stop: int) -> int:
    """Return where the data descriptor ends that follows a member: with or without a signature, with sizes of 4 or 8 bytes."""
    file.seek(stop)
    following = file.read(28)
    for length in (16, 12, 24, 20):
        if following[length : length + 2] == b"PK":
            return stop + length
    return stop + (16 if following.startswith(b"PK\x07\x08") else 12)
