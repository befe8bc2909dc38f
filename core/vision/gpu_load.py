"""How busy GPUs are while a block runs: the share of time in which any kernel ran, as the driver counts it, sampled once a second.

The numbers are NVML's (nvmlDeviceGetUtilizationRates), through torch.cuda.utilization and the package nvidia-ml-py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

EVERY_S = 1.0  # the driver itself samples over up to a second


@dataclass(slots=True)
class GpuLoad:
    """Samples, added up over the GPUs. `latest`: the last sample, 0 to 1; `unknown`: why there are none, empty while that may change."""

    total: float = 0.0
    n: int = 0
    latest: float | None = None
    unknown: str = ""

    @property
    def mean(self) -> float | None:
        """Return the mean of all samples, 0 to 1; None where there are none."""
        return self.total / self.n if self.n else None

    def add(self, percents: Sequence[int]) -> None:
        """Note one sample of each GPU, 0 to 100."""
        self.latest = sum(percents) / len(percents) / 100
        self.total, self.n = self.total + self.latest, self.n + 1


@contextmanager
def watched(load: GpuLoad, devices: Sequence[int], *, read: Callable[[int], int] = torch.cuda.utilization) -> Iterator[None]:
    """Add samples of these GPUs to `load` while the block runs. A driver that does not tell ends that, and `load` says why."""
    ended = threading.Event()
    watcher = threading.Thread(target=_sample, args=(load, devices, read, ended), name="gpu-load", daemon=True)
    if devices:
        watcher.start()
    try:
        yield
    finally:
        ended.set()
        if devices:
            watcher.join(EVERY_S)


def _sample(load: GpuLoad, devices: Sequence[int], read: Callable[[int], int], ended: threading.Event) -> None:
    while not ended.wait(EVERY_S):
        try:
            load.add([read(one) for one in devices])
        except Exception as error:  # the driver's own errors have no common class; none of them may end the mining
            load.unknown = str(error).strip().split("\n")[0] or type(error).__name__
            return
