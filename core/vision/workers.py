"""Rendering many targets of any layers: one queue, one worker a CPU core or a GPU; less at once where memory ends.

On a CPU each worker is single-threaded with a network of its own: two threads that share every small convolution wait for each other
most of the time, and stall when another program takes a core; workers that share nothing do neither. Which worker renders a batch
changes nothing; how many images share a batch changes their rounding, so it is recorded with them.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import groupby
from queue import SimpleQueue
from typing import Any, Protocol

import torch

from core.errors import Interrupted, UsageError
from core.render_spec import RenderSpec, Target
from core.settings import free_memory_bytes
from core.vision.batch import Natural
from core.vision.hooks import cloned, tapped
from core.vision.networks import LoadedNetwork
from core.vision.synthesis import RenderedGroup, render

POLL_S = 0.25
# Optimised in one batch. On a CPU more images only leave its caches (9 images 1.2 times as fast as 36); a GPU needs them to be busy.
IMAGES_AT_ONCE = {"cpu": 12, "mps": 90, "cuda": 360}
MEMORY_SHARE = 0.5  # of the free memory that all batches together may take

Progress = Callable[[float, float, str], None]
"""Called in the caller's thread with (images finished, images in all, layer) of one layer; what it raises ends the work."""
NaturalOf = Callable[[Sequence[Target]], Natural]
Notice = Callable[[str], None]


class Checkpoints(Protocol):
    """Where the states of unfinished batches are kept, by their targets."""

    def kept(self) -> list[tuple[Target, ...]]:
        """Return the targets of every batch that a state is kept of."""

    def load(self, targets: Sequence[Target]) -> dict[str, Any] | None:
        """Return the state of the batch of these targets, if one is kept."""

    def keep(self, targets: Sequence[Target], state: dict[str, Any]) -> None:
        """Keep a batch's state in place of its former one."""


