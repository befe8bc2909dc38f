"""What a worker of Ray is given at a time, how it measures it, and what happens where Ray gives up. Ray itself does not run here."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.domain import ImageFile
from core.errors import StaleWork, UsageError
from core.settings import keep_ray_private
from core.vision import ray_mining
from core.vision.decoding import Crops
from core.vision.mining import MINING_BATCH, Pass
from core.vision.networks import LoadedNetwork
from core.vision.ray_board import Board, Standing
from core.vision.ray_losses import MAX_LOSSES, WorkLost, meaning
from core.vision.ray_measuring import Columns, Measuring, finished
from core.vision.ray_mining import GPU_BATCHES, TASK_IMAGES, iter_on_ray, task_of
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


# --- what tasks make of activations -------------------------------------------------------------------------------------------------


class Local:
    """A board in this process, called as an actor of Ray is: its answers are there at once."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __getattr__(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(remote=getattr(self._board, name))


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    """A board, and a Ray whose answers are there at once."""
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(get=lambda answer: answer))
    return Board()


def rows(images: range, portion: range) -> Columns:
    """The rows of images, measured; the first of them says how the portion is finished."""
    finish = np.array([pickle.dumps((portion, total)), *[b""] * (len(images) - 1)], dtype=object)
    return {"image": np.array(images), "activations": np.array([[float(image)] for image in images], np.float32), "finish": finish}


def total(activations: np.ndarray) -> float:
    """A result, of module level: it is pickled."""
    return float(activations.sum())


def test_a_portion_is_finished_by_what_makes_its_result(board: Board) -> None:
    """And rows that are not just those of a portion never become one."""
    last = PORTIONS[2]
    assert pickle.loads(finished(rows(last, last), Local(board))["result"][0]) == (last, 16 + 17 + 18)
    moved = rows(last, last)
    moved["image"] = moved["image"][[0, 2, 1]]
    headless = {name: column[1:] for name, column in rows(last, last).items()}
    for wrong in (rows(range(16, 18), last), rows(range(16, 24), last), moved, headless):
        with pytest.raises(RuntimeError, match="put rows together that are no portion"):
            finished(wrong, Local(board))


# --- losses -------------------------------------------------------------------------------------------------------------------------


def test_the_board_counts_images_once_and_losses_since_they_were_measured() -> None:
    """Images whose activations were lost are begun again, as often as it takes; those over which workers were lost are not."""
    board = Board()
    assert board.standing() == Standing(0, 0.0)
    assert [board.begin(("measure", 0)), board.begin(("measure", 0)), board.begin(("finish", 0))] == [1, 2, 1]
    board.done(("measure", 0), 256)
    assert (board.begin(("measure", 0)), board.standing().n_measured) == (1, 256)
    board.done(("measure", 0), 256)
    board.done(("measure", 256), 100)
    board.done(("finish", 0))
    assert board.standing().n_measured == 356 and 0 < board.standing().silent_s < 60


def test_work_that_ends_its_workers_again_and_again_ends_the_run(tiny: LoadedNetwork, board: Board) -> None:
    """After so many losses no other worker is tried; the sentence says over which images."""
    crops = Crops("photos", (ImageFile(16, "", "cats/1.png", "cats", 1, 1),), tiny.card.preprocessing)
    tasks = {"first": np.array([16]), "crops": np.array([pickle.dumps(crops)], dtype=object)}
    sent = pickle.dumps((Order("none", "tiny", "", "cpu"), Pass(tiny.card.layers, 4)))
    for _ in range(MAX_LOSSES):
        board.begin(("measure", 16))
        board.begin(("finish", 16))
    with pytest.raises(UsageError, match=r"^3 workers of Ray were lost over the same work \(1 images from cats/1\.png on\)"):
        Measuring(sent, Local(board))(tasks)
    with pytest.raises(UsageError, match=r"^3 workers of Ray were lost over the same work \(3 images from number 16 on\)"):
        finished(rows(PORTIONS[2], PORTIONS[2]), Local(board))


