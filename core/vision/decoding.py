"""Crops of image files as a network takes them, decoded by the worker that needs them or ahead of it by processes of their own.

On a CPU every worker decodes its own batch: all cores are busy, and nothing waits or is copied. In front of a GPU processes decode
ahead (torch's DataLoader), because one process cannot decode as fast as a GPU computes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from core import imaging
from core.domain import ImageFile, Preprocessing
from core.errors import ExemplaryError, ImageError, StaleWork
from core.image_files import read_bytes

Pixels = NDArray[np.uint8]
BATCHES_AHEAD = 4  # a process


@dataclass(frozen=True, slots=True)
class Crops:
    """Crops of an image set's files, in order: uint8 (H, W, C) each."""

    folder: str
    files: Sequence[ImageFile]
    preprocessing: Preprocessing

    def __len__(self) -> int:
        return len(self.files)

    def batch(self, start: int, stop: int) -> Pixels:
        """Return the crops from start to stop - 1, uint8 (n, H, W, C).

        Raises ImageError, naming the path, for an image that cannot be decoded, StaleWork for one whose bytes are not what was indexed.
        """
        return np.stack([self._crop(file) for file in self.files[start:stop]])

    def _crop(self, file: ImageFile) -> Pixels:
        try:
            content = read_bytes(self.folder, file.path)
            if hashlib.sha256(content).hexdigest() != file.content_hash:
                raise StaleWork(f"{self.folder}/{file.path} is not what it was when it was indexed; index the images again, then mine.")
            return imaging.crop_pixels(imaging.decode(content), self.preprocessing)
        except ImageError as error:
            raise ImageError(f"{self.folder}/{file.path} {error}") from error


def decoded_ahead(crops: Crops, *, batch: int, start: int, n_processes: int, pinned: bool) -> Iterator[torch.Tensor]:
    """Give the batches from image `start` on, uint8 (b, H, W, C), as processes decode them; in order, and what they raise is raised."""
    loader = DataLoader(
        _Batches(crops, batch, start),
        batch_size=None,
        num_workers=n_processes,
        prefetch_factor=BATCHES_AHEAD,
        pin_memory=pinned,
        multiprocessing_context="forkserver",
    )
    for decoded, error in loader:
        if error is not None:
            raise error
        yield decoded


class _Batches(Dataset[tuple[torch.Tensor, ExemplaryError | None]]):
    def __init__(self, crops: Crops, batch: int, start: int) -> None:
        self._crops, self._batch, self._start = crops, batch, start

    def __len__(self) -> int:
        return -(-(len(self._crops) - self._start) // self._batch)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, ExemplaryError | None]:
        first = self._start + number * self._batch
        try:
            return torch.from_numpy(self._crops.batch(first, first + self._batch)), None
        except ExemplaryError as error:
            return torch.empty(0, dtype=torch.uint8), error
