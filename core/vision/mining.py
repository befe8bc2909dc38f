"""Measuring activations: images through the network in batches of one fixed shape, every asked layer in one pass.

The shape of a batch decides how a CPU or GPU adds up, so it never changes: the last batch is padded and the padding dropped. On a CPU
there is a worker a core, each single-threaded with modules of its own over shared weights, which decodes a batch and measures it: which
worker takes a batch, and how many there are, changes no bit. A GPU has two workers, so that one copies while the other computes.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from queue import SimpleQueue
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.domain import Layer, Reduction
from core.errors import NetworkError, UsageError
from core.vision.compiling import CompiledPasses
from core.vision.computing import as_input, black, computing, in_half, on_stream, single_thread
from core.vision.decoding import Crops, Pixels, decoded_ahead, decoded_by_threads
from core.vision.gpu_load import GpuLoad, watched
from core.vision.hooks import Forward, tapped
from core.vision.networks import LoadedNetwork
from core.vision.precision import full_precision
from core.vision.reductions import REDUCTIONS

Activations = NDArray[np.float32]
Found = TypeVar("Found")

MINING_BATCH = {"cpu": 4, "mps": 32, "cuda": 256}  # on a CPU larger batches leave its caches (8: 1.1, 32: 1.3 times as slow)
WORKERS_A_GPU = 2
BATCHES_AHEAD = 8  # a worker: so many may wait while a shard is written


@dataclass(slots=True)
class Busy:
    """Seconds that workers spent, added up: reading and decoding (where they do it themselves), waiting for decoded images, computing;
    and what passed on the clock; and how busy GPUs of this machine were."""

    decoding_s: float = 0.0
    waiting_s: float = 0.0
    computing_s: float = 0.0
    wall_s: float = 0.0
    n_images: int = 0
    gpu: GpuLoad = field(default_factory=GpuLoad)

    def timing(self, found: Iterator[Found], n_images: Callable[[Found], int]) -> Iterator[Found]:
        """Give what an engine found whose workers are elsewhere, counting images and time on the clock."""
        began = time.perf_counter()
        for one in found:
            self.n_images += n_images(one)
            self.wall_s, began = self.wall_s + time.perf_counter() - began, time.perf_counter()
            yield one


@dataclass(frozen=True, slots=True)
class Pass:
    """How images are measured: which layers, how a map becomes an activation, how many images a batch has, how many workers share them.

    half: compute in bfloat16. decoders: processes (threads: threads of this process) that decode ahead; 0: workers decode for themselves.
    """

    layers: tuple[Layer, ...]
    batch: int
    reduction: Reduction = "mean"
    half: bool = False
    n_workers: int = 1
    decoders: int = 0
    threads: bool = False

    def check(self) -> None:
        """Raise UsageError where nothing could be measured."""
        if not self.layers:
            raise UsageError("At least one layer must be asked for.")
        if self.batch < 1:
            raise UsageError(f"The batch size must be at least 1, but is {self.batch}.")


def iter_activations(
    network: LoadedNetwork,
    crops: Crops,
    asked: Pass,
    *,
    start: int = 0,
    busy: Busy | None = None,
    compiled: CompiledPasses | None = None,
) -> Iterator[Activations]:
    """Give the activations of the layers, batch after batch, from image `start` on: float32 (b, sum of n_channels).

    Rows follow the images, columns the layers in order; b is the batch size, or what is left in the last one. For the reduction "max"
    they are (b, sum of n_channels, 2): maximum and position. For one batch size the bits depend neither on `start`, if that is a multiple
    of it, nor on the workers. `compiled` compiles the pass, for each device once. Raises UsageError for arguments that do not fit;
    ImageError and StaleWork as `Crops` does, at their batch.
    """
    asked.check()
    if start < 0 or start % asked.batch:
        raise UsageError(f"The start must be a multiple of the batch size {asked.batch}, but is {start}.")
    return _in_order(network, crops, asked, start, busy or Busy(), compiled)


@contextmanager
def first_batch(network: LoadedNetwork, crops: Crops, asked: Pass) -> Iterator[tuple[Forward, Tensor]]:
    """Give the pass as a worker has it, and the first batch on the network's device, to try things out."""
    with single_thread(network), full_precision(), _forward(network, asked) as forward, computing(network):
        yield forward, as_input(torch.from_numpy(crops.batch(0, asked.batch)), asked.batch, network)


def measure(network: LoadedNetwork, images: Pixels, *, layers: Sequence[Layer], batch: int, reduction: Reduction = "mean") -> Activations:
    """Return float32 (n, sum of n_channels), of uint8 (n, H, W, C) images that are already cropped.

    They are spatial means unless another reduction is asked for; "max" gives what `iter_activations` does for it.

    Raises UsageError where the images have another shape or type.
    """
    Pass(tuple(layers), batch).check()
    n_channels = network.card.preprocessing.n_channels
    if images.ndim != 4 or images.shape[-1] != n_channels or images.dtype != np.uint8:
        raise UsageError(f"Images to measure are uint8 (n, height, width, {n_channels}), but came {images.dtype} {images.shape}.")
    with tapped(network.module, network.taps, layers=layers, reduction=REDUCTIONS[reduction]) as forward, full_precision():
        found = [
            _measured(network, forward, torch.from_numpy(np.require(images[first : first + batch], requirements="W")), batch)
            for first in range(0, len(images), batch)
        ]
    return np.concatenate(found) if found else np.empty((0, sum(layer.n_channels for layer in layers)), np.float32)


