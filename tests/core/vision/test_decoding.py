"""Crops that are decoded ahead: those that one process would decode, in order, in as much shared memory as there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import ImageError
from core.vision import decoding
from core.vision.decoding import BATCHES_AHEAD, Crops, batches_ahead, decoded_ahead, decoded_by_threads
from core.vision.networks import LoadedNetwork
from tests.core.vision.test_mining import crops_of

MB = 1 << 20
BATCH = 256 * 224 * 224 * 3  # bytes


@pytest.fixture
def crops(tiny: LoadedNetwork, pictures: list[Path]) -> Crops:
    return crops_of(tiny, pictures)


def wanted(crops: Crops) -> np.ndarray:
    return crops.batch(3, len(crops))


@pytest.mark.parametrize("free", [None, 64 * MB, 0], ids=["no limit", "a container's", "none"])
def test_processes_decode_in_order(crops: Crops, monkeypatch: pytest.MonkeyPatch, free: int | None) -> None:
    """From any start batches are those that one would decode, whether they come through shared memory or through pipes."""
    monkeypatch.setattr(decoding, "free_shared_bytes", lambda: free)
    found = list(decoded_ahead(crops, batch=3, start=3, n_processes=2, pinned=False))
    assert [len(one) for one in found] == [3, 3, 2]
    np.testing.assert_array_equal(torch.cat(found).numpy(), wanted(crops))


def test_threads_decode_in_order(crops: Crops) -> None:
    """Threads give the same batches, and raise what a file gives at its batch."""
    found = list(decoded_by_threads(crops, batch=3, start=3, n_threads=2))
    assert [len(one) for one in found] == [3, 3, 2]
    np.testing.assert_array_equal(torch.cat(found).numpy(), wanted(crops))
    lost = Crops(crops.folder + "/nowhere", crops.files, crops.preprocessing)
    with pytest.raises(ImageError, match="nowhere"):
        next(decoded_by_threads(lost, batch=3, start=0, n_threads=2))


def test_the_bytes_of_a_crop_are_counted(crops: Crops) -> None:
    """What the arithmetic takes for a crop's size is its size."""
    assert crops.crop_bytes == crops.batch(0, 1).nbytes


@pytest.mark.parametrize(
    ("n_processes", "free", "ahead"),
    [
        (16, None, BATCHES_AHEAD),
        (16, 24_000 * MB, BATCHES_AHEAD),  # half: 326 batches
        (16, 2_500 * MB, 2),  # half: 34
        (16, 1_300 * MB, 1),  # half: 17, and one of them is in hand
        (16, 1_200 * MB, 0),
        (1, 64 * MB, 0),  # Docker's default
        (2, 0, 0),
    ],
)
def test_no_more_is_decoded_ahead_than_shared_memory_holds(n_processes: int, free: int | None, ahead: int) -> None:
    """Half of what is free holds the batches of all processes and the one in hand; else none are sent through it."""
    found = batches_ahead(BATCH, n_processes, free)
    assert found == ahead
    assert free is None or not found or (found * n_processes + 1) * BATCH <= free / 2
