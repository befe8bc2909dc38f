"""Rendering on the machines of a Ray cluster: one worker a GPU, or a CPU core where there are none; the driver stores.

Every machine of the cluster needs Exemplary of this version, and a network of one's own at the same path. A worker loads the network
once and is given batches until none is left. One that is lost (killed, or its machine gone) is replaced, and its batch rendered anew on
whichever worker is free, so that a machine that never comes back holds nothing up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import torch

from core.domain import NetworkCard
from core.errors import Interrupted, UsageError
from core.render_spec import RenderSpec, Target
from core.settings import Device, Precision
from core.vision.batch import Natural
from core.vision.ray_crew import Crew, connected
from core.vision.ray_worker import Order
from core.vision.synthesis import RenderedGroup
from core.vision.workers import Checkpoints, NaturalOf, Notice, Pool, Progress, batches_of, finished

OnComputing = Callable[[str, torch.dtype | None], None]
"""Told the type of the workers' devices (cpu, cuda) and what rendering computes in (as LoadedNetwork.half)."""


def render_on_ray(
    source: str,
    card: NetworkCard,
    spec: RenderSpec,
    targets: Sequence[Target],
    *,
    address: str | None,
    n_workers: int,
    device: Device,
    progress: Progress,
    natural_of: NaturalOf,
    checkpoints: Checkpoints,
    notice: Notice,
    precision: Precision = "auto",
    on_computing: OnComputing | None = None,
) -> Iterator[list[RenderedGroup]]:
    """Give the groups of each batch, as it finishes; for the same batches the same as `render_all`. Ended early, workers are killed.

    `address` is that of a running cluster; None starts a Ray of `n_workers` CPU cores (and all GPUs) on this machine for the time of
    the work, unless this process is connected to one already. All workers compute in the same type, that of the first one that is
    ready; `on_computing` is told of it before anything is rendered. A batch that does not fit into memory is halved, and `notice` is told.

    Batches that were begun elsewhere go on from their kept state, but no state is kept of what Ray renders, as `checkpoints` are the
    driver's: a lost worker loses its batch, and an interruption the unfinished ones. So `progress` counts finished batches.

    Raises UsageError where Ray is not installed, the cluster is not there, or a group does not fit; StaleWork where a worker's network
    is not that of the card; NetworkError where no worker can load it.
    """
    if not targets:
        return
    with connected(address, n_workers=n_workers):
        kind, n_workers = workers_there(device)
        n_workers = min(n_workers, len(targets))
        crew = Crew(Order(source, card.name, card.network_digest, kind), n_workers)
        try:
            waiting = partial(progress, 0.0, float(len(targets) * spec.n_images), targets[0].unit.layer)
            half = crew.do("half_type", precision, waiting=waiting)
            if on_computing is not None:
                on_computing(kind, half)
            at_once = partial(_images_at_once, crew, spec, waiting)
            batches = batches_of(spec, targets, checkpoints.kept(), n_workers=n_workers, at_once=at_once)
            pool = _RayPool(crew, half, spec, batches, natural_of, checkpoints)
            yield from _rendered(crew, pool, batches, n_workers, progress, notice)
        finally:
            crew.dismiss()


def workers_there(device: Device) -> tuple[str, int]:
    """Return the kind of device that the cluster's workers compute on, and how many it has."""
    import ray

    resources = ray.cluster_resources()
    n_gpus, n_cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 0))
    if device == "mps" or (device == "cuda" and not n_gpus):
        raise UsageError(f"The device {device!r} was asked for, but the Ray cluster has none; use auto or cpu.")
    kind, n_workers = ("cuda", n_gpus) if n_gpus and device != "cpu" else ("cpu", n_cpus)
    if not n_workers:
        raise UsageError("The Ray cluster has neither CPUs nor GPUs to give; start it with --num-cpus or --num-gpus.")
    return kind, n_workers


def cores_a_gpu() -> int:
    """Return how many CPU cores there are for every GPU of the cluster, on the machine that has fewest of them; at least 1."""
    import ray

    machines = [node["Resources"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("GPU", 0) >= 1]
    return max(1, min((int(one.get("CPU", 1) / one["GPU"]) for one in machines), default=1))


def _images_at_once(crew: Crew, spec: RenderSpec, waiting: Callable[[], None], layer: str) -> int:
    import ray

    cores = max(int(node["Resources"].get("CPU", 1)) for node in ray.nodes() if node["Alive"])  # share the memory of a machine
    return int(crew.do("images_at_once", spec, layer, max(1, cores), waiting=waiting))


def _rendered(
    crew: Crew, pool: _RayPool, batches: list[tuple[Target, ...]], n_workers: int, progress: Progress, notice: Notice
) -> Iterator[list[RenderedGroup]]:
    with ThreadPoolExecutor(max_workers=n_workers) as executor:  # its threads only wait
        try:
            yield from finished(executor, batches, pool, progress, notice)
        finally:
            pool.stopped.set()
            crew.dismiss()
            executor.shutdown(cancel_futures=True)


class _RayPool(Pool):
    """A pool whose batches are rendered by the crew."""

    def __init__(
        self,
        crew: Crew,
        half: torch.dtype | None,
        spec: RenderSpec,
        batches: list[tuple[Target, ...]],
        natural_of: NaturalOf,
        checkpoints: Checkpoints,
    ) -> None:
        super().__init__(spec, batches, natural_of, checkpoints)
        self._crew, self._half = crew, half

    def rendered(self, targets: tuple[Target, ...], natural: Natural, state: dict[str, Any] | None) -> list[RenderedGroup]:
        """Render one batch on a worker that is free."""
        groups: list[RenderedGroup] = self._crew.do("render", self._half, self.spec, targets, natural, state, waiting=self._check_goes_on)
        return groups

    def _check_goes_on(self) -> None:
        if self.stopped.is_set():
            raise Interrupted("Rendering was stopped.")