def render_all(
    network: LoadedNetwork,
    spec: RenderSpec,
    targets: Sequence[Target],
    *,
    n_workers: int,
    progress: Progress,
    natural_of: NaturalOf,
    checkpoints: Checkpoints,
    notice: Notice,
) -> Iterator[list[RenderedGroup]]:
    """Give the groups of each batch, as it finishes. Ended early, workers stop at their next step and keep their state.

    Batches whose state is kept go on first. A batch that does not fit into memory is halved, and `notice` is told. Raises UsageError
    where a single group does not fit.
    """
    n_workers = n_workers if network.device.type == "cpu" else max(1, torch.cuda.device_count())
    at_once = partial(images_at_once, network, spec, n_workers=n_workers)
    batches = batches_of(spec, targets, checkpoints.kept(), n_workers=n_workers, at_once=at_once)
    pool = Pool(spec, batches, natural_of, checkpoints, notice)
    n_threads = torch.get_num_threads()
    if network.device.type == "cpu":
        torch.set_num_threads(max(1, n_threads // min(n_workers, len(batches))))
    try:
        for number in range(min(n_workers, len(batches))):
            pool.networks.put(_copied(network, number))
        with ThreadPoolExecutor(max_workers=n_workers) as executor:
            try:
                yield from finished(executor, batches, pool, progress, notice)
            finally:
                pool.stopped.set()
                executor.shutdown(cancel_futures=True)
    finally:
        torch.set_num_threads(n_threads)


def images_at_once(network: LoadedNetwork, spec: RenderSpec, layer: str, *, n_workers: int) -> int:
    """Return how many images of a layer one batch takes: what the device gains from, but no more than the memory at hand holds."""
    free = torch.cuda.mem_get_info(network.device)[0] if network.device.type == "cuda" else free_memory_bytes() // n_workers
    fitting = int(MEMORY_SHARE * free / _bytes_an_image(network, spec, layer))
    return max(1, min(IMAGES_AT_ONCE.get(network.device.type, 12), fitting))


def _bytes_an_image(network: LoadedNetwork, spec: RenderSpec, layer: str) -> int:
    """Return what one image's pass keeps for its gradient, by counting the tensors that a pass over one image saves."""
    sizes: dict[int, int] = {}

    def saved(tensor: torch.Tensor) -> torch.Tensor:
        sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    shape = (1, spec.n_channels, spec.image_px, spec.image_px)
    image = torch.rand(shape, device=network.device, dtype=network.dtype).requires_grad_(True)
    with (
        torch.autograd.graph.saved_tensors_hooks(saved, lambda tensor: tensor),
        tapped(network.module, network.taps, layers=(network.layer(layer),), reduction=cloned) as forward,
    ):
        maps = forward(image)  # held until all is counted
    crops = next((one.n for one in spec.transforms if one.kind == "crops"), 1)
    return crops * (sum(sizes.values()) + sum(one.nbytes for one in maps)) + 8 * image.nbytes


def batches_of(
    spec: RenderSpec, targets: Sequence[Target], kept: list[tuple[Target, ...]], *, n_workers: int, at_once: Callable[[str], int]
) -> list[tuple[Target, ...]]:
    """Return the batches: those that were begun, then the rest of each layer, cut so that every worker has something to do.

    `at_once` says how many images of a layer fit into one batch.
    """
    asked = set(targets)
    begun: list[tuple[Target, ...]] = []
    for batch in sorted(kept, key=len):  # of states that overlap (a batch and its halves) the smaller ones are the later
        if asked.issuperset(batch):
            begun.append(batch)
            asked.difference_update(batch)
    rest = [target for target in targets if target in asked]
    batches = list(begun)
    for name, layer in groupby(rest, key=lambda target: target.unit.layer):
        of_layer = list(layer)
        size = max(1, min(at_once(name) // spec.n_images, -(-len(of_layer) // n_workers)))
        batches += [tuple(of_layer[start : start + size]) for start in range(0, len(of_layer), size)]
    return batches


def _copied(network: LoadedNetwork, number: int) -> LoadedNetwork:
    copied = copy.deepcopy(network)
    if network.device.type == "cuda":
        copied.device = torch.device("cuda", number)
        copied.module.to(copied.device)
    return copied


def finished(
    executor: ThreadPoolExecutor, batches: list[tuple[Target, ...]], pool: Pool, progress: Progress, notice: Notice
) -> Iterator[list[RenderedGroup]]:
    futures: dict[Future[list[RenderedGroup]], tuple[Target, ...]] = {executor.submit(pool.work, batch): batch for batch in batches}
    while futures:
        done, _ = wait(futures, timeout=POLL_S, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda one: one.exception() is not None):  # what is finished first, whatever another batch raised
            batch = futures.pop(future)
            error = future.exception()
            if error is None:
                yield future.result()
            elif is_out_of_memory(error):
                error.__traceback__ = error.__context__ = None  # they hold the failed batch, and with it the memory
                futures |= {executor.submit(pool.work, half): half for half in _halved(batch, pool, notice)}
            else:
                raise error
        pool.report(progress)


def _halved(batch: tuple[Target, ...], pool: Pool, notice: Notice) -> list[tuple[Target, ...]]:
    n_images, layer = len(batch) * pool.spec.n_images, batch[0].unit.layer
    if len(batch) == 1:
        raise UsageError(
            f"One group of {n_images} images of {pool.spec.image_px} px does not fit into memory at {layer}; ask for fewer --images."
        )
    middle = len(batch) // 2
    notice(f"{n_images} images at once did not fit into memory at {layer}; {middle * pool.spec.n_images} at once are tried.")
    return [batch[:middle], batch[middle:]]


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


class Pool:
    """What the workers share: networks to borrow, how far each layer is, and the word to stop."""

    def __init__(
        self,
        spec: RenderSpec,
        batches: list[tuple[Target, ...]],
        natural_of: NaturalOf,
        checkpoints: Checkpoints,
        notice: Notice = lambda _: None,
    ) -> None:
        self.networks: SimpleQueue[LoadedNetwork] = SimpleQueue()
        self.stopped = threading.Event()
        self.spec = spec
        self._natural_of, self._checkpoints, self._notice = natural_of, checkpoints, notice
        self._guard = threading.Lock()
        self._totals: dict[str, int] = {}  # layer -> images
        for batch in batches:
            self._totals[batch[0].unit.layer] = self._totals.get(batch[0].unit.layer, 0) + len(batch) * spec.n_images
        self._steps: dict[tuple[Target, ...], int] = {}  # image-steps of every batch
        self._reported: set[str] = set()

    def work(self, targets: tuple[Target, ...]) -> list[RenderedGroup]:
        """Render one batch, from its kept state where there is one, and count its steps."""
        try:
            state = self._checkpoints.load(targets)
            self._advance(targets, (state["step"] if state else 0) * len(targets) * self.spec.n_images)
            rendered = self.rendered(targets, self._natural_of(targets), state)
        except BaseException:
            with self._guard:
                self._steps.pop(targets, None)
            raise
        self._advance(targets, len(targets) * self.spec.n_images * self.spec.optimiser.steps)
        return rendered

    def rendered(self, targets: tuple[Target, ...], natural: Natural, state: dict[str, Any] | None) -> list[RenderedGroup]:
        """Render one batch on a borrowed network."""
        network = self.networks.get()
        try:
            return render(
                network,
                self.spec,
                targets,
                natural=natural,
                state=state,
                keep=lambda kept: self._checkpoints.keep(targets, kept),
                on_step=lambda n_images: self._on_step(targets, n_images),
                notice=self._notice,
            )
        finally:
            self.networks.put(network)

    def report(self, progress: Progress) -> None:
        """Tell how far the first unfinished layer is, and once of every layer that has ended."""
        with self._guard:
            done = dict.fromkeys(self._totals, 0.0)
            for batch, steps in self._steps.items():
                done[batch[0].unit.layer] += steps / self.spec.optimiser.steps
        for number, (layer, total) in enumerate(self._totals.items(), start=1):
            if layer in self._reported:
                continue
            label = layer if len(self._totals) == 1 else f"{layer} ({number} of {len(self._totals)} layers)"
            progress(min(done[layer], total), total, label)
            if done[layer] < total:
                return
            self._reported.add(layer)

    def _on_step(self, targets: tuple[Target, ...], n_images: int) -> None:
        most = len(targets) * self.spec.n_images * self.spec.optimiser.steps - 1
        with self._guard:
            self._steps[targets] = min(most, self._steps.get(targets, 0) + n_images)  # a tuned batch takes several runs
        if self.stopped.is_set():
            raise Interrupted("Rendering was stopped.")

    def _advance(self, targets: tuple[Target, ...], steps: int) -> None:
        with self._guard:
            self._steps[targets] = steps
