"""Batches on workers: how they are cut, halved where memory ends, kept where they are stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from core.domain import Unit
from core.errors import Interrupted, UsageError
from core.render_spec import RenderSpec, Target
from core.vision import workers
from core.vision.batch import Natural
from core.vision.networks import LoadedNetwork
from core.vision.synthesis import RenderedGroup, render
from core.vision.workers import IMAGES_AT_ONCE, batches_of, images_at_once, render_all


class Kept:
    """Checkpoints in memory."""

    def __init__(self) -> None:
        self.states: dict[tuple[Target, ...], dict[str, Any]] = {}

    def kept(self) -> list[tuple[Target, ...]]:
        return list(self.states)

    def load(self, targets: Sequence[Target]) -> dict[str, Any] | None:
        return self.states.get(tuple(targets))

    def keep(self, targets: Sequence[Target], state: dict[str, Any]) -> None:
        self.states[tuple(targets)] = state


def targets_of(n: int, layer: str = "mixed1") -> list[Target]:
    return [Target(Unit(layer, channel), "max") for channel in range(n)]


def limited(network: LoadedNetwork, most: int) -> LoadedNetwork:
    """Return the network with a pass that takes at most so many images while a gradient is wanted."""

    def check(module: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        if torch.is_grad_enabled() and len(arguments[0]) > most:
            raise torch.OutOfMemoryError(f"{len(arguments[0])} images do not fit")

    network.module.register_forward_pre_hook(check)
    return network


def rendered(
    network: LoadedNetwork,
    spec: RenderSpec,
    targets: Sequence[Target],
    *,
    told: list[str] | None = None,
    kept: Kept | None = None,
    **more: Any,
) -> dict[Target, RenderedGroup]:
    arguments: dict[str, Any] = {
        "n_workers": 2,
        "progress": lambda done, total, layer: None,
        "natural_of": lambda targets: Natural(),
        "checkpoints": kept or Kept(),
        "notice": (told if told is not None else []).append,
    }
    groups = [group for batch in render_all(network, spec, targets, **(arguments | more)) for group in batch]
    assert len({group.target for group in groups}) == len(groups)
    return {group.target: group for group in groups}


def test_batches_cover_every_target_once() -> None:
    """Each layer is cut so that all workers have something to do and no batch holds more than fits."""
    spec = RenderSpec("quick", 3, 32, 0)
    targets = [*targets_of(7, "a"), *targets_of(2, "b")]
    batches = batches_of(spec, targets, [], n_workers=2, at_once=lambda layer: {"a": 9, "b": 90}[layer])
    assert [len(batch) for batch in batches] == [3, 3, 1, 1, 1]
    assert [target for batch in batches for target in batch] == targets
    assert [len(batch) for batch in batches_of(spec, targets, [], n_workers=1, at_once=lambda layer: 1)] == [1] * 9


def test_batches_that_were_begun_go_first() -> None:
    """A kept batch is taken whole if all of it is asked for, and left where it is not."""
    spec, targets = RenderSpec("quick", 1, 32, 0), targets_of(5)
    begun, others = (targets[3], targets[1]), (targets[0], Target(Unit("mixed1", 9), "min"))
    batches = batches_of(spec, targets, [begun, others], n_workers=1, at_once=lambda layer: 10)
    assert batches == [begun, (targets[0], targets[2], targets[4])]


def test_what_fits_depends_on_the_memory(
    tiny: LoadedNetwork, small_spec: Callable[..., RenderSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Little memory gives few images, at least one; plenty gives what the device gains from; workers share it."""
    spec = small_spec()
    monkeypatch.setattr(workers, "free_memory_bytes", lambda: 1 << 40)
    assert images_at_once(tiny, spec, "mixed1", n_workers=2) == IMAGES_AT_ONCE["cpu"]
    monkeypatch.setattr(workers, "free_memory_bytes", lambda: 1)
    assert images_at_once(tiny, spec, "mixed1", n_workers=2) == 1
    monkeypatch.setattr(workers, "IMAGES_AT_ONCE", {"cpu": 10**9})
    monkeypatch.setattr(workers, "free_memory_bytes", lambda: 1 << 30)
    alone, shared = (images_at_once(tiny, spec, "mixed2", n_workers=n) for n in (1, 4))
    assert alone // 5 < shared <= alone // 4 + 1
    assert images_at_once(tiny, spec, "mixed1", n_workers=1) > alone  # fewer maps on the way to it


def test_a_batch_that_does_not_fit_is_halved(tiny: LoadedNetwork, small_spec: Callable[..., RenderSpec]) -> None:
    """Until it fits: all groups are there, each rendered with no more images than the limit, and somebody is told each time."""
    told: list[str] = []
    spec = small_spec(n_images=2, steps=2)
    found = rendered(limited(tiny, 3), spec, targets_of(6), told=told)
    assert set(found) == set(targets_of(6)) and {group.n_at_once for group in found.values()} == {2}
    assert told and all("did not fit" in text and "mixed1" in text for text in told)


def test_a_group_that_does_not_fit_is_refused(tiny: LoadedNetwork, small_spec: Callable[..., RenderSpec]) -> None:
    """One sentence says how many images do not fit where, and what to ask for."""
    with pytest.raises(UsageError, match=r"One group of 4 images of 32 px .* mixed1; ask for fewer --images") as refused:
        rendered(limited(tiny, 3), small_spec(n_images=4, steps=2), targets_of(2))
    assert "\n" not in str(refused.value)


def test_other_errors_come_through(tiny: LoadedNetwork, small_spec: Callable[..., RenderSpec]) -> None:
    """A network that fails for another reason is not asked again with fewer images."""
    calls = []

    def fail(module: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        calls.append(len(arguments[0]))
        if len(arguments[0]) > 1:
            raise RuntimeError("something else")

    tiny.module.register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="something else"):
        rendered(tiny, small_spec(n_images=2, steps=2), targets_of(4), n_workers=1)
    assert calls.count(8) == 1 and set(calls) <= {1, 8}


def test_workers_give_what_one_batch_gives(tiny: LoadedNetwork, small_spec: Callable[..., RenderSpec]) -> None:
    """How the targets are shared out changes an image by rounding at most."""
    spec, targets = small_spec(n_images=2, steps=3), targets_of(5)
    found = rendered(tiny, spec, targets)
    for group in render(tiny, spec, targets):
        difference = np.abs(found[group.target].images.astype(int) - group.images.astype(int))
        assert difference.max() <= 1


def test_what_the_progress_raises_ends_the_work_and_keeps_it(tiny: LoadedNetwork, small_spec: Callable[..., RenderSpec]) -> None:
    """Every batch on its way keeps its step; taken up, it ends as if it had never been stopped, and begins where it was."""
    spec, targets, kept = small_spec(n_images=1, steps=400, diversity=0.0), targets_of(2), Kept()

    def stop(done: float, total: float, layer: str) -> None:
        if 0 < done < total:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        rendered(tiny, spec, targets, kept=kept, progress=stop)
    steps = [state["step"] for state in kept.states.values()]
    assert steps and all(0 < step < 400 for step in steps)
    reported: list[float] = []
    found = rendered(tiny, spec, targets, kept=kept, progress=lambda done, total, layer: reported.append(done * 400))
    assert min(reported) >= sum(steps) > 0
    for target, group in rendered(tiny, spec, targets).items():
        np.testing.assert_array_equal(found[target].images, group.images)
