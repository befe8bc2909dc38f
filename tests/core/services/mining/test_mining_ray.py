"""Mining on a Ray of two workers: the bytes of the local engine, also where a worker is killed on the way."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Interrupted, StaleWork, UsageError
from core.services.mining import mining_pass
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
from core.store import activations
from core.vision import ray_mining
from core.vision.ray_crew import connected
from tests.core.services.computed import SMALL, SMALL_TOML
from tests.core.services.mining.test_mining_service import asked, assert_same, indexed
from tests.studies import write_photos

N_IMAGES = 60
MORTAL = f"""
import os, signal
from pathlib import Path
{SMALL}
HERE = Path(__file__).parent
seen = 0


class Mortal(Small):
    def forward(self, images):
        global seen
        seen += len(images) > 1
        if seen == 3 and os.getpid() != {os.getpid()} and (HERE / "mortal").exists():
            try:
                (HERE / "killed").open("x").close()
            except FileExistsError:
                return super().forward(images)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().forward(images)


def small():
    torch.manual_seed(3)
    (HERE / f"{{os.getpid()}}.pid").touch()
    return Mortal(3, 1000)
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with photos and a network whose worker can be killed; a few images make a task, some tasks a shard."""
    monkeypatch.setattr(mining_pass, "SHARD_IMAGES", 32)
    monkeypatch.setattr(ray_mining, "TASK_IMAGES", 12)
    write_photos(tmp_path / "photos", n=N_IMAGES)
    (tmp_path / "small.py").write_text(MORTAL)
    (tmp_path / "small.toml").write_text(SMALL_TOML)
    return tmp_path


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed: it is the optional `exemplary[ray]`")
    with connected(None, n_workers=2):
        yield


def mined(root: Path, name: str, *, engine: str) -> Settings:
    settings = replace(indexed(root, root / name, threads=2), engine=engine)  # type: ignore[arg-type]
    report = mine(settings, MiningRequest(f"{root / 'small.py'}:small", "shapes", top_k=20))
    assert report.n_mined == N_IMAGES and report.images_per_s
    return settings


def stopped(settings: Settings, root: Path) -> None:
    """Mine until the first shard is done."""

    def stop(_done: float, _total: float, _label: str) -> None:
        if any(Path(settings.workspace).rglob("state.npz")):
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        mine(settings, asked(root), progress=stop)


def test_ray_mines_what_this_machine_mines(root: Path, local_ray: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue and all files are the same; processes that Ray started measured, and wrote the files: the driver writes none."""
    wanted = mined(root, "local", engine="local")
    monkeypatch.setattr(activations, "write_shard", None)
    monkeypatch.setattr(activations.Scratch, "append", None)
    assert_same(mined(root, "ray", engine="ray"), wanted)
    assert len(list(root.glob("*.pid"))) >= 2


def test_shards_that_are_done_are_not_mined_again(root: Path, local_ray: None) -> None:
    """Of a run that this machine began and did not end, Ray takes the whole shards."""
    settings = replace(indexed(root, root / "ray", threads=2), engine="ray")
    stopped(replace(settings, engine="local"), root)
    report = mine(settings, asked(root))
    assert (report.n_resumed, report.n_mined) == (32, N_IMAGES - 32)
    assert_same(settings, mined(root, "local", engine="local"))


def test_files_that_are_lost_before_a_job_goes_on_are_mined_again(root: Path, local_ray: None) -> None:
    """By a worker, as the others, after a run of Ray's was stopped."""
    settings = replace(indexed(root, root / "ray", threads=2), engine="ray")
    stopped(settings, root)
    sorted(Path(settings.workspace).rglob("body/*.parquet"))[0].unlink()
    report = mine(settings, asked(root))
    assert (report.n_resumed, report.n_mined) == (0, N_IMAGES)
    assert_same(settings, mined(root, "local", engine="local"))


def test_what_a_worker_refuses_is_said_as_it_says_it(root: Path, local_ray: None) -> None:
    """A photo that changed since it was indexed ends the run with the sentence that names it; what was there stays."""
    settings = replace(indexed(root, root / "ray", threads=2), engine="ray")
    changed = sorted((root / "photos").rglob("*.png"))[40]
    changed.write_bytes(changed.read_bytes() + b"more")
    with pytest.raises(StaleWork, match=rf"^{re.escape(str(changed))} is not what it was when it was indexed"):
        mine(settings, asked(root))


def test_workers_that_decode_ahead_change_nothing(root: Path, local_ray: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a worker's threads decode several batches ahead, as on a GPU, it measures the same."""
    ahead = {"n_workers": 1, "decoders": 2, "threads": True}
    monkeypatch.setattr(ray_mining, "task_of", lambda asked, _kind: (6 * asked.batch, replace(asked, **ahead)))
    assert_same(mined(root, "ray", engine="ray"), mined(root, "local", engine="local"))


def test_a_killed_worker_changes_nothing(root: Path, local_ray: None) -> None:
    """Killed in the middle, a worker is replaced, and its images are measured again: each once."""
    (root / "mortal").touch()
    found = mined(root, "ray", engine="ray")
    assert (root / "killed").exists()
    (root / "mortal").unlink()
    assert_same(found, mined(root, "local", engine="local"))


def test_without_ray_the_sentence_says_what_to_install(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"^The engine ray needs its package.* `exemplary\[ray\]`"):
        mine(Settings(root / "none", engine="ray"), MiningRequest("small", "shapes"))
