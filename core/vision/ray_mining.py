"""Mining on the machines of a Ray cluster: workers read, decode, measure, and make of the activations what is asked for; the driver
sees only that.

A worker is given a few hundred images at a time (a GPU some thousand, which threads decode ahead). Their activations stay in the
cluster's memory; as soon as all those of a portion are there (a shard's), one worker makes a result of them. So all workers are busy also
where there are fewer portions than workers, and what passes through the driver does not grow with the activations. A worker that is
lost is replaced and its images are measured anew; so is a portion of which activations went with the machine that held them. Images
come from where the set says, which every machine must reach: a shared folder, or an address such as s3://...
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, Generic, TypeVar

from core.domain import NetworkCard
from core.errors import Interrupted, UsageError, WorkerLost
from core.settings import Device
from core.vision.decoding import Crops
from core.vision.mining import Activations, Pass
from core.vision.ray_crew import MAX_LOSSES, Crew, connected
from core.vision.ray_worker import Order
from core.vision.ray_workers import cores_a_gpu, workers_there
from core.vision.workers import POLL_S

TASK_IMAGES = 256  # at least: seconds of work, a few megabytes of activations
GPU_BATCHES = 8  # at least, of a task: some are decoded while one is computed
TASKS_AHEAD = 2  # a worker
PORTIONS_AHEAD = 2  # beyond those that are measured: one is finished while the next is begun

Result = TypeVar("Result")
Finish = Callable[[Sequence[Activations]], Result]
"""Makes a result of a portion's activations, in parts (n, sum of n_channels), in the order of the images; it is pickled."""


def iter_on_ray(
    card: NetworkCard,
    crops: Crops,
    asked: Pass,
    portions: Sequence[range],
    finish: Callable[[range], Finish[Result]],
    *,
    address: str | None,
    n_workers: int,
    device: Device,
    progress: Callable[[int], None],
) -> Iterator[Result]:
    """Give the result of each portion of the images, in order: of the activations that `iter_activations` gives from its first image on.

    `progress` is told again and again how many images are measured; what it raises ends the work. `address` is that of a running
    cluster; None starts a Ray of `n_workers` CPU cores (and all GPUs) here for the time of the work. Raises UsageError where Ray is not
    installed or the cluster is not there, StaleWork where a worker's network is not that of the card or an image is not what was
    indexed, NetworkError where no worker can load the network or activations are not finite, and what `finish` raises.
    """
    asked.check()
    if not portions:
        return
    with connected(address, n_workers=n_workers):
        kind, there = workers_there(device)
        size, of_worker = task_of(asked, kind)
        n_tasks = sum(-(-len(portion) // size) for portion in portions)
        crew = Crew(Order(card.source, card.name, card.network_digest, kind), min(there, n_tasks))
        n_ahead = TASKS_AHEAD * min(there, n_tasks)
        work = _Work(crew, crops, of_worker, size, finish, n_ahead, n_ahead * size // len(portions[0]) + PORTIONS_AHEAD)
        try:
            yield from work.results(portions, progress)
        finally:
            work.stop()


def task_of(asked: Pass, kind: str) -> tuple[int, Pass]:
    """Return how many images a task has, in whole batches, and how a worker of this kind of device measures them."""
    n_batches = -(-TASK_IMAGES // asked.batch)
    if kind != "cuda":
        return n_batches * asked.batch, replace(asked, n_workers=1, decoders=0)
    return max(n_batches, GPU_BATCHES) * asked.batch, replace(asked, n_workers=1, decoders=cores_a_gpu(), threads=True)


class _Work(Generic[Result]):
    """Portions on their way: a thread for each that is in work, and one for each task ahead; threads only wait."""

    def __init__(
        self, crew: Crew, crops: Crops, asked: Pass, size: int, finish: Callable[[range], Finish[Result]], n_ahead: int, n_portions: int
    ) -> None:
        self.crew, self.crops, self.asked, self.size, self.finish = crew, crops, asked, size, finish
        self.n_portions = n_portions
        self.tasks = ThreadPoolExecutor(n_ahead, thread_name_prefix="task")
        self.portions = ThreadPoolExecutor(n_portions, thread_name_prefix="portion")
        self.stopped = threading.Event()
        self.guard = threading.Lock()
        self.n_measured = 0

    def results(self, portions: Sequence[range], progress: Callable[[int], None]) -> Iterator[Result]:
        """Give the portions' results in order; as many are in work as it takes to keep the workers busy."""
        waiting: deque[Future[Result]] = deque()
        for portion in portions:
            waiting.append(self.portions.submit(self._result, portion))
            if len(waiting) >= self.n_portions:
                yield self._awaited(waiting.popleft(), progress)
        while waiting:
            yield self._awaited(waiting.popleft(), progress)

    def stop(self) -> None:
        """Kill the workers and wait for the threads."""
        self.stopped.set()
        self.crew.dismiss()
        for executor in (self.tasks, self.portions):
            executor.shutdown(cancel_futures=True)

    def _awaited(self, result: Future[Result], progress: Callable[[int], None]) -> Result:
        while not wait([result], timeout=POLL_S).done:
            progress(self.n_measured)
        return result.result()

    def _result(self, portion: range) -> Result:
        for _ in range(MAX_LOSSES):
            starts = range(portion.start, portion.stop, self.size)
            tasks = [self.tasks.submit(self._measured, range(first, min(first + self.size, portion.stop))) for first in starts]
            kept = [task.result() for task in tasks]
            try:
                found: Result = self.crew.do("finish", self.finish(portion), kept=kept, waiting=self._check_goes_on)
            except WorkerLost as lost:
                self._count(-len(portion))
                reason = str(lost)
            else:
                return found
        raise UsageError(f"Activations of the same {len(portion):,} images were lost {MAX_LOSSES} times ({reason}); Ray's logs say why.")

    def _measured(self, images: range) -> Any:
        """Return what refers to the images' activations, which stay in the cluster."""
        some = replace(self.crops, files=tuple(self.crops.files[images.start : images.stop]))
        kept = self.crew.keep("measure", some, self.asked, waiting=self._check_goes_on)
        self._count(len(images))
        return kept

    def _count(self, n_images: int) -> None:
        with self.guard:
            self.n_measured += n_images

    def _check_goes_on(self) -> None:
        if self.stopped.is_set():
            raise Interrupted("Mining was stopped.")
