"""Activations on disk: a scratch matrix that survives a kill, and Parquet files that are whole or absent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.store import activations
from core.store.activations import Scratch, read_images, read_layer, read_unit, write_shard
from core.store.database import connect_memory


def rows_of(n: int, columns: int = 5, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).standard_normal((n, columns)).astype(np.float32)


def test_scratch_gives_back_what_was_appended(tmp_path: Path) -> None:
    """Rows come back in order, by ranges of columns; reopening goes on where it was."""
    rows = rows_of(12)
    scratch = Scratch(tmp_path / "jobs" / "scratch", 5)
    assert scratch.n_rows() == 0
    scratch.append(rows[:7])
    scratch = Scratch(tmp_path / "jobs" / "scratch", 5)
    scratch.append(rows[7:])
    assert scratch.n_rows() == 12
    assert np.array_equal(scratch.columns(0, 5), rows)
    assert np.array_equal(scratch.columns(2, 4), rows[:, 2:4])


@pytest.mark.parametrize("torn", [1, 4, 19])
def test_a_torn_row_is_not_counted(tmp_path: Path, torn: int) -> None:
    """A row that a kill left unfinished is dropped; the rest is complete."""
    rows = rows_of(6)
    scratch = Scratch(tmp_path / "scratch", 5)
    scratch.append(rows[:4])
    with (tmp_path / "scratch").open("ab") as file:
        file.write(b"\1" * torn)
    assert scratch.n_rows() == 4
    scratch.truncate(scratch.n_rows())
    scratch.append(rows[4:])
    assert np.array_equal(scratch.columns(0, 5), rows)


def test_truncate_drops_whole_batches(tmp_path: Path) -> None:
    """Rows after an unfinished batch are dropped; deleting twice is no error."""
    scratch = Scratch(tmp_path / "scratch", 5)
    scratch.append(rows_of(10))
    scratch.truncate(8)
    assert np.array_equal(scratch.columns(0, 5), rows_of(10)[:8])
    scratch.delete()
    scratch.delete()
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (100, 33)])
@pytest.mark.parametrize("group", [1, 64, 131_072])
def test_a_layer_comes_back_bit_for_bit(tmp_path: Path, shape: tuple[int, int], group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However Parquet is grouped, a layer's activations come back as they were, and the digest is the file's."""
    monkeypatch.setattr(activations, "ROWS_A_GROUP", group)
    matrix, path = rows_of(*shape), tmp_path / "study" / "layer.parquet"
    digest = write_shard(path, matrix, first_image=0)
    found = read_layer(connect_memory(), [path])
    assert found.dtype == np.float32 and np.array_equal(found, matrix)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_shards_make_up_a_layer(tmp_path: Path) -> None:
    """Several files, each of consecutive images, are read as one matrix, by units and by images."""
    matrix = rows_of(50, 9)
    paths = [tmp_path / f"{first}.parquet" for first in (0, 20, 40)]
    for path in paths:
        first = int(path.stem)
        write_shard(path, matrix[first : first + 20], first_image=first)
    assert np.array_equal(read_layer(connect_memory(), paths), matrix)
    assert np.array_equal(read_unit(connect_memory(), paths, 4), matrix[:, 4])
    for image_ids in ([3], [30, 2, 39, 0, 17], list(range(50))[::-1]):
        np.testing.assert_array_equal(read_images(connect_memory(), paths, image_ids), matrix[image_ids])


def test_half_precision_and_positions(tmp_path: Path) -> None:
    """Stored as float16, activations are the rounded ones at half the size; positions stand beside them."""
    matrix, path = rows_of(300, 8), tmp_path / "half.parquet"
    positions = np.arange(matrix.size, dtype=np.uint32).reshape(matrix.shape)
    write_shard(path, matrix, first_image=7, positions=positions, activation_type="float16")
    assert np.array_equal(read_layer(connect_memory(), [path]), matrix.astype(np.float16).astype(np.float32))
    cursor = connect_memory()
    rows = cursor.execute("SELECT image_id, position FROM read_parquet(?) WHERE channel = 3 ORDER BY ALL", [str(path)]).fetchall()
    assert rows == [(7 + image, int(positions[image, 3])) for image in range(300)]


def test_a_question_about_a_unit_reads_its_row_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are sorted by channel: the statistics of all row groups but one exclude a channel."""
    monkeypatch.setattr(activations, "ROWS_A_GROUP", 200)
    path = tmp_path / "layer.parquet"
    write_shard(path, rows_of(100, 10), first_image=0)
    metadata = pq.ParquetFile(path).metadata
    spans = [metadata.row_group(number).column(0).statistics for number in range(metadata.num_row_groups)]
    assert len(spans) == 5 and sum(span.min <= 7 <= span.max for span in spans) == 1


def test_a_failed_write_leaves_no_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer's file is whole or as it was before."""
    path = tmp_path / "layer.parquet"
    write_shard(path, rows_of(4), first_image=0)

    def no_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(activations, "publish_file", no_disk)
    with pytest.raises(OSError, match="no space"):
        write_shard(path, rows_of(4, seed=9), first_image=0)
    assert np.array_equal(read_layer(connect_memory(), [path]), rows_of(4))
