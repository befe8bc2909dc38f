"""What a Ray worker does: load a network once, then render what it is given. It runs in a process somewhere in the cluster."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from core.errors import ExemplaryError, NetworkError, StaleWork
from core.render_spec import RenderSpec, Target
from core.vision.batch import Natural
from core.vision.networks import LoadedNetwork, load_network
from core.vision.precision import half_type
from core.vision.synthesis import RenderedGroup, render
from core.vision.workers import images_at_once, is_out_of_memory


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to load, and on which kind of device."""

    source: str
    name: str
    network_digest: str
    device: str


class Worker:
    """A process somewhere in the cluster; arguments and results are pickled bytes, so that arrays arrive writable."""

    def __init__(self) -> None:
        self._network: LoadedNetwork | None = None

    def load(self, sent: bytes) -> bytes:
        """Load the network that is ordered."""
        return _answered(self._load, sent)

    def half_type(self, sent: bytes) -> bytes:
        """Say what rendering would compute in here."""
        return _answered(lambda precision: half_type(self._loaded.device, self._loaded.dtype, precision), sent)

    def images_at_once(self, sent: bytes) -> bytes:
        """Say how many images of a layer fit here into one batch."""
        return _answered(lambda spec, layer, n_workers: images_at_once(self._loaded, spec, layer, n_workers=n_workers), sent)

    def render(self, sent: bytes) -> bytes:
        """Render a batch."""
        return _answered(self._render, sent)

    @property
    def _loaded(self) -> LoadedNetwork:
        if self._network is None:
            raise NetworkError("A worker of Ray was asked for work before its network was loaded.")
        return self._network

    def _load(self, order: Order) -> None:
        self._network = loaded(order)

    def _render(
        self, half: torch.dtype | None, spec: RenderSpec, targets: Sequence[Target], natural: Natural, state: dict[str, Any] | None
    ) -> list[RenderedGroup]:
        self._loaded.half = half
        return render(self._loaded, spec, targets, natural=natural, state=state)


def loaded(order: Order) -> LoadedNetwork:
    """Load the network that is ordered, in a process of one thread where it computes on a CPU.

    Raises StaleWork where it is not the driver's, and NetworkError and UsageError as `load_network` does.
    """
    if order.device == "cpu":
        torch.set_num_threads(1)
    network = load_network(order.source, device=torch.device(order.device))
    if network.card.network_digest != order.network_digest:
        raise StaleWork(
            f"{order.name} is not the same on every machine: a worker of Ray loaded {network.card.network_digest} from {order.source}, "
            f"but {order.network_digest} is wanted; bring that file and its weights up to date there."
        )
    return network


def _answered(work: Callable[..., Any], sent: bytes) -> bytes:
    """Return the pickled result, or the error where it is one that the driver deals with."""
    try:
        return pickle.dumps(work(*pickle.loads(sent)))
    except ExemplaryError as error:
        return pickle.dumps(error)
    except Exception as error:
        if is_out_of_memory(error):
            return pickle.dumps(MemoryError(str(error)))
        raise
