"""The data set of Ray Data that mines, and the process that reads it, on the driver's machine.

That process owns the data set's workers: where it is killed, they are, whatever they do; and the driver, which only asks it for the next
result, can wait with one eye on other things. No torch.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.vision.ray_losses import MAX_LOSSES, meaning
from core.vision.ray_measuring import Measuring, finished

TASKS_AHEAD = 2  # a worker
WORKERS_A_FINISHER = 8  # a finisher takes a hundredth of the time that its portion's images take


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works: n_workers, each with a GPU or a core; what they get to begin with, as `Measuring` takes it; the network's name."""

    n_workers: int
    on_gpus: bool
    sent: bytes
    network_name: str


class Reader:
    """Reads the results of a data set one after the other. It is an actor of Ray."""

    def __init__(self, tasks: Sequence[dict[str, Any]], longest: int, workers: Workers, board: Any) -> None:
        """tasks: as `Measuring` takes them; of each portion one after the other, `longest` images but in the last one."""
        self._network_name = workers.network_name
        self._results = self._read(data_set(tasks, longest, workers, board))

    def next(self) -> bytes:
        """Return the next (portion, result), None after the last, or what is the matter, pickled."""
        try:
            return next(self._results, pickle.dumps(None))
        except Exception as error:
            found = meaning(error, self._network_name)
            if found is error:
                raise
            return pickle.dumps(found)

    def _read(self, data: Any) -> Iterator[bytes]:
        for rows in data.iter_batches(batch_size=1, batch_format="numpy", prefetch_batches=0):
            yield bytes(rows["result"][0])


def data_set(tasks: Sequence[dict[str, Any]], longest: int, workers: Workers, board: Any) -> Any:
    """Return the data set of the portions' results, a row each, which is computed as it is read."""
    import ray.data

    context = ray.data.DataContext.get_current()  # of this process, which does nothing else
    context.enable_progress_bars = context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    context.raise_original_map_exception = True
    context.max_consecutive_actor_init_deaths = MAX_LOSSES - 1
    context.execution_no_progress_timeout_s = -1  # it would take a long task for none: the driver looks for signs of life itself
    n_workers = min(workers.n_workers, len(tasks))
    return (
        ray.data.from_items(list(tasks), override_num_blocks=len(tasks))
        .map_batches(
            Measuring,
            batch_size=1,
            fn_constructor_args=(workers.sent, board),
            compute=ray.data.ActorPoolStrategy(
                min_size=1, max_size=n_workers, initial_size=n_workers, max_tasks_in_flight_per_actor=TASKS_AHEAD
            ),
            num_cpus=0 if workers.on_gpus else 1,
            num_gpus=1 if workers.on_gpus else 0,
        )
        .map_batches(
            finished,
            batch_size=longest,
            fn_args=(board,),
            compute=ray.data.TaskPoolStrategy(size=-(-n_workers // WORKERS_A_FINISHER)),
            num_cpus=0,  # the actors have all there are
        )
    )
