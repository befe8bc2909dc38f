from __future__ import annotations

import importlib.util
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.domain import Unit
from core.errors import StaleWork, UsageError
from core.render_spec import ObjectiveSpec, OptimiserSpec, RenderSpec, Target
from core.vision.batch import Natural
from core.vision.networks import LoadedNetwork, load_network
from core.vision.ray_crew import check_reachable, connected
from core.vision.ray_workers import render_on_ray
from core.vision.synthesis import RenderedGroup
from core.vision.workers import render_all

TINY = Path(__file__).with_name("tiny_network.py")
STEPS = 40
SPEC = RenderSpec("test", n_images=2, image_px=32, seed=0, objective=ObjectiveSpec(), optimiser=OptimiserSpec(steps=STEPS))
TARGETS = [Target(Unit(layer, channel), "max") for layer in ("mixed1", "mixed2") for channel in range(5)]  # 5 of 2 workers: 3 and 2

# A user's file that notes its process. Where the file `mortal` lies beside it, the first worker after so many passes gets SIGKILL, once;
# where `narrow` does, batches of six images do not fit into memory.
MORTAL = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(TINY.parent)!r})
from tiny_network import Tiny, build as build_tiny

HERE = Path(__file__).parent
seen = 0


class Mortal(Tiny):
    def forward(self, images):
        global seen
        seen += 1
        if len(images) == 6 and (HERE / "narrow").exists():
            raise MemoryError
        if seen == {STEPS // 2} + 10 and os.getpid() != {os.getpid()} and (HERE / "mortal").exists():
            try:
                (HERE / "killed").open("x").write(str(os.getpid()))
            except FileExistsError:
                return super().forward(images)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().forward(images)


def build():
    (HERE / f"{{os.getpid()}}.pid").touch()
    network = build_tiny()
    network.__class__ = Mortal
    return network
"""


class Forgetful:
    """Checkpoints that keep nothing."""

    def kept(self) -> list[tuple[Target, ...]]:
        return []

    def load(self, _targets: Sequence[Target]) -> None:
        return None

    def keep(self, targets: Sequence[Target], state: dict[str, Any]) -> None:
        raise AssertionError("nothing is kept")

    drop = kept


class Work:
    """Rendering the same targets on Ray and in threads, and what was reported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "own.py").write_text(MORTAL, encoding="utf-8")
        (folder / "own.toml").write_text(TINY.with_suffix(".toml").read_text(encoding="utf-8"), encoding="utf-8")
        self.source = f"{folder / 'own.py'}:build"
        self.network: LoadedNetwork = load_network(self.source, device=torch.device("cpu"))
        self.reported: list[tuple[float, float, str]] = []
        self.told: list[str] = []
        self.computed: list[tuple[str, torch.dtype | None]] = []

    def on_ray(self, targets: Sequence[Target] = TARGETS, **changed: Any) -> Iterator[list[RenderedGroup]]:
        card = replace(self.network.card, **changed)
        beside = self._beside() | {"precision": "full", "on_computing": lambda *what: self.computed.append(what)}
        return render_on_ray(self.source, card, SPEC, targets, address=None, n_workers=2, device="cpu", **beside)

    def in_threads(self) -> Iterator[list[RenderedGroup]]:
        return render_all(self.network, SPEC, TARGETS, n_workers=2, **self._beside())

    def pids(self) -> set[int]:
        """Return the processes that loaded the network, but for this one."""
        return {int(path.stem) for path in self.folder.glob("*.pid")} - {os.getpid()}

    def _beside(self) -> dict[str, Any]:
        return {
            "progress": lambda *now: self.reported.append(now),
            "natural_of": lambda _targets: Natural(),
            "checkpoints": Forgetful(),
            "notice": self.told.append,
        }


def same_bits(one: Iterator[list[RenderedGroup]], other: Iterator[list[RenderedGroup]]) -> bool:
    return _bits(one) == _bits(other)


def _bits(batches: Iterator[list[RenderedGroup]]) -> dict[Target, list[Any]]:
    groups = [group for batch in batches for group in batch]
    assert sorted(group.target for group in groups) == sorted(TARGETS)  # each once
    return {group.target: [_plain(getattr(group, field.name)) for field in fields(group)] for group in groups}


def _plain(value: Any) -> Any:
    """Return arrays with their bytes, also in tuples, as text to compare."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return repr((value.shape, value.dtype, value.tobytes())) if isinstance(value, np.ndarray) else repr(value)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    """A Ray of two workers for all tests of this file."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed: it is the optional `exemplary[ray]`")
    with connected(None, n_workers=2):
        yield


def test_without_ray_the_sentence_says_what_to_install(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ray is missing, the error names the extra."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"install `exemplary\[ray\]`"):
        next(work.on_ray())


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
def test_where_no_cluster_is_the_sentence_comes_at_once() -> None:
    """An address that is none, and one where nothing listens, are refused without waiting for Ray."""
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UsageError, match="There is no Ray cluster at"):
            check_reachable(f"127.0.0.1:{taken.getsockname()[1]}")
    for address in ("ray://head:10001", "head", "head:99999"):
        with pytest.raises(UsageError, match="HOST:PORT"):
            check_reachable(address)


@pytest.mark.slow
def test_ray_renders_what_threads_render(work: Work, local_ray: None) -> None:
    """Two workers of Ray give the bits that two threads give, and report every layer to its end."""
    assert same_bits(work.on_ray(), work.in_threads())
    assert len(work.pids()) == 2
    ends = [now for now in work.reported if now[0] == now[1]]
    assert ends[:2] == [(10.0, 10.0, "mixed1 (1 of 2 layers)"), (10.0, 10.0, "mixed2 (2 of 2 layers)")]
    assert (work.told, work.computed) == ([], [("cpu", None)])


@pytest.mark.slow
def test_a_killed_worker_and_halved_batches_change_nothing(work: Work, local_ray: None) -> None:
    """Where a worker gets SIGKILL in the middle of a batch, that is rendered again; batches are halved as in threads; same bits."""
    (work.folder / "mortal").touch()
    (work.folder / "narrow").touch()
    rendered = list(work.on_ray())
    assert len(work.told) == 2 and "6 images at once did not fit" in work.told[0]
    killed = int((work.folder / "killed").read_text(encoding="utf-8"))
    assert killed in work.pids() and not is_alive(killed)
    assert same_bits(iter(rendered), work.in_threads())


@pytest.mark.slow
def test_another_network_there_is_refused(work: Work, local_ray: None) -> None:
    """A worker that loads another network than the card's renders nothing."""
    with pytest.raises(StaleWork, match="not the same on every machine"):
        next(work.on_ray(TARGETS[:1], network_digest="0" * 16))


@pytest.mark.slow
def test_ended_early_no_worker_lives_on(work: Work, local_ray: None) -> None:
    """Closing the iteration after the first batch kills the workers at their work."""
    from tests.processes import wait_until

    with closing(work.on_ray()) as batches:  # type: ignore[type-var]
        next(batches)
        assert any(is_alive(pid) for pid in work.pids())
    wait_until(lambda: not any(is_alive(pid) for pid in work.pids()), "the workers to end")


@pytest.mark.slow
def test_a_local_ray_listens_on_localhost_only(local_ray: None) -> None:
    """The node's address, which all of its servers bind to, is the loopback's; there is no dashboard."""
    import ray

    assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]
