"""Mining on the machines of a Ray cluster: workers read, decode and measure; the driver ranks and stores.

Every worker is given a few hundred images at a time (a GPU some thousand, which threads decode ahead) and returns their activations, which
the driver takes in the order of the images: what it stores is what the local engine stores, bit for bit on CPUs of one kind. A worker
that is lost is replaced and its images measured anew. Images come from where the set says, which every machine must reach: a shared
folder, or an address such as s3://...
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from core.domain import NetworkCard
from core.errors import Interrupted
from core.settings import Device
from core.vision.decoding import Crops
from core.vision.mining import Activations, Pass
from core.vision.ray_crew import Crew, connected
from core.vision.ray_worker import Order
from core.vision.ray_workers import cores_a_gpu, workers_there

TASK_IMAGES = 256  # at least: seconds of work, a few megabytes of activations
GPU_BATCHES = 8  # at least, of a task: some are decoded while one is computed
TASKS_AHEAD = 2  # a worker


def iter_on_ray(
    card: NetworkCard,
    crops: Crops,
    asked: Pass,
    *,
    start: int,
    address: str | None,
    n_workers: int,
    device: Device,
) -> Iterator[Activations]:
    """Give the activations as `iter_activations` does, a task's images at a time, measured by the cluster's workers.

    `address` is that of a running cluster; None starts a Ray of `n_workers` CPU cores (and all GPUs) here for the time of the work. Raises
    UsageError where Ray is not installed or the cluster is not there, StaleWork where a worker's network is not that of the card or an
    image is not what was indexed, NetworkError where no worker can load the network.
    """
    asked.check()
    with connected(address, n_workers=n_workers):
        kind, there = workers_there(device)
        size, of_worker = task_of(asked, kind)
        firsts = range(start, len(crops), size)
        crew = Crew(Order(card.source, card.name, card.network_digest, kind), min(there, len(firsts)))
        stopped = threading.Event()
        try:
            with ThreadPoolExecutor(TASKS_AHEAD * there) as executor:  # its threads only wait
                try:
                    yield from _in_order(executor, crew, crops, of_worker, firsts, size, stopped)
                finally:
                    stopped.set()
                    crew.dismiss()
                    executor.shutdown(cancel_futures=True)
        finally:
            crew.dismiss()


def task_of(asked: Pass, kind: str) -> tuple[int, Pass]:
    """Return how many images a task has, in whole batches, and how a worker of this kind of device measures them."""
    n_batches = -(-TASK_IMAGES // asked.batch)
    if kind != "cuda":
        return n_batches * asked.batch, replace(asked, n_workers=1, decoders=0)
    return max(n_batches, GPU_BATCHES) * asked.batch, replace(asked, n_workers=1, decoders=cores_a_gpu(), threads=True)


def _in_order(
    executor: ThreadPoolExecutor, crew: Crew, crops: Crops, asked: Pass, firsts: range, size: int, stopped: threading.Event
) -> Iterator[Activations]:
    def check_goes_on() -> None:
        if stopped.is_set():
            raise Interrupted("Mining was stopped.")

    waiting: deque[Future[Activations]] = deque()
    for first in firsts:
        some = replace(crops, files=tuple(crops.files[first : first + size]))
        waiting.append(executor.submit(crew.do, "mine", some, asked, waiting=check_goes_on))
        if len(waiting) > executor._max_workers:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
