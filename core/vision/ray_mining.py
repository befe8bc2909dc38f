"""Mining by Ray Data on the machines of a cluster: workers read, decode, measure, and make of the activations what is asked for; the
driver sees only that.

The data set's rows are tasks of a few hundred images (a GPU's some thousand, which threads decode ahead). Actors with the network loaded
make of each task the rows of its images, with their activations, which stay in the cluster's memory; as soon as all those of a portion
are there (a shard's), one process makes a result of them. So all workers are busy also where there are fewer portions than workers, and
what passes through the driver does not grow with the activations. Rows keep their order, and no task has images of two portions: which
images share a batch, and which a portion, does not depend on Ray. It replaces workers that are lost and measures their images anew,
or those whose activations went with a machine; where it gives up, the driver begins again with the first portion that is not there.
Images come from where the set says, which every machine must reach: a shared folder, or an address such as s3://...
"""

from __future__ import annotations

import logging
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from queue import Empty, Full, Queue
from typing import Any, TypeVar

from core.domain import NetworkCard
from core.errors import ExemplaryError, NetworkError, UsageError
from core.settings import Device
from core.vision.decoding import Crops
from core.vision.mining import Activations, Pass
from core.vision.ray_board import new_board
from core.vision.ray_crew import MAX_LOSSES, connected, last_line
from core.vision.ray_worker import Order
from core.vision.ray_workers import cores_a_gpu, workers_there
from core.vision.workers import POLL_S

TASK_IMAGES = 256  # at least: seconds of work, a few megabytes of activations
GPU_BATCHES = 8  # at least, of a task: some are decoded while one is computed
TASKS_A_WORKER = 64  # of larger sets at most, unless each is a portion: Ray Data takes 0.1 s for a task
TASKS_AHEAD = 2  # a worker
WORKERS_A_FINISHER = 8  # a finisher takes a hundredth of the time that its portion's images take
STOP_S = 5.0  # that workers of a cluster are given to stop

Result = TypeVar("Result")
Finish = Callable[[Activations], Result]
"""Makes a result of a portion's activations (n, sum of n_channels), in the order of the images; it is pickled."""


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

    All portions but the last are of one length. `progress` is told again and again how many images are measured; what it raises ends the
    work. `address` is that of a running cluster; None starts a Ray of `n_workers` CPU cores (and all GPUs) here for the time of the work.
    Raises UsageError where Ray is not installed, the cluster is not there or its workers are lost again and again, StaleWork where a
    worker's network is not that of the card or an image is not what was indexed, NetworkError where no worker can load the network or
    activations are not finite, and what `finish` raises.
    """
    asked.check()
    if not portions:
        return
    length = len(portions[0])
    if any(len(portion) != length for portion in portions[:-1]) or len(portions[-1]) > length:
        raise ValueError("All portions but the last must be of one length, and it may not be longer.")
    with connected(address, n_workers=n_workers):
        kind, there = workers_there(device)
        size, of_worker = task_of(asked, kind)
        size = larger_for(sum(map(len, portions)), size, at_most=length, n_workers=there)
        order = Order(card.source, card.name, card.network_digest, kind)
        work = _Work(crops, of_worker, size, finish, order, there)
        yield from _all_results(work, portions, progress)


def task_of(asked: Pass, kind: str) -> tuple[int, Pass]:
    """Return how many images a task has, in whole batches, and how a worker of this kind of device measures them."""
    n_batches = -(-TASK_IMAGES // asked.batch)
    if kind != "cuda":
        return n_batches * asked.batch, replace(asked, n_workers=1, decoders=0)
    return max(n_batches, GPU_BATCHES) * asked.batch, replace(asked, n_workers=1, decoders=cores_a_gpu(), threads=True)


def larger_for(n_images: int, size: int, *, at_most: int, n_workers: int) -> int:
    """Return how many images a task has of so many in all: `size`, doubled until there are few enough tasks, or portions in one piece."""
    while size < at_most and n_images > TASKS_A_WORKER * n_workers * size:
        size *= 2
    return size


class _Lost(Exception):
    """Ray gave up what was measured, or a machine, and may be asked once more."""


def _all_results(work: _Work, portions: Sequence[range], progress: Callable[[int], None]) -> Iterator[Any]:
    """Give all portions' results; where some are lost, go on from the first that is not there."""
    n_done, n_losses = 0, 0
    while n_done < len(portions):
        try:
            for result in _Run(work, portions[n_done:]).results(_from(sum(map(len, portions[:n_done])), progress)):
                yield result
                n_done, n_losses = n_done + 1, 0
        except _Lost as lost:
            n_losses += 1
            if n_losses == MAX_LOSSES:
                raise UsageError(f"Activations of the same images were lost {n_losses} times ({lost}); Ray's logs say why.") from lost