def test_work_of_which_nothing_is_heard_is_lost(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a machine went and nobody has room for its work, Ray waits for ever; before the first worker comes, it is waited for."""
    monkeypatch.setattr(sys.modules["ray"], "wait", lambda _answers, timeout: ([], []), raising=False)
    monkeypatch.setattr(sys.modules["ray"], "exceptions", SimpleNamespace(RayActorError=ZeroDivisionError), raising=False)
    run = object.__new__(ray_mining._Run)
    run._board, run._reader = Local(board), SimpleNamespace(next=SimpleNamespace(remote=lambda: None))
    told: list[int] = []

    def tell(n_measured: int) -> None:
        told.append(n_measured)
        if len(told) == 3:
            board.begin(("measure", 0))
            monkeypatch.setattr(ray_mining, "SILENT_S", 0.0)

    with pytest.raises(WorkLost, match="no worker was heard of"):
        run._next(tell)
    assert told == [0, 0, 0]


def test_what_ray_raises_is_sorted() -> None:
    """An error of ours is what it was, however deep; what is gone may be tried again, also where a worker noticed; the rest is itself."""
    keep_ray_private(is_local=True)  # before the first import, which later tests of this process live with
    exceptions = pytest.importorskip("ray.exceptions")

    def noticed(cause: Exception) -> BaseException:
        return exceptions.RayTaskError("f", "Traceback\nthe last line", cause)  # type: ignore[no-any-return]

    stale, gone = StaleWork("a.png changed"), exceptions.ObjectLostError("1f" * 28, None, "")
    assert meaning(noticed(stale), "n") is stale and meaning(noticed(noticed(stale)), "n") is stale
    for lost in (gone, noticed(gone), exceptions.ActorDiedError(), exceptions.OutOfMemoryError("memory")):
        assert isinstance(meaning(lost, "n"), WorkLost), lost
    unloaded = exceptions.RayActorError("1", "No module named 'core'", actor_init_failed=True)
    assert str(meaning(unloaded, "net")) == "No worker of Ray can load net (No module named 'core'); it needs Exemplary there."
    for other in (noticed(KeyError("x")), exceptions.RaySystemError("cannot be unpickled"), ValueError()):
        assert meaning(other, "n") is other


class Runs:
    """In place of work that Ray does: each time as many results as it is told, then what it gave up over."""

    def __init__(self, *n_given: int) -> None:
        self.n_given, self.begun_with = list(n_given), []  # type: ignore[var-annotated]

    def begun(self, portions: Sequence[range]) -> SimpleNamespace:
        self.begun_with.append(portions[0].start)

        def results(progress: Callable[[int], None]) -> Iterator[range]:
            n_given = self.n_given.pop(0)
            progress(9)
            yield from portions[:n_given]
            progress(5)
            if n_given < len(portions):
                raise WorkLost("the machine is gone")

        return SimpleNamespace(results=results)


def test_where_ray_gives_up_the_rest_is_begun_again() -> None:
    """From the first portion that is not there; what is there is not given twice, and what was told is not taken back."""
    runs, told = Runs(1, 0, 2), []  # type: ignore[var-annotated]
    assert list(ray_mining._all_results(runs, PORTIONS, told.append)) == PORTIONS  # type: ignore[arg-type]
    assert runs.begun_with == [0, 8, 8]
    assert told[0] == 9 and told == sorted(told)


def test_where_ray_gives_up_again_and_again_the_run_ends() -> None:
    """Three times without one more result."""
    runs = Runs(1, 0, 0)
    with pytest.raises(UsageError, match=r"^What Ray had measured of the same images was lost 3 times \(the machine is gone\)\.$"):
        list(ray_mining._all_results(runs, PORTIONS, print))  # type: ignore[arg-type]
    assert runs.begun_with == [0, 8, 8]


def test_portions_of_several_lengths_are_refused(tiny: LoadedNetwork) -> None:
    """Ray Data puts as many rows together as the first has: all but the last must be of that length."""
    for portions in ([range(8), range(8, 12), range(12, 20)], [range(4), range(4, 12)]):
        crops = Crops("photos", (), tiny.card.preprocessing)
        found = iter_on_ray(
            tiny.card, crops, Pass(tiny.card.layers, 4), portions, lambda _: total, address=None, n_workers=1, device="cpu", progress=print
        )
        with pytest.raises(ValueError, match="one length"):
            next(found)
