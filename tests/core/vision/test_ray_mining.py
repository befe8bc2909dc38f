"""What a worker of Ray is given at a time, how it measures it, and what happens where Ray gives up. No test here needs Ray."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.domain import ImageFile
from core.errors import UsageError
from core.vision import ray_mining
from core.vision.decoding import Crops
from core.vision.mining import MINING_BATCH, Pass
from core.vision.networks import LoadedNetwork
from core.vision.ray_board import Board
from core.vision.ray_crew import MAX_LOSSES
from core.vision.ray_finishing import Columns, finished
from core.vision.ray_measuring import Measuring
from core.vision.ray_mining import GPU_BATCHES, TASK_IMAGES, iter_on_ray, larger_for, task_of
from core.vision.ray_worker import Order

PORTIONS = [range(8), range(8, 16), range(16, 19)]


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


def test_a_large_set_has_few_tasks() -> None:
    """Where each would be more than one of 64 a worker, tasks are doubled, up to a whole portion."""
    assert larger_for(2000, 256, at_most=4096, n_workers=2) == 256
    assert larger_for(1_281_167, 256, at_most=4096, n_workers=16) == 2048
    assert larger_for(100_000_000, 256, at_most=4096, n_workers=100) == 4096
    assert larger_for(100_000_000, 2048, at_most=4096, n_workers=10_000) == 2048


# --- what tasks make of activations -------------------------------------------------------------------------------------------------


def rows(images: range) -> Columns:
    return {"image": np.array(images), "activations": np.array([[float(image)] for image in images], np.float32)}


def total(activations: np.ndarray) -> float:
    """A result, of module level: it is pickled."""
    return float(activations.sum())


def test_a_portion_is_finished_by_what_makes_its_result() -> None:
    """And by nothing else: rows that are not just those of a portion never become one."""
    finishes = {portion: pickle.dumps(total) for portion in PORTIONS}
    assert pickle.loads(finished(rows(PORTIONS[2]), finishes)["result"][0]) == 16 + 17 + 18
    moved = {name: column[[1, 0, 2]] for name, column in rows(PORTIONS[2]).items()}
    for wrong in (rows(range(8, 19)), rows(range(8, 15)), moved):
        with pytest.raises(RuntimeError, match="put rows together that are no portion"):
            finished(wrong, finishes)


# --- losses -------------------------------------------------------------------------------------------------------------------------


def test_the_board_counts_images_once_and_losses_since_they_were_measured() -> None:
    """Images whose activations were lost are begun again, as often as it takes; those over which workers were lost are not."""
    board = Board()
    assert [board.begin(0), board.begin(0), board.begin(256)] == [1, 2, 1]
    board.measured(0, 256)
    assert (board.begin(0), board.n_measured()) == (1, 256)
    board.measured(0, 256)
    board.measured(256, 100)
    assert board.n_measured() == 356


def test_images_that_end_their_workers_again_and_again_end_the_run(tiny: LoadedNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many losses no other worker is tried; the sentence says over which images."""
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(get=lambda answer: answer))
    board = Board()
    remote = SimpleNamespace(**{name: SimpleNamespace(remote=getattr(board, name)) for name in ("begin", "is_stopped", "measured")})
    for _ in range(MAX_LOSSES):
        board.begin(256)
    crops = Crops("photos", (ImageFile(256, "", "cats/1.png", "cats", 1, 1),), tiny.card.preprocessing)
    tasks = {"first": np.array([256]), "crops": np.array([pickle.dumps(crops)], dtype=object)}
    measuring = Measuring(Order("none", "tiny", "", "cpu"), Pass(tiny.card.layers, 4), remote)
    with pytest.raises(UsageError, match=r"^3 workers of Ray were lost over the same images \(1 from cats/1\.png on\);"):
        measuring(tasks)


class Runs:
    """In place of data sets on their way: each gives as many results as it is told, then what it gave up over."""

    def __init__(self, *n_given: int) -> None:
        self.n_given, self.begun = list(n_given), []  # type: ignore[var-annotated]

    def __call__(self, _work: Any, portions: Sequence[range]) -> SimpleNamespace:
        def results(progress: Callable[[int], None]) -> Iterator[range]:
            self.begun.append(portions[0].start)
            n_given = self.n_given.pop(0)
            yield from portions[:n_given]
            progress(5)
            if n_given < len(portions):
                raise ray_mining._Lost("the machine is gone")

        return SimpleNamespace(results=results)


def results(monkeypatch: pytest.MonkeyPatch, runs: Runs) -> tuple[list[range], list[int]]:
    monkeypatch.setattr(ray_mining, "_Run", runs)
    told: list[int] = []
    return list(ray_mining._all_results(None, PORTIONS, told.append)), told  # type: ignore[arg-type]


def test_where_ray_gives_up_the_rest_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first portion that is not there; what is there is not given twice, and counts."""
    runs = Runs(1, 0, 2)
    assert results(monkeypatch, runs) == (PORTIONS, [5, 13, 13])
    assert runs.begun == [0, 8, 8]


def test_where_ray_gives_up_again_and_again_the_run_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times without one more result."""
    with pytest.raises(UsageError, match=r"^Activations of the same images were lost 3 times \(the machine is gone\); Ray's logs"):
        results(monkeypatch, Runs(1, 0, 0))


def test_portions_of_several_lengths_are_refused(tiny: LoadedNetwork) -> None:
    """Ray Data puts as many rows together as the first has: all but the last must be of that length."""
    for portions in ([range(8), range(8, 12), range(12, 20)], [range(4), range(4, 12)]):
        crops = Crops("photos", (), tiny.card.preprocessing)
        found = iter_on_ray(
            tiny.card, crops, Pass(tiny.card.layers, 4), portions, lambda _: total, address=None, n_workers=1, device="cpu", progress=print
        )
        with pytest.raises(ValueError, match="one length"):
            next(found)
