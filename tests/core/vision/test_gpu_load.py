"""How busy GPUs were: samples while a block runs, and the reason where a driver tells nothing."""

from __future__ import annotations

import threading

import pytest
import torch

from core.vision import gpu_load
from core.vision.gpu_load import GpuLoad, watched


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sample without waiting for a second."""
    monkeypatch.setattr(gpu_load, "EVERY_S", 0.001)


def test_samples_are_of_all_gpus() -> None:
    """A sample is the mean of the GPUs, the result the mean of the samples; the thread ends with the block."""
    seen, enough = iter([10, 50, 70, 90]), threading.Event()

    def read(number: int) -> int:
        found = next(seen, None)
        if found is None:
            enough.set()
            raise RuntimeError("no more")
        return found

    load = GpuLoad()
    with watched(load, (0, 1), read=read):
        assert enough.wait(20)
    assert load.n == 2 and load.mean == pytest.approx(0.55) and load.latest == pytest.approx(0.8)
    assert not any(one.name == "gpu-load" and one.is_alive() for one in threading.enumerate())


@pytest.mark.parametrize(
    ("error", "words"),
    [(ModuleNotFoundError("pynvml is not there.\nInstall it."), "pynvml is not there."), (RuntimeError(), "RuntimeError")],
)
def test_a_driver_that_does_not_tell(error: Exception, words: str) -> None:
    """The reason is kept, nothing is made up, and the block goes on."""
    asked = threading.Event()

    def read(number: int) -> int:
        asked.set()
        raise error

    load = GpuLoad()
    with watched(load, (0,), read=read):
        assert asked.wait(20)
    assert (load.mean, load.latest, load.unknown) == (None, None, words)


def test_without_a_gpu_nothing_is_asked() -> None:
    """On a CPU there is nothing to tell, and no reason to give."""
    load = GpuLoad()
    with watched(load, ()):
        assert not any(one.name == "gpu-load" for one in threading.enumerate())
    assert (load.mean, load.unknown) == (None, "")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_real_driver() -> None:
    """A GPU that multiplies all the time is seen to."""
    load, matrix = GpuLoad(), torch.randn(4096, 4096, device="cuda")
    with watched(load, (0,)):
        for _ in range(400):
            matrix = torch.nn.functional.normalize(matrix @ matrix)
        torch.cuda.synchronize()
    assert load.unknown == "" and load.mean is not None and 0 <= load.mean <= 1
