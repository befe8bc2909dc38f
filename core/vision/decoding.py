"""Crops of image files as a network takes them, decoded by the worker that needs them or ahead of it by processes of their own.

On a CPU every worker decodes its own batch: all cores are busy, and nothing waits or is copied. In front of a GPU processes decode
ahead (torch's DataLoader), because one process cannot decode as fast as a GPU computes; a worker of Ray, which may be killed at any
moment and must leave no process behind, has threads for it, whose decoding and resizing run side by side.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from core import imaging
from core.domain import ImageFile, Preprocessing
from core.errors import ExemplaryError, ImageError, StaleWork
from core.image_files import read_bytes
from core.settings import free_shared_bytes

Pixels = NDArray[np.uint8]
Decoded = tuple[Pixels, ExemplaryError | None]
BATCHES_AHEAD = 4  # a process
SHARED_SHARE = 0.5  # of what is free of shared memory: others use it, too


@dataclass(frozen=True, slots=True)
class Crops:
    """Crops of an image set's files, in order: uint8 (H, W, C) each."""

    folder: str
    files: Sequence[ImageFile]
    preprocessing: Preprocessing

    def __len__(self) -> int:
        return len(self.files)

    @property
    def crop_bytes(self) -> int:
        """How many bytes a crop has."""
        return self.preprocessing.crop_px**2 * self.preprocessing.n_channels

    def batch(self, start: int, stop: int) -> Pixels:
        """Return the crops from start to stop - 1, uint8 (n, H, W, C).

        Raises ImageError, naming the path, for an image that cannot be decoded, StaleWork for one whose bytes are not what was indexed.
        """
        return np.stack([self.crop(file) for file in self.files[start:stop]])

    def crop(self, file: ImageFile) -> Pixels:
        """Return the crop of one of the files, uint8 (H, W, C). Raises ImageError and StaleWork as `batch` does."""
        try:
            content = read_bytes(self.folder, file.path)
            if hashlib.sha256(content).hexdigest() != file.content_hash:
                raise StaleWork(f"{self.folder}/{file.path} is not what it was when it was indexed; index the images again, then mine.")
            return imaging.crop_pixels(imaging.decode(content), self.preprocessing)
        except ImageError as error:
            raise ImageError(f"{self.folder}/{file.path} {error}") from error


def decoded_ahead(crops: Crops, *, batch: int, start: int, n_processes: int, pinned: bool) -> Iterator[torch.Tensor]:
    """Give the batches from image `start` on, uint8 (b, H, W, C), as processes decode them; in order, and what they raise is raised."""
    ahead = batches_ahead(batch * crops.crop_bytes, n_processes, free_shared_bytes())
    loader = DataLoader(
        _Batches(crops, batch, start),
        batch_size=None,
        collate_fn=_shared if ahead else _as_it_is,
        num_workers=n_processes,
        prefetch_factor=max(1, ahead),
        pin_memory=pinned,
        multiprocessing_context="forkserver",
    )
    for decoded, error in loader:
        if error is not None:
            raise error
        yield torch.as_tensor(decoded)


def batches_ahead(batch_bytes: int, n_processes: int, free_bytes: int | None) -> int:
    """Return how many batches each process may decode ahead, so that they and the one in hand fit into shared memory.

    0: not even one each, and batches go through pipes, which copy them twice but hold only what is asked for.
    """
    if free_bytes is None:
        return BATCHES_AHEAD
    n_fit = int(SHARED_SHARE * free_bytes) // batch_bytes - 1
    return min(BATCHES_AHEAD, max(0, n_fit // n_processes))


def decoded_by_threads(crops: Crops, *, batch: int, start: int, n_threads: int) -> Iterator[torch.Tensor]:
    """Give the batches from image `start` on as `decoded_ahead` does, decoded by threads of this process, all of them ahead."""
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="decode")
    try:
        found = pool.map(crops.crop, crops.files[start:])
        while some := list(itertools.islice(found, batch)):
            yield torch.from_numpy(np.stack(some))
    finally:
        pool.shutdown(cancel_futures=True)


def _shared(found: Any) -> Any:
    pixels, error = found
    return torch.from_numpy(pixels), error  # tensors go to the other process in shared memory


def _as_it_is(found: Any) -> Any:
    return found  # arrays go through a pipe


class _Batches(Dataset[Decoded]):
    def __init__(self, crops: Crops, batch: int, start: int) -> None:
        self._crops, self._batch, self._start = crops, batch, start

    def __len__(self) -> int:
        return -(-(len(self._crops) - self._start) // self._batch)

    def __getitem__(self, number: int) -> Decoded:
        first = self._start + number * self._batch
        try:
            return self._crops.batch(first, first + self._batch), None
        except ExemplaryError as error:
            return np.empty(0, np.uint8), error
