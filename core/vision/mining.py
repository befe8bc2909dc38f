"""Measuring activations: images through the network in batches of one fixed shape, every asked layer in one pass.

The shape of a batch decides how a CPU or GPU adds up, so it never changes: the last batch is padded and the padding dropped.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from core import imaging
from core.domain import Layer, Preprocessing
from core.errors import ImageError, StaleWork, UsageError
from core.vision.hooks import spatial_mean, tapped
from core.vision.networks import LoadedNetwork

Pixels = NDArray[np.uint8]
Activations = NDArray[np.float32]
BATCHES_AHEAD = 2


def iter_activations(
    network: LoadedNetwork,
    paths: Sequence[Path],
    *,
    layers: Sequence[Layer],
    batch: int,
    start: int = 0,
    workers: int = 2,
    content_hashes: Sequence[str] | None = None,
) -> Iterator[Activations]:
    """Give float32 (b, sum of n_channels) spatial means of the layers' feature maps, batch after batch, from image `start` on.

    Rows follow `paths`, columns the layers in order; b is `batch`, or what is left in the last one. Images are decoded and cropped
    `workers` at a time while the network computes. For one batch size and thread count the bits do not depend on `start`, if
    that is a multiple of `batch`. Raises UsageError for arguments that do not fit; ImageError, naming the path, at the batch of an
    image that cannot be decoded, StaleWork at that of one whose bytes have not the SHA-256 in `content_hashes` (where given).
    """
    _check(layers, batch)
    if start < 0 or start % batch:
        raise UsageError(f"The start must be a multiple of the batch size {batch}, but is {start}.")
    hashes: Sequence[str | None] = content_hashes if content_hashes is not None else [None] * len(paths)
    files = list(zip(paths, hashes, strict=True))[start:]
    crops = _decoded(files, network.card.preprocessing, ahead=BATCHES_AHEAD * batch, workers=workers)
    return _measured(network, crops, layers=layers, batch=batch)


def measure(network: LoadedNetwork, images: Pixels, *, layers: Sequence[Layer], batch: int) -> Activations:
    """Return float32 (n, sum of n_channels) spatial means for uint8 (n, H, W, C) images that are already cropped.

    It is the measurement of `iter_activations`. Raises UsageError where the images have another shape or type.
    """
    _check(layers, batch)
    n_channels = network.card.preprocessing.n_channels
    if images.ndim != 4 or images.shape[-1] != n_channels or images.dtype != np.uint8:
        raise UsageError(f"Images to measure are uint8 (n, height, width, {n_channels}), but came {images.dtype} {images.shape}.")
    found = list(_measured(network, iter(images), layers=layers, batch=batch))
    return np.concatenate(found) if found else np.empty((0, _width(layers)), np.float32)


def _check(layers: Sequence[Layer], batch: int) -> None:
    if not layers:
        raise UsageError("At least one layer must be asked for.")
    if batch < 1:
        raise UsageError(f"The batch size must be at least 1, but is {batch}.")


def _width(layers: Sequence[Layer]) -> int:
    return sum(layer.n_channels for layer in layers)


def _measured(network: LoadedNetwork, crops: Iterator[Pixels], *, layers: Sequence[Layer], batch: int) -> Iterator[Activations]:
    with tapped(network.module, network.taps, layers=layers, reduction=spatial_mean) as forward:
        while chunk := list(islice(crops, batch)):
            with torch.inference_mode():
                columns = torch.cat(forward(_as_input(chunk, batch, network)), dim=1)
            yield columns[: len(chunk)].float().cpu().numpy()


def _as_input(chunk: Sequence[Pixels], batch: int, network: LoadedNetwork) -> Tensor:
    """Return the crops as float (batch, C, H, W) in [0, 1], padded with black: channels last, as the pixels lie in memory."""
    padded = np.zeros((batch, *chunk[0].shape), np.uint8)
    padded[: len(chunk)] = np.stack(chunk)
    pixels = torch.from_numpy(padded).to(network.device).permute(0, 3, 1, 2)
    return pixels.to(network.dtype).div(255)


def _decoded(files: Sequence[tuple[Path, str | None]], preprocessing: Preprocessing, *, ahead: int, workers: int) -> Iterator[Pixels]:
    """Give the crops in order, at most `ahead` of them decoded before they are taken."""
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="decode")
    waiting: deque[Future[Pixels]] = deque()
    try:
        remaining = iter(files)
        for path, content_hash in islice(remaining, ahead):
            waiting.append(pool.submit(_crop, path, content_hash, preprocessing))
        while waiting:
            crop = waiting.popleft().result()
            for path, content_hash in islice(remaining, 1):
                waiting.append(pool.submit(_crop, path, content_hash, preprocessing))
            yield crop
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _crop(path: Path, content_hash: str | None, preprocessing: Preprocessing) -> Pixels:
    image: Image.Image
    try:
        content, image = imaging.read(Path(path))
    except ImageError as error:
        raise ImageError(f"{path} {error}") from error
    if content_hash is not None and hashlib.sha256(content).hexdigest() != content_hash:
        raise StaleWork(f"{path} is not what it was when it was indexed; index the folder again, then mine.")
    return imaging.crop_pixels(image, preprocessing)
