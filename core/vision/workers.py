"""Rendering on several CPU cores: one single-threaded worker a core, each with a network of its own.

Two threads that share every small convolution wait for each other most of the time, and stall when another program takes a core;
workers that share nothing do neither. A result does not depend on their number.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from queue import SimpleQueue

import torch

from core.domain import RenderSpec
from core.errors import Interrupted
from core.vision.networks import LoadedNetwork
from core.vision.synthesis import IMAGES_AT_ONCE, RenderedGroup, Target, render

POLL_S = 0.25

Progress = Callable[[int, int, str], None]
"""Called in the caller's thread with (steps done, steps in all, layer); what it raises ends the work."""


def render_all(
    network: LoadedNetwork, spec: RenderSpec, targets: Sequence[Target], *, n_workers: int, progress: Progress
) -> Iterator[RenderedGroup]:
    """Give the rendered groups of targets of any layers, as they finish. Ended early, workers stop at their next step."""
    by_layer = [list(layer) for _, layer in groupby(targets, key=lambda target: target[0].layer)]
    tasks = [task for layer in by_layer for task in _split(layer, _task_size(network, spec, len(layer), n_workers))]
    pool = _Pool(spec, total=len(tasks) * spec.optimiser.steps)
    n_workers = min(n_workers, len(tasks))
    n_threads = torch.get_num_threads()
    torch.set_num_threads(max(1, n_threads // n_workers))
    try:
        for _ in range(n_workers):
            pool.networks.put(copy.deepcopy(network))
        with ThreadPoolExecutor(max_workers=n_workers) as executor:
            try:
                yield from _finished({executor.submit(pool.work, task) for task in tasks}, pool, progress)
            finally:
                pool.stopped.set()
                executor.shutdown(cancel_futures=True)
    finally:
        torch.set_num_threads(n_threads)


def _finished(futures: set[Future[list[RenderedGroup]]], pool: _Pool, progress: Progress) -> Iterator[RenderedGroup]:
    while futures:
        done, futures = wait(futures, timeout=POLL_S, return_when=FIRST_COMPLETED)
        for future in done:
            yield from future.result()
        progress(pool.steps, pool.total, pool.layer)


def _task_size(network: LoadedNetwork, spec: RenderSpec, n_groups: int, n_workers: int) -> int:
    """Return how many groups of a layer share a batch: what the device takes, but no more than leaves every worker a task."""
    at_once = IMAGES_AT_ONCE.get(network.device.type, 36) // spec.n_images
    return max(1, min(at_once, -(-n_groups // n_workers)))


def _split(targets: list[Target], size: int) -> list[list[Target]]:
    return [targets[start : start + size] for start in range(0, len(targets), size)]


class _Pool:
    """What the workers share: networks to borrow, a count of steps, and the word to stop."""

    def __init__(self, spec: RenderSpec, *, total: int) -> None:
        self.networks: SimpleQueue[LoadedNetwork] = SimpleQueue()
        self.stopped = threading.Event()
        self.total = total
        self.steps = 0
        self.layer = ""
        self._spec = spec
        self._guard = threading.Lock()

    def work(self, targets: list[Target]) -> list[RenderedGroup]:
        """Render one task on a borrowed network."""
        network = self.networks.get()
        try:
            self.layer = targets[0][0].layer
            return list(render(network, self._spec, targets, group_batch=len(targets), on_step=self._on_step))
        finally:
            self.networks.put(network)

    def _on_step(self, _done: int, _total: int) -> None:
        with self._guard:
            self.steps += 1
        if self.stopped.is_set():
            raise Interrupted("Rendering was stopped.")
