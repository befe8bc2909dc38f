"""Every activation of a study: a resumable scratch matrix while a shard is mined, then a Parquet file a layer and shard of images.

A shard's rows are (channel, image_id, activation), and the position of the maximum where it was asked for, sorted by channel and image:
a question about some units reads the row groups of their channels, and no others.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from core.domain import ActivationType
from core.errors import StaleWork, UsageError
from core.store.workspace import publish_file

ROWS_A_GROUP = 131_072
ROWS_AT_ONCE = 256  # images whose activations are read at a time
MOST_FLOAT16 = 65_504.0
SHARD_IMAGES = 4096  # in one Parquet file of a layer: few files, and little memory while they are made
_ENCODINGS = {"channel": "DELTA_BINARY_PACKED", "image_id": "DELTA_BINARY_PACKED", "activation": "PLAIN", "position": "PLAIN"}

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of activations of one layer on consecutive images; path is relative to the workspace, digest the SHA-256 of the file."""

    first_image: int
    n_images: int
    path: str
    digest: str


class Scratch:
    """A float32 matrix on disk, (rows so far, n_columns), appended to row by row of images; survives a kill at any moment."""

    def __init__(self, path: Path, n_columns: int) -> None:
        self._path = path
        self._n_columns = n_columns
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def n_rows(self) -> int:
        """Return the number of whole rows on disk."""
        return self._path.stat().st_size // (4 * self._n_columns)

    def truncate(self, n_rows: int) -> None:
        """Drop all after the first n_rows (a torn row, or an unfinished batch)."""
        with self._path.open("r+b") as file:
            file.truncate(n_rows * 4 * self._n_columns)

    def append(self, rows: Floats) -> None:
        """Append rows (b, n_columns)."""
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(rows, dtype=np.float32).tobytes())

    def columns(self, start: int, stop: int) -> Floats:
        """Return columns start to stop - 1 as (n_rows, stop - start), read from disk."""
        found = np.empty((self.n_rows(), stop - start), dtype=np.float32)
        with self._path.open("rb") as file:  # piece by piece: a mapped file would count as memory of this process
            for first in range(0, len(found), ROWS_AT_ONCE):
                rows = np.fromfile(file, dtype=np.float32, count=min(ROWS_AT_ONCE, len(found) - first) * self._n_columns)
                found[first : first + ROWS_AT_ONCE] = rows.reshape(-1, self._n_columns)[:, start:stop]
        return found

    def delete(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


def write_shard(
    path: Path,
    activations: Floats,
    *,
    first_image: int,
    positions: npt.NDArray[np.uint32] | None = None,
    activation_type: ActivationType = "float32",
) -> str:
    """Write a layer's activations (n_images, n_channels) of images with ids from `first_image` on, whole or not at all.

    positions: (n_images, n_channels), where in the feature map, row by row, the activation stands. Return the SHA-256 of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if activation_type == "float16" and float(np.abs(activations).max(initial=0)) > MOST_FLOAT16:
        raise UsageError(f"Activations up to {np.abs(activations).max():,.0f} do not fit float16; mine with `--activations float32`.")
    temporary = path.with_name(f"{path.stem}.{os.getpid()}-{threading.get_ident()}.tmp")  # two jobs may write the same shard
    stored = pa.float16() if activation_type == "float16" else pa.float32()
    fields = [("channel", pa.uint16()), ("image_id", pa.uint32()), ("activation", stored)]
    schema = pa.schema([*fields, *([] if positions is None else [("position", pa.uint32())])])
    with pq.ParquetWriter(
        temporary,
        schema,
        compression="none",  # float32 activations hardly compress
        use_dictionary=False,
        column_encoding={name: _ENCODINGS[name] for name in schema.names},
    ) as writer:
        for table in _tables(schema, activations.astype(stored.to_pandas_dtype(), copy=False), positions, first_image):
            writer.write_table(table)
    digest = _sha256(temporary)
    publish_file(temporary, path)
    return digest


def _tables(
    schema: pa.Schema, activations: npt.NDArray[np.floating], positions: npt.NDArray[np.uint32] | None, first_image: int
) -> Iterator[pa.Table]:
    """Give the row groups, each of as many whole channels as fit into one."""
    n_images, n_channels = activations.shape
    image_ids = np.arange(first_image, first_image + n_images, dtype=np.uint32)
    channels_a_group = max(1, ROWS_A_GROUP // max(1, n_images))
    for start in range(0, n_channels, channels_a_group):
        block = slice(start, min(start + channels_a_group, n_channels))
        n_block = block.stop - block.start
        columns = [np.repeat(np.arange(block.start, block.stop, dtype=np.uint16), n_images), np.tile(image_ids, n_block)]
        columns += [matrix[:, block].T.reshape(-1) for matrix in (activations, positions) if matrix is not None]
        yield pa.table([pa.array(column) for column in columns], schema=schema)


def is_whole(path: Path, n_rows: int) -> bool:
    """Return whether a Parquet file is there with this many rows, by its end: one that is cut off has none."""
    try:
        return int(pq.read_metadata(path).num_rows) == n_rows
    except (OSError, pa.ArrowException):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_layer(cursor: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Floats:
    """Return a layer's activations (n_images, n_channels), float32, from all its shards, image after image."""
    parts = []
    for path in paths:
        query = "SELECT max(channel) + 1, count(DISTINCT image_id) FROM read_parquet(?)"
        n_channels, n_images = cursor.execute(query, [str(path)]).fetchall()[0]
        ordered = "SELECT activation::FLOAT AS activation FROM read_parquet(?) ORDER BY channel, image_id"
        flat = cursor.execute(ordered, [str(path)]).fetchnumpy()["activation"]
        parts.append(np.asarray(flat, dtype=np.float32).reshape(n_channels, n_images).T)
    return np.ascontiguousarray(np.concatenate(parts))


def read_images(cursor: duckdb.DuckDBPyConnection, paths: Sequence[Path], image_ids: Sequence[int]) -> Floats:
    """Return a layer's activations of some images, float32 (n, n_channels), in the order of the ids, which are all different."""
    query = """SELECT activation::FLOAT AS activation FROM read_parquet(?) WHERE list_contains(?, image_id) ORDER BY channel, image_id"""
    flat = cursor.execute(query, [[str(path) for path in paths], list(image_ids)]).fetchnumpy()["activation"]
    if len(flat) % len(image_ids) or len(flat) != len(image_ids) * _n_channels(cursor, paths):
        raise StaleWork("Some of the images were added after they were mined; mine again (`exemplary mine`), only they are missing.")
    by_channel = np.asarray(flat, dtype=np.float32).reshape(-1, len(image_ids))  # columns in order of id
    return np.ascontiguousarray(by_channel[:, np.argsort(np.argsort(image_ids))].T)


def _n_channels(cursor: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> int:
    return int(cursor.execute("SELECT max(channel) + 1 FROM read_parquet(?)", [str(paths[0])]).fetchall()[0][0])


def read_some(root: Path, shards: Sequence[Shard], image_ids: Sequence[int]) -> Floats:
    """Return a layer's activations of some images, float32 (n_channels, n), in rising order of the ids; row group by row group.

    Only the shards that hold some of the images are read. `root`: the workspace, in which shards have their paths. Raises StaleWork.
    """
    ids, parts = np.sort(np.asarray(image_ids, dtype=np.int64)), []
    for shard in shards:
        picks = ids[(ids >= shard.first_image) & (ids < shard.first_image + shard.n_images)] - shard.first_image
        if len(picks):
            file = pq.ParquetFile(root / shard.path)
            groups = (file.read_row_group(number, ["activation"], use_threads=False) for number in range(file.num_row_groups))
            parts.append(np.concatenate([_by_channel(group, shard.n_images)[:, picks] for group in groups]))
    if sum(part.shape[1] for part in parts) != len(ids):
        raise StaleWork("Some of the images were added after they were mined; mine again (`exemplary mine`), only they are missing.")
    return np.concatenate(parts, axis=1).astype(np.float32)


def _by_channel(group: pa.Table, n_images: int) -> npt.NDArray[np.floating]:
    """Return a row group's activations, of whole channels, as (n_channels, n_images)."""
    found: npt.NDArray[np.floating] = group.column("activation").to_numpy().reshape(-1, n_images)
    return found


def read_unit(cursor: duckdb.DuckDBPyConnection, paths: Sequence[Path], channel: int) -> Floats:
    """Return one channel's activation of every image, float32 (n_images,), in order of image id."""
    query = "SELECT activation::FLOAT AS activation FROM read_parquet(?) WHERE channel = ? ORDER BY image_id"
    found = cursor.execute(query, [[str(path) for path in paths], channel]).fetchnumpy()["activation"]
    return np.asarray(found, dtype=np.float32)
