"""Embed the images of a study, natural and made ones, each once for an embedder. Imports torch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core import imaging
from core.domain import Layer, Study
from core.errors import ImageError, NotReady, StaleWork
from core.services.networks import check_workspace, open_network
from core.settings import Settings
from core.store import artifacts, catalogue_read, embeddings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.decoding import Crops
from core.vision.embedders.of_networks import LayerEmbedder, layer_digest

BATCH: Final = 32
PART: Final = 512  # images whose embeddings are published together: so many at most are lost when the process is killed

Pixels = NDArray[np.uint8]


class Embeds(Protocol):
    """What embeds pixels; see core.vision.embedders."""

    @property
    def digest(self) -> str:
        """Return what names all that determines the embeddings."""
        ...

    def embed(self, pixels: Pixels) -> NDArray[np.float32]:
        """Return float32 (n, d) for uint8 (n, h, w, 3)."""
        ...


class StudyPixels:
    """The images of a study by address, as people are shown them: uint8 (h, w, 3)."""

    def __init__(self, workspace: Workspace, reader: CatalogueReader, study: Study) -> None:
        self._workspace = workspace
        cursor = reader.cursor()
        files = catalogue_read.images(cursor, study.image_set.name)
        self._crops = Crops(study.image_set.folder, files, study.mining.preprocessing)
        self._natural = {address: image_id for image_id, address in catalogue_read.crop_addresses(cursor, study).items()}

    def __call__(self, address: str) -> Pixels:
        """Return an image. Raises NotReady where it is neither of the image set nor stored; ImageError, StaleWork as decoding does."""
        if address in self._natural:
            return _in_colour(self._crops.crop(self._crops.files[self._natural[address]]))
        png = artifacts.get_image(self._workspace, address)
        if png is None:
            raise NotReady(
                f"The image {address} is missing from the workspace; run `exemplary synthesize` or `exemplary import-references` again."
            )
        return imaging.pixels(imaging.decode(png), 3)


class OwnEmbedder:
    """The spatial means of a layer of the studied network, which is loaded at the first image that was not mined."""

    def __init__(self, settings: Settings, study: Study, layer: Layer) -> None:
        self._settings, self._study, self.layer = settings, study, layer
        self.digest = layer_digest(study.network.network_digest, layer.name)

    def embed(self, pixels: Pixels) -> NDArray[np.float32]:
        """Return float32 (n, n_channels)."""
        return self._embedder.embed(pixels)

    @cached_property
    def _embedder(self) -> LayerEmbedder:
        loaded = open_network(self._settings, self._study.network.name)
        check_workspace(Workspace(self._settings.workspace), loaded.card)
        return LayerEmbedder(loaded, self.layer)


def embed_missing(
    settings: Settings,
    embedder: Embeds,
    pixels: Callable[[str], Pixels],
    addresses: Sequence[str],
    *,
    report: Callable[[int, int], None],
    optional: Collection[str] = (),
) -> int:
    """Embed those of the images that this embedder has not yet embedded; return how many. `report` is told done and total.

    `optional`: images that are left out where `pixels` raises NotReady, ImageError or StaleWork.
    """
    workspace = Workspace(settings.workspace)
    there = embeddings.embedded(workspace, embedder.digest)
    missing = [address for address in dict.fromkeys(addresses) if address not in there]
    names: list[str] = []
    rows: list[NDArray[np.float32]] = []
    n_done, n_embedded = 0, 0
    for n_asked, images in _decoded(pixels, missing, settings.threads, optional):
        n_done += n_asked
        if images:
            rows.append(embedder.embed(np.stack(list(images.values()))))
            names += images
        if names and (len(names) >= PART or n_done == len(missing)):
            embeddings.put_embeddings(workspace, embedder.digest, names, np.concatenate(rows))
            n_embedded += len(names)
            names, rows = [], []
        report(n_done, len(missing))
    return n_embedded


def _decoded(
    pixels: Callable[[str], Pixels], addresses: Sequence[str], n_threads: int, optional: Collection[str]
) -> Iterator[tuple[int, dict[str, Pixels]]]:
    """Give batch after batch, the next one decoded meanwhile: of how many addresses it is, and the images that there are."""
    waiting: deque[tuple[list[str], list[Future[Any]]]] = deque()
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="decode")
    try:
        for start in range(0, len(addresses), BATCH):
            some = list(addresses[start : start + BATCH])
            waiting.append((some, [pool.submit(pixels, address) for address in some]))
            if len(waiting) > 1:
                yield _taken(*waiting.popleft(), optional)
        while waiting:
            yield _taken(*waiting.popleft(), optional)
    finally:
        pool.shutdown(cancel_futures=True)


def _taken(addresses: list[str], futures: list[Future[Any]], optional: Collection[str]) -> tuple[int, dict[str, Pixels]]:
    images: dict[str, Pixels] = {}
    for address, future in zip(addresses, futures, strict=True):
        try:
            images[address] = future.result()
        except (NotReady, ImageError, StaleWork):
            if address not in optional:
                raise
    return len(addresses), images


def _in_colour(pixels: Pixels) -> Pixels:
    return pixels if pixels.shape[-1] == 3 else np.repeat(pixels, 3, axis=-1)