def check_finite(rows: Activations, crops: Crops, *, first: int = 0) -> None:
    """Raise NetworkError, naming the image, where an activation of the images from `first` on, (n, ...), is not a finite number."""
    bad = ~np.isfinite(rows.reshape(len(rows), -1)).all(axis=1)
    if bad.any():
        path = crops.files[first + int(bad.argmax())].path
        raise NetworkError(f"The network gives activations that are not finite for {crops.folder}/{path}; check its weights and input.")


# --- workers ------------------------------------------------------------------------------------------------------------------


def _in_order(
    network: LoadedNetwork, crops: Crops, asked: Pass, start: int, busy: Busy, compiled: CompiledPasses | None
) -> Iterator[Activations]:
    """Submit batch after batch, a few ahead of what is taken, and give their activations in order."""
    began = time.perf_counter()
    with ExitStack() as stack:
        stack.enter_context(full_precision())
        stack.enter_context(watched(busy.gpu, range(torch.cuda.device_count()) if network.device.type == "cuda" else ()))
        crew = stack.enter_context(_crew(network, asked, busy, compiled))
        waiting: deque[Future[Activations]] = deque()
        try:
            for take in _batches(network, crops, asked, start, busy):
                waiting.append(crew.submit(take))
                if len(waiting) > BATCHES_AHEAD * crew.n_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            busy.wall_s += time.perf_counter() - began
            for future in waiting:
                future.cancel()


def _batches(network: LoadedNetwork, crops: Crops, asked: Pass, start: int, busy: Busy) -> Iterator[Callable[[], Tensor]]:
    """Give for every batch what returns its crops, uint8 (b, H, W, C): decoding them, or already decoded."""
    if asked.decoders:
        began = time.perf_counter()
        for decoded in _ahead(network, crops, asked, start):
            busy.waiting_s += time.perf_counter() - began
            yield partial(_given, decoded)
            began = time.perf_counter()
        return
    for first in range(start, len(crops), asked.batch):
        yield partial(_decoded, crops, first, first + asked.batch)


def _ahead(network: LoadedNetwork, crops: Crops, asked: Pass, start: int) -> Iterator[Tensor]:
    if asked.threads:
        return decoded_by_threads(crops, batch=asked.batch, start=start, n_threads=asked.decoders)
    pinned = network.device.type == "cuda"
    return decoded_ahead(crops, batch=asked.batch, start=start, n_processes=asked.decoders, pinned=pinned)


def _given(decoded: Tensor) -> Tensor:
    return decoded


def _decoded(crops: Crops, start: int, stop: int) -> Tensor:
    return torch.from_numpy(crops.batch(start, stop))


class _Crew:
    """Workers and the networks that they borrow."""

    def __init__(self, executor: ThreadPoolExecutor, n_workers: int, batch: int, busy: Busy) -> None:
        self.executor, self.n_workers, self.batch, self.busy = executor, n_workers, batch, busy
        self.guard = threading.Lock()
        self.free: SimpleQueue[tuple[LoadedNetwork, Forward]] = SimpleQueue()

    def submit(self, take: Callable[[], Tensor]) -> Future[Activations]:
        return self.executor.submit(self._work, take)

    def _work(self, take: Callable[[], Tensor]) -> Activations:
        began = time.perf_counter()
        pixels = take()
        decoded = time.perf_counter()
        network, forward = self.free.get()
        try:
            found = _measured(network, forward, pixels, self.batch)
        finally:
            self.free.put((network, forward))
        with self.guard:
            self.busy.decoding_s += decoded - began
            self.busy.computing_s += time.perf_counter() - decoded
            self.busy.n_images += len(found)
        return found


@contextmanager
def _crew(network: LoadedNetwork, asked: Pass, busy: Busy, compiled: CompiledPasses | None) -> Iterator[_Crew]:
    n_workers = {"cpu": asked.n_workers, "cuda": WORKERS_A_GPU * torch.cuda.device_count()}.get(network.device.type, 1)
    with ExitStack() as stack:
        stack.enter_context(single_thread(network))
        executor = stack.enter_context(ThreadPoolExecutor(n_workers, thread_name_prefix="mine"))
        crew = _Crew(executor, n_workers, asked.batch, busy)
        for number in range(n_workers):
            own = _sharing_weights(network, number)
            forward = stack.enter_context(_forward(own, asked))
            if compiled:
                with computing(own):
                    forward = compiled.of(forward, black(own, asked.batch))
            crew.free.put((own, on_stream(own, forward)))
        stack.callback(executor.shutdown, cancel_futures=True)  # before the hooks go
        yield crew


def _sharing_weights(network: LoadedNetwork, number: int) -> LoadedNetwork:
    """Return a network of a worker's own, hooks and all, over the same weights; on another GPU over copies of them."""
    if network.device.type == "cuda" and torch.cuda.device_count() > 1:
        own = copy.deepcopy(network)
        own.device = torch.device("cuda", number % torch.cuda.device_count())
        own.module.to(own.device)
        return own
    weights = {id(tensor): tensor for tensor in chain(network.module.parameters(), network.module.buffers())}
    return copy.deepcopy(network, weights)


@contextmanager
def _forward(network: LoadedNetwork, asked: Pass) -> Iterator[Forward]:
    with tapped(network.module, network.taps, layers=asked.layers, reduction=REDUCTIONS[asked.reduction]) as forward:
        yield in_half(network, forward) if asked.half else forward


def _measured(network: LoadedNetwork, forward: Forward, pixels: Tensor, batch: int) -> Activations:
    """Return the reduced maps of crops uint8 (b, H, W, C), b <= batch, as they come out of a whole batch."""
    with computing(network):
        columns = torch.cat([one.float() for one in forward(as_input(pixels, batch, network))], dim=1)
        return columns[: len(pixels)].cpu().numpy()
