"""Parquet files with a column of images (bytes, or Hugging Face's struct of bytes and path): a member is a row's number.

Rows are read a row group at a time; the groups read last are kept, so that reading in order reads each group once.
"""

from __future__ import annotations

import bisect
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ImageError
from core.image_files import parquet_columns, places
from core.image_files.members import UNNAMED, Columns, Member, too_large

KEPT_BYTES = 128 << 20  # of row groups, a process; two groups at least
MAX_GROUP_BYTES = 1 << 30
_UNREADABLE = (pa.ArrowException, OSError, ValueError)


class ParquetContainer:
    """A Parquet file. Its images' column is the one that can be meant, else the one that members name: "photo/12"."""

    def __init__(self, location: str) -> None:
        self._location, self._stamp = location, places.stamp(location)
        try:
            with places.open_file(location) as file, pq.ParquetFile(file) as table:
                self._metadata, self._schema = table.metadata, table.schema_arrow
                self._names = frozenset(self._schema.names)
                n_rows = [self._metadata.row_group(number).num_rows for number in range(self._metadata.num_row_groups)]
                n_bytes = file.seek(0, 2)
        except _UNREADABLE as error:
            raise ImageError(f"is not a Parquet file that can be read: {error}") from error
        if min(n_rows, default=0) < 0 or sum(n_rows) > n_bytes:  # an image has some bytes
            raise ImageError(f"is damaged: it says that it has {sum(n_rows):,} rows in {n_bytes:,} bytes")
        self._starts = list(itertools.accumulate(n_rows, initial=0))

    @property
    def n_members(self) -> int:
        return len(self._starts)  # rows need no index

    def listed(self, columns: Columns) -> Iterator[Member]:
        """Give every row with an image, in order. Raises UsageError where columns are not clear, ImageError where there are no images."""
        column = parquet_columns.chosen_image(self._schema, columns)
        self._check_groups()
        prefix = "" if parquet_columns.image_columns(self._schema) == (column,) else f"{column}/"
        for row, label in enumerate(self._labels(parquet_columns.chosen_label(self._schema, columns))):
            yield Member(f"{prefix}{row}", label)

    def read(self, member: str) -> bytes:
        """Return the bytes of a row's image. Raises ImageError."""
        named, _, row = member.rpartition("/")
        column = named or parquet_columns.chosen_image(self._schema, UNNAMED)
        if not row.isdecimal() or int(row) >= self._starts[-1] or column not in self._names:
            raise ImageError("cannot be read: the Parquet file does not hold it any more")
        number = bisect.bisect_right(self._starts, int(row)) - 1
        return _content(self._group(column, number), int(row) - self._starts[number])

    def _group(self, column: str, number: int) -> pa.ChunkedArray:
        return _kept.get((self._location, self._stamp, column, number), lambda: self._read_group(column, number))

    def _read_group(self, column: str, number: int) -> pa.ChunkedArray:
        try:
            with places.open_file(self._location) as file, pq.ParquetFile(file, metadata=self._metadata) as table:
                values = table.read_row_group(number, columns=[column], use_threads=False).column(0)
                return _whole(values, self._starts[number + 1] - self._starts[number])
        except _UNREADABLE as error:
            raise ImageError(f"cannot be read: row group {number} of the Parquet file is damaged ({error})") from error

    def _labels(self, column: parquet_columns.LabelColumn | None) -> Iterator[str]:
        if column is None:
            yield from itertools.repeat("", self._starts[-1])
            return
        try:
            with places.open_file(self._location) as file, pq.ParquetFile(file, metadata=self._metadata) as table:
                values = _whole(table.read(columns=[column.name], use_threads=False).column(0), self._starts[-1]).to_pylist()
        except _UNREADABLE as error:
            raise ImageError(f"has a column {column.name!r} of labels that cannot be read: {error}") from error
        yield from (parquet_columns.label_text(column, value) for value in values)

    def _check_groups(self) -> None:
        """Raise ImageError where a row group is too large to be held in memory whole.

        All its columns count: of single ones pyarrow cannot be asked without ending the process where a damaged file does not tell them.
        """
        groups = (self._metadata.row_group(number) for number in range(self._metadata.num_row_groups))
        n_bytes = max((group.total_byte_size for group in groups), default=0)
        if n_bytes > MAX_GROUP_BYTES:
            raise ImageError(f"has row groups of {n_bytes / 1e9:,.1f} GB, which are read whole; write it with row groups of 100 images")


@dataclass(slots=True)
class _Slot:
    values: pa.ChunkedArray | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Kept:
    """The row groups that were read last. Of several threads that want the same group one reads it."""

    def __init__(self) -> None:
        self._slots: OrderedDict[object, _Slot] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: object, read: Callable[[], pa.ChunkedArray]) -> pa.ChunkedArray:
        with self._guard:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
        with slot.lock:
            if slot.values is None:
                slot.values = read()
                self._forget_oldest()
            return slot.values

    def _forget_oldest(self) -> None:
        with self._guard:
            n_bytes = sum(slot.values.nbytes for slot in self._slots.values() if slot.values is not None)
            while n_bytes > KEPT_BYTES and len(self._slots) > 2:
                _, oldest = self._slots.popitem(last=False)
                n_bytes -= oldest.values.nbytes if oldest.values is not None else 0


_kept = _Kept()


def _whole(values: pa.ChunkedArray, n_rows: int) -> pa.ChunkedArray:
    """Return the values if they are as many as wanted, and what they say to be. Raises ValueError."""
    values.validate(full=True)
    if len(values) != n_rows:
        raise ValueError(f"it has {len(values):,} rows instead of {n_rows:,}")
    return values


def _content(values: pa.ChunkedArray, place: int) -> bytes:
    cell = values[place].as_py()
    path = cell.get("path") if isinstance(cell, dict) else None
    content = cell.get("bytes") if isinstance(cell, dict) else cell
    if content is None:
        raise ImageError(f"is only named by its row ({path}), which must hold the image itself" if path else "is missing: its row is empty")
    if not isinstance(content, bytes):
        raise ImageError(f"is no bytes but {type(content).__name__}; name the column of images with --image-column")
    reason = too_large(len(content))
    if reason:
        raise ImageError(reason)
    return content
