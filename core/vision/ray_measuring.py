"""What Ray Data's actors do for mining: load a network once, and measure images. They run in processes somewhere in the cluster."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.errors import ExemplaryError, Interrupted, NetworkError, UnknownName, UsageError
from core.vision.mining import Activations, Pass, check_finite, iter_activations
from core.vision.networks import LoadedNetwork
from core.vision.ray_crew import MAX_LOSSES
from core.vision.ray_finishing import Columns
from core.vision.ray_worker import Order, loaded

LOOK_S = 1.0  # how often a worker asks whether it shall stop


class Measuring:
    """An actor of Ray Data: a network, loaded for the first images and kept, and what is measured with it."""

    def __init__(self, order: Order, asked: Pass, board: Any) -> None:
        self._order, self._asked, self._board = order, asked, board
        self._network: LoadedNetwork | None = None
        self._looked = 0.0

    def __call__(self, tasks: Columns) -> Columns:
        """Measure the images of a task, one row: {first: where they begin, crops: them, pickled}.

        Return a row an image: {image: its place, activations: (sum of n_channels) or (sum of n_channels, 2)}. Raises Interrupted when the
        driver wants to stop, UsageError where workers were lost over these images again and again, and what `iter_activations` does.
        """
        import ray

        first, crops = int(tasks["first"][0]), pickle.loads(tasks["crops"][0])
        if ray.get(self._board.begin.remote(first)) > MAX_LOSSES:
            images = f"{len(crops)} from {crops.files[0].path} on"
            raise UsageError(f"{MAX_LOSSES} workers of Ray were lost over the same images ({images}); Ray's logs say why.")
        rows = np.concatenate(list(self._going_on(iter_activations(self._loaded(), crops, self._asked))))
        check_finite(rows, crops)
        ray.get(self._board.measured.remote(first, len(rows)))
        return {"image": np.arange(first, first + len(rows)), "activations": rows}

    def _loaded(self) -> LoadedNetwork:
        self._check_goes_on()
        if self._network is None:
            self._network = _loaded(self._order)
        return self._network

    def _going_on(self, found: Iterator[Activations]) -> Iterator[Activations]:
        for rows in found:
            yield rows
            self._check_goes_on()

    def _check_goes_on(self) -> None:
        import ray

        if time.monotonic() - self._looked > LOOK_S:
            if ray.get(self._board.is_stopped.remote()):
                raise Interrupted("Mining was stopped.")
            self._looked = time.monotonic()


def _loaded(order: Order) -> LoadedNetwork:
    try:
        return loaded(order)
    except UnknownName as error:
        raise UsageError(str(error)) from error  # an UnknownName is not made from its sentence
    except ExemplaryError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise NetworkError(f"No worker of Ray can load {order.name} ({reason}); it needs what this machine has.") from error
