"""What Ray Data's workers do for mining, in processes somewhere in the cluster: actors load a network once and measure images, tasks make
of a portion's activations what is asked for. Torch is loaded by the former only: it takes a process seconds."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.errors import ExemplaryError, NetworkError, UsageError
from core.vision.ray_board import Piece
from core.vision.ray_losses import MAX_LOSSES

if TYPE_CHECKING:
    from core.vision.mining import Activations
    from core.vision.networks import LoadedNetwork

SIGN_S = 1.0  # how often a worker gives a sign of life

Columns = dict[str, npt.NDArray[Any]]
"""Rows of a data set, as Ray Data gives and takes them: by column, an array whose first dimension is the rows."""


class Measuring:
    """An actor of Ray Data: a network, loaded for the first images and kept, and what is measured with it."""

    def __init__(self, sent: bytes, board: Any) -> None:
        """sent: the order of a network and how its images are measured, pickled."""
        self._sent, self._board = sent, board
        self._network: LoadedNetwork | None = None
        self._signed = 0.0

    def __call__(self, tasks: Columns) -> Columns:
        """Measure the images of a task, one row: {first: where they begin, crops: them, pickled, finish: as `finished` takes it}.

        Return a row an image: {image: its place, activations: (sum of n_channels) or (sum of n_channels, 2), finish: that of the task
        for its first image}. Raises UsageError where workers were lost over these images again and again, NetworkError where the network
        cannot be loaded, and what `iter_activations` and `check_finite` do.
        """
        import ray

        from core.vision.mining import check_finite, iter_activations

        order, asked = pickle.loads(self._sent)
        first, crops = int(tasks["first"][0]), pickle.loads(tasks["crops"][0])
        piece = "measure", first
        _begin(self._board, piece, f"{len(crops)} images from {crops.files[0].path} on")
        if self._network is None:
            self._network = _loaded(order)
        rows = np.concatenate(list(self._signing(iter_activations(self._network, crops, asked))))
        check_finite(rows, crops)
        ray.get(self._board.done.remote(piece, len(rows)))
        finish = np.array([tasks["finish"][0], *[b""] * (len(rows) - 1)], dtype=object)
        return {"image": np.arange(first, first + len(rows)), "activations": rows, "finish": finish}

    def _signing(self, found: Iterable[Activations]) -> Iterator[Activations]:
        for rows in found:
            yield rows
            if time.monotonic() - self._signed > SIGN_S:
                self._board.live.remote()
                self._signed = time.monotonic()


def finished(rows: Columns, board: Any) -> Columns:
    """Make the result of a portion, whose images' activations are the rows: {result: (the portion, it), pickled}, one row.

    The first row says what makes it: (the portion, a function of the activations), pickled. Raises UsageError where workers were lost
    over it again and again, and what the function raises.
    """
    import ray

    first, sent = int(rows["image"][0]), rows["finish"][0]
    portion, finish = pickle.loads(sent) if sent else (range(0), len)
    if not np.array_equal(rows["image"], portion):
        raise RuntimeError(f"Ray Data put rows together that are no portion: {len(rows['image'])} from image {first} on.")
    _begin(board, ("finish", first), f"{len(portion)} images from number {first} on")
    result = pickle.dumps((portion, finish(rows["activations"])))
    ray.get(board.done.remote(("finish", first)))
    return {"result": np.array([result], dtype=object)}


def _begin(board: Any, piece: Piece, images: str) -> None:
    import ray

    if ray.get(board.begin.remote(piece)) > MAX_LOSSES:
        raise UsageError(f"{MAX_LOSSES} workers of Ray were lost over the same work ({images}): it ends the process that does it.")


def _loaded(order: Any) -> LoadedNetwork:
    from core.vision.ray_worker import loaded

    try:
        return loaded(order)
    except ExemplaryError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise NetworkError(f"No worker of Ray can load {order.name} ({reason}); it needs what this machine has.") from error
