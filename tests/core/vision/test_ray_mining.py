"""What a worker of Ray is given at a time, and how it measures it."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from core.vision.mining import MINING_BATCH, Pass
from core.vision.networks import LoadedNetwork
from core.vision.ray_mining import GPU_BATCHES, TASK_IMAGES, task_of


def machine(*, alive: bool = True, **resources: float) -> dict[str, Any]:
    return {"Alive": alive, "Resources": resources}


def test_a_cpu_worker_decodes_what_it_measures(tiny: LoadedNetwork) -> None:
    """On CPUs every worker is one thread: a few hundred images are seconds of work."""
    size, asked = task_of(Pass(tiny.card.layers, MINING_BATCH["cpu"], n_workers=16, decoders=3), "cpu")
    assert (size, asked.n_workers, asked.decoders, asked.threads) == (TASK_IMAGES, 1, 0, False)
    assert task_of(Pass(tiny.card.layers, 100), "cpu")[0] == 300  # whole batches


@pytest.mark.parametrize(
    ("machines", "n_threads"),
    [
        ([machine(CPU=16, GPU=1)], 16),
        ([machine(CPU=64, GPU=8), machine(CPU=12, GPU=4), machine(CPU=8)], 3),
        ([machine(CPU=2, GPU=1, alive=False), machine(CPU=0, GPU=1)], 1),
    ],
)
def test_a_gpus_images_are_decoded_ahead_by_its_share_of_the_cores(
    tiny: LoadedNetwork, monkeypatch: pytest.MonkeyPatch, machines: list[dict[str, Any]], n_threads: int
) -> None:
    """A task has several batches, so that some are decoded while one is computed; the machine with fewest cores a GPU sets how many."""
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(nodes=lambda: machines))
    size, asked = task_of(Pass(tiny.card.layers, MINING_BATCH["cuda"], n_workers=16, decoders=3), "cuda")
    assert (size, asked.decoders, asked.threads) == (GPU_BATCHES * MINING_BATCH["cuda"], n_threads, True)
