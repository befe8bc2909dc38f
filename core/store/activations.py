"""Every activation of a study: a resumable scratch matrix while mining, then one Parquet file a layer, sorted by channel and image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from core.store.workspace import publish_file

ROWS_A_GROUP = 262_144


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

    def append(self, rows: npt.NDArray[np.float32]) -> None:
        """Append rows (b, n_columns)."""
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(rows, dtype=np.float32).tobytes())

    def columns(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return columns start to stop - 1 as (n_rows, stop - start), read from disk."""
        matrix = np.memmap(self._path, dtype=np.float32, mode="r", shape=(self.n_rows(), self._n_columns))
        return np.array(matrix[:, start:stop])

    def delete(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


def write_layer(path: Path, activations: npt.NDArray[np.float32]) -> None:
    """Write a layer's activations (n_images, n_channels) as Parquet rows (channel, image_id, activation), sorted, whole or not at all."""
    n_images, n_channels = activations.shape
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    schema = pa.schema([("channel", pa.uint16()), ("image_id", pa.uint32()), ("activation", pa.float32())])
    image_ids = np.arange(n_images, dtype=np.uint32)
    channels_a_group = max(1, ROWS_A_GROUP // max(1, n_images))
    with pq.ParquetWriter(temporary, schema) as writer:
        for start in range(0, n_channels, channels_a_group):
            block = activations[:, start : start + channels_a_group]
            n_block = block.shape[1]
            channels = np.repeat(np.arange(start, start + n_block, dtype=np.uint16), n_images)
            columns = [pa.array(channels), pa.array(np.tile(image_ids, n_block)), pa.array(block.T.reshape(-1))]
            writer.write_table(pa.table(columns, schema=schema))
    publish_file(temporary, path)


def read_layer(cursor: duckdb.DuckDBPyConnection, path: Path) -> npt.NDArray[np.float32]:
    """Return a layer's activations (n_images, n_channels), float32."""
    query = "SELECT max(channel) + 1, max(image_id) + 1 FROM read_parquet(?)"
    n_channels, n_images = cursor.execute(query, [str(path)]).fetchall()[0]
    ordered = "SELECT activation FROM read_parquet(?) ORDER BY channel, image_id"
    flat = cursor.execute(ordered, [str(path)]).fetchnumpy()["activation"]
    return np.ascontiguousarray(np.asarray(flat, dtype=np.float32).reshape(n_channels, n_images).T)


def read_images(cursor: duckdb.DuckDBPyConnection, path: Path, image_ids: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return a layer's activations of some images, float32 (n, n_channels), in the order of the ids, which are all different."""
    query = "SELECT image_id, activation FROM read_parquet(?) WHERE list_contains(?, image_id) ORDER BY channel, image_id"
    flat = cursor.execute(query, [str(path), list(image_ids)]).fetchnumpy()["activation"]
    by_channel = np.asarray(flat, dtype=np.float32).reshape(-1, len(image_ids))  # columns in order of id
    return np.ascontiguousarray(by_channel[:, np.argsort(np.argsort(image_ids))].T)