def _from(n_before: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    return lambda n_measured: progress(n_before + n_measured)


class _Work:
    """What is to be done, with what, by how many workers."""

    def __init__(self, crops: Crops, asked: Pass, size: int, finish: Callable[[range], Finish[Any]], order: Order, n_workers: int) -> None:
        self.crops, self.asked, self.size, self.finish, self.order, self.n_workers = crops, asked, size, finish, order, n_workers

    def data(self, portions: Sequence[range], board: Any) -> Any:
        """Return the data set of the portions' results, one row each, which is computed as it is read."""
        import ray.data

        from core.vision.ray_finishing import finished
        from core.vision.ray_measuring import Measuring

        _keep_quiet()
        with ray.data.DataContext.current(_context()):
            tasks = [self._task(images) for portion in portions for images in self._split(portion)]
            gpu = self.order.device == "cuda"
            n_workers = min(self.n_workers, len(tasks))
            return (
                ray.data.from_items(tasks, override_num_blocks=len(tasks))
                .map_batches(
                    Measuring,
                    batch_size=1,
                    fn_constructor_args=(self.order, self.asked, board),
                    compute=ray.data.ActorPoolStrategy(
                        min_size=1, max_size=n_workers, initial_size=n_workers, max_tasks_in_flight_per_actor=TASKS_AHEAD
                    ),
                    num_cpus=0 if gpu else 1,
                    num_gpus=1 if gpu else 0,
                )
                .map_batches(
                    finished,
                    batch_size=len(portions[0]),
                    fn_args=({portion: pickle.dumps(self.finish(portion)) for portion in portions},),
                    compute=ray.data.TaskPoolStrategy(size=-(-n_workers // WORKERS_A_FINISHER)),
                    num_cpus=0,  # the actors have all there are
                )
            )

    def _split(self, portion: range) -> list[range]:
        return [range(first, min(first + self.size, portion.stop)) for first in range(portion.start, portion.stop, self.size)]

    def _task(self, images: range) -> dict[str, Any]:
        some = replace(self.crops, files=tuple(self.crops.files[images.start : images.stop]))
        return {"first": images.start, "crops": pickle.dumps(some)}


class _Run:
    """One data set on its way: a thread reads it, which only waits."""

    def __init__(self, work: _Work, portions: Sequence[range]) -> None:
        self._board = new_board()
        self._order = work.order
        self._data = work.data(portions, self._board)
        self._found: Queue[bytes | BaseException | None] = Queue(maxsize=1)  # results wait in the cluster
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, name="ray-data", daemon=True)

    def results(self, progress: Callable[[int], None]) -> Iterator[Any]:
        """Give the portions' results in order. Raises _Lost where Ray gives up."""
        self._thread.start()
        try:
            while (sent := self._next(progress)) is not None:
                yield pickle.loads(sent)
        finally:
            self._is_stopped.set()
            self._board.stop.remote()
            self._thread.join(STOP_S)

    def _next(self, progress: Callable[[int], None]) -> bytes | None:
        import ray

        while True:
            progress(ray.get(self._board.n_measured.remote()))
            try:
                found = self._found.get(timeout=POLL_S)
            except Empty:
                continue
            if isinstance(found, BaseException):
                raise self._said(found) from found
            return found

    def _read(self) -> None:
        try:
            for row in self._data.iter_batches(batch_size=1, batch_format="numpy", prefetch_batches=0):
                if not self._is_given(bytes(row["result"][0])):
                    return
            self._is_given(None)
        except BaseException as error:
            self._is_given(error)

    def _is_given(self, found: bytes | BaseException | None) -> bool:
        """Wait until the driver takes it; return whether it did."""
        while not self._is_stopped.is_set():
            try:
                self._found.put(found, timeout=POLL_S)
            except Full:
                continue
            return True
        return False

    def _said(self, error: BaseException) -> BaseException:
        """Return what an error of Ray's means here."""
        from ray import exceptions

        if isinstance(error, exceptions.RayTaskError):
            return error.cause if isinstance(error.cause, ExemplaryError) else error
        if isinstance(error, exceptions.RayActorError) and error.actor_init_failed:
            return NetworkError(f"No worker of Ray can load {self._order.name} ({last_line(error)}); it needs Exemplary there.")
        return _Lost(last_line(error)) if isinstance(error, exceptions.RayError) else error


def _context() -> Any:
    import ray.data

    context = ray.data.DataContext()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    context.raise_original_map_exception = True
    context.max_consecutive_actor_init_deaths = MAX_LOSSES
    return context


def _keep_quiet() -> None:
    """What Ray Data would print is in its log, and here in one sentence."""
    logger = logging.getLogger("ray.data")
    for handler in list(logger.handlers):
        if handler.get_name() == "console":
            logger.removeHandler(handler)
