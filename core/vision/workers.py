"""Rendering on several CPU cores: one single-threaded worker a core, each with a network of its own.

Two threads that share every small convolution wait for each other most of the time, and stall when another program takes a core;
workers that share nothing do neither. A result does not depend on their number.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from queue import SimpleQueue

import torch

from core.domain import RenderSpec
from core.errors import Interrupted
from core.vision.networks import LoadedNetwork
from core.vision.synthesis import RenderedGroup, Target, render

GROUPS_A_TASK = 2  # the two extremes of a unit
POLL_S = 0.25

Progress = Callable[[int, int, str], None]
"""Called in the caller's thread with (steps done, steps in all, layer); what it raises ends the work."""


def render_all(
    open_network: Callable[[], LoadedNetwork], spec: RenderSpec, targets: Sequence[Target], *, n_workers: int, progress: Progress
) -> Iterator[RenderedGroup]:
    """Give the rendered groups of targets of any layers, as they finish. Ended early, workers stop at their next step."""
    tasks = [task for _, layer in groupby(targets, key=lambda target: target[0].layer) for task in _split(list(layer))]
    pool = _Pool(spec, total=len(tasks) * spec.optimiser.steps)
    n_workers = min(n_workers, len(tasks))
    n_threads = torch.get_num_threads()
    torch.set_num_threads(max(1, n_threads // n_workers))
    try:
        for _ in range(n_workers):
            pool.networks.put(open_network())
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
        progress(pool.steps, pool.total, pool.layer)
        for future in done:
            yield from future.result()


def _split(targets: list[Target]) -> list[list[Target]]:
    return [targets[start : start + GROUPS_A_TASK] for start in range(0, len(targets), GROUPS_A_TASK)]


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
