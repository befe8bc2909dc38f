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

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.domain import NetworkCard
from core.errors import UsageError
from core.settings import Device
from core.vision.decoding import Crops
from core.vision.mining import Activations, Pass
from core.vision.ray_board import Board
from core.vision.ray_crew import connected
from core.vision.ray_data import Reader, Workers
from core.vision.ray_losses import MAX_LOSSES, WorkLost, last_line
from core.vision.ray_worker import Order
from core.vision.ray_workers import cores_a_gpu, workers_there
from core.vision.workers import POLL_S

TASK_IMAGES = 256  # at least: seconds of work, a few megabytes of activations
GPU_BATCHES = 8  # at least, of a task: some are decoded while one is computed
SILENT_S = 900.0  # then nothing goes on any more: a machine that went left its work with nobody who could do it

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
        yield from _all_results(_Work(card, crops, asked, finish, device), portions, progress)


def task_of(asked: Pass, kind: str) -> tuple[int, Pass]:
    """Return how many images a task has, in whole batches, and how a worker of this kind of device measures them."""
    n_batches = -(-TASK_IMAGES // asked.batch)
    if kind != "cuda":
        return n_batches * asked.batch, replace(asked, n_workers=1, decoders=0)
    return max(n_batches, GPU_BATCHES) * asked.batch, replace(asked, n_workers=1, decoders=cores_a_gpu(), threads=True)


def _all_results(work: _Work, portions: Sequence[range], progress: Callable[[int], None]) -> Iterator[Any]:
    """Give all portions' results; where something is lost for good, begin again with the first that is not there."""
    n_done, n_losses, told = 0, 0, 0

    def tell(n_measured: int) -> None:
        nonlocal told
        told = max(told, sum(map(len, portions[:n_done])) + n_measured)  # of what is begun again less is measured
        progress(told)

    while n_done < len(portions):
        try:
            for result in work.begun(portions[n_done:]).results(tell):
                yield result
                n_losses = 0
                n_done += 1
        except WorkLost as lost:
            n_losses += 1
            if n_losses == MAX_LOSSES:
                raise UsageError(f"What Ray had measured of the same images was lost {n_losses} times ({lost}).") from lost


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done, and with what."""

    card: NetworkCard
    crops: Crops
    asked: Pass
    finish: Callable[[range], Finish[Any]]
    device: Device

    def begun(self, portions: Sequence[range]) -> _Run:
        """Begin with the portions on whatever the cluster has now."""
        kind, n_workers = workers_there(self.device)
        size, of_worker = task_of(self.asked, kind)
        order = Order(self.card.source, self.card.name, self.card.network_digest, kind)
        workers = Workers(n_workers, kind == "cuda", pickle.dumps((order, of_worker)), self.card.name)
        return _Run([task for portion in portions for task in self._tasks(portion, size)], portions, workers)

    def _tasks(self, portion: range, size: int) -> Iterator[dict[str, Any]]:
        """Give the tasks of a portion, in order; the first says how it is finished."""
        finish = pickle.dumps((portion, self.finish(portion)))
        for first in range(portion.start, portion.stop, size):
            some = replace(self.crops, files=tuple(self.crops.files[first : min(first + size, portion.stop)]))
            yield {"first": first, "crops": pickle.dumps(some), "finish": finish if first == portion.start else b""}


class _Run:
    """Portions on their way, in a process that reads their data set; it and the board are on this machine and take no core."""

    def __init__(self, tasks: Sequence[dict[str, Any]], portions: Sequence[range], workers: Workers) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self._portions = portions
        self._board = ray.remote(Board).options(num_cpus=0, scheduling_strategy=here).remote()
        self._reader = (
            ray.remote(Reader).options(num_cpus=0, scheduling_strategy=here).remote(tasks, len(portions[0]), workers, self._board)
        )

    def results(self, progress: Callable[[int], None]) -> Iterator[Any]:
        """Give the portions' results in order. Raises WorkLost where Ray gives up, or no worker is heard of for long."""
        import ray

        try:
            for portion in self._portions:
                found = self._next(progress)
                if found is None or found[0] != portion:
                    raise RuntimeError(f"Ray Data gave {found and found[0]} in place of {portion}.")
                yield found[1]
        finally:
            for process in (self._reader, self._board):  # with the reader all go that it owns
                ray.kill(process)

    def _next(self, progress: Callable[[int], None]) -> tuple[range, Any] | None:
        import ray

        answer = self._reader.next.remote()
        try:
            while not ray.wait([answer], timeout=POLL_S)[0]:
                standing = ray.get(self._board.standing.remote())
                if standing.silent_s > SILENT_S:
                    raise WorkLost(f"no worker was heard of for {standing.silent_s / 60:.0f} min")
                progress(standing.n_measured)
            found: tuple[range, Any] | BaseException | None = pickle.loads(ray.get(answer))
        except ray.exceptions.RayActorError as error:
            raise WorkLost(last_line(error)) from error
        if isinstance(found, BaseException):
            raise found
        progress(ray.get(self._board.standing.remote()).n_measured)
        return found
