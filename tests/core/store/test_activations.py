"""Activations on disk: a scratch matrix that survives a kill, and Parquet files that are whole or absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.store import activations
from core.store.activations import Scratch, read_images, read_layer, write_layer
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
@pytest.mark.parametrize("group", [1, 64, 262_144])
def test_a_layer_comes_back_bit_for_bit(tmp_path: Path, shape: tuple[int, int], group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However Parquet is grouped, a layer's activations come back as they were."""
    monkeypatch.setattr(activations, "ROWS_A_GROUP", group)
    matrix = rows_of(*shape)
    write_layer(tmp_path / "study" / "layer.parquet", matrix)
    found = read_layer(connect_memory(), tmp_path / "study" / "layer.parquet")
    assert found.dtype == np.float32 and np.array_equal(found, matrix)


def test_a_failed_write_leaves_no_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer's file is whole or as it was before."""
    path = tmp_path / "layer.parquet"
    write_layer(path, rows_of(4))

    def no_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(activations, "publish_file", no_disk)
    with pytest.raises(OSError, match="no space"):
        write_layer(path, rows_of(4, seed=9))
    assert np.array_equal(read_layer(connect_memory(), path), rows_of(4))


def test_some_images_come_in_the_order_asked(tmp_path: Path) -> None:
    """Of any images in any order, the rows are those of the whole matrix."""
    matrix = np.random.default_rng(4).standard_normal((40, 7)).astype(np.float32)
    write_layer(tmp_path / "layer.parquet", matrix)
    for image_ids in ([3], [30, 2, 39, 0, 17], list(range(40))[::-1]):
        found = read_images(connect_memory(), tmp_path / "layer.parquet", image_ids)
        np.testing.assert_array_equal(found, matrix[image_ids])
