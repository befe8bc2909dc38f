"""What the mining benchmarks run on: a network, an image set in a workspace of its own, its crops in memory, and the best bare pass."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.domain import ImageFile, MiningSpec
from core.errors import UsageError
from core.jobs.job import Job, silent
from core.services.images.indexing import index_folder
from core.services.mining.mining_pass import Mining, MiningPass
from core.services.mining.mining_plan import CompileWish
from core.settings import Settings
from core.store import catalogue_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.decoding import Crops, Pixels
from core.vision.mining import MINING_BATCH, Busy, _sharing_weights
from core.vision.networks import LoadedNetwork, load_network
from core.vision.response_norm import FastResponseNorm

REAL = Path(__file__).parents[3] / "shared" / "real"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Subject:
    """A loaded network and the images that it is mined on."""

    network: LoadedNetwork
    folder: Path
    images: tuple[ImageFile, ...]
    settings: Settings

    @property
    def crops(self) -> Crops:
        return Crops(str(self.folder), self.images, self.network.card.preprocessing)

    @property
    def n_units(self) -> int:
        return sum(layer.n_channels for layer in self.network.card.layers)

    def first(self, n: int) -> Subject:
        return replace(self, images=self.images[:n])


@contextmanager
def subject(source: str | None, photos: Path | None) -> Iterator[Subject]:
    """Give the network and photos, by default those of ../shared/real. Raises UsageError where they are absent."""
    folder = photos or REAL / "photos"
    if source is None and not REAL.is_dir():
        raise UsageError(f"{REAL} is absent; name a --network and a folder of --photos.")
    network = load_network(source or f"{REAL / 'googlenet_bvlc.py'}:build", device=torch.device("cpu"))
    with tempfile.TemporaryDirectory() as root:
        settings = Settings(Path(root), device="cpu", threads=CORES)
        index_folder(settings, folder, name="photos")
        images = catalogue_read.images(CatalogueReader(Workspace(settings.workspace)).cursor(), "photos")
        yield Subject(network, folder, images, settings)


class InMemory(Crops):
    """Crops that were decoded before."""

    pixels: Pixels

    def batch(self, start: int, stop: int) -> Pixels:
        return type(self).pixels[start:stop]


def bare_pass_s(one: Subject, pixels: Pixels) -> tuple[float, str]:
    """Return seconds an image of the whole network's bare forward pass, as fast as it can be had here, and how that was.

    Channels last, batch norm folded, local response norm as in ours; two threads on one batch against a thread on each of two.
    """
    found = {
        f"{n_workers} x {threads} threads, batch {batch}": _bare_s(one, pixels, n_workers, threads, batch)
        for n_workers, threads, batch in ((CORES, 1, 8), (CORES, 1, 4), (1, CORES, 8), (1, CORES, 4))
    }
    best = min(found, key=found.__getitem__)
    return found[best], best


def _bare_s(one: Subject, pixels: Pixels, n_workers: int, threads: int, batch: int) -> float:
    former = torch.get_num_threads()
    torch.set_num_threads(threads)
    networks = [_sharing_weights(one.network, number).module for number in range(n_workers)]
    chunks = [pixels[first : first + batch] for first in range(0, len(pixels) // (batch * n_workers) * batch * n_workers, batch)]
    inputs = [torch.from_numpy(chunk).permute(0, 3, 1, 2).float().div(255) for chunk in chunks[: 4 * n_workers]]

    def run(number: int, n_chunks: int) -> None:
        with torch.inference_mode(), FastResponseNorm():
            for place in range(number, n_chunks, n_workers):
                networks[number](inputs[place % len(inputs)])

    def run_all(n_chunks: int) -> None:
        list(executor.map(run, range(n_workers), [n_chunks] * n_workers))

    try:
        with ThreadPoolExecutor(n_workers) as executor:
            run_all(4 * n_workers)  # warm
            return timed(lambda: run_all(len(chunks))) / (len(chunks) * batch)
    finally:
        torch.set_num_threads(former)


def mining_of(one: Subject, folder: Path, n_images: int, *, compiling: CompileWish = "off") -> MiningPass:
    """Return a pass of all layers over the first images, its shards below `folder`."""
    card = one.network.card
    spec = MiningSpec(
        network=card.name,
        network_digest=card.network_digest,
        image_set="photos",
        set_digest="",
        preprocessing=card.preprocessing,
        layers=tuple(layer.name for layer in card.layers),
        pre_relu=tuple(layer.pre_relu for layer in card.layers),
        top_k=200,
        batch=MINING_BATCH[one.network.device.type],
    )
    image_set = catalogue_read.image_set(CatalogueReader(Workspace(one.settings.workspace)).cursor(), "photos")
    run = Mining(
        one.settings, Workspace(folder), one.network, image_set, one.images[:n_images], spec, "benchmark/photos", Busy(), compiling
    )
    job = folder / "job"
    job.mkdir(parents=True)
    return MiningPass(run, card.layers, 0, Job(job, silent), top_k={layer.name: 200 for layer in card.layers})


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def middle(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def decoded(one: Subject) -> Pixels:
    """Return all crops, uint8 (n, H, W, C)."""
    return np.concatenate([one.crops.batch(first, first + 64) for first in range(0, len(one.images), 64)])
