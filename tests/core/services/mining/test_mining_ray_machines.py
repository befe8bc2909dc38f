"""Mining on a Ray of two machines, of which one goes for good: the bytes of the local engine. Both are processes of this one."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.services.mining import mining_pass
from core.services.mining.mining import mine
from core.settings import keep_ray_private
from core.vision import ray_mining
from tests.core.services.computed import SMALL, SMALL_TOML
from tests.core.services.mining_cases import N_IMAGES, asked, assert_same, indexed
from tests.studies import write_photos

SLOW = f'''
import time
from pathlib import Path
import ray
{SMALL}


class Slow(Small):
    """Notes on which machine it measured."""

    def forward(self, images):
        if len(images) > 1:
            time.sleep(0.3)
            (Path(__file__).parent / f"{{ray.get_runtime_context().get_node_id()}}.machine").touch()
        return super().forward(images)


def small():
    torch.manual_seed(3)
    return Slow(3, 1000)
'''


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A Ray whose first machine has one core; no other process of the tests is connected to it."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed: it is the optional `exemplary[ray]`")
    keep_ray_private(is_local=True)
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.mark.slow
def test_a_machine_that_goes_for_good_changes_nothing(tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With it go a worker and the activations that it measured: they are measured again, by the machine that is left."""
    monkeypatch.setattr(mining_pass, "SHARD_IMAGES", 32)
    monkeypatch.setattr(ray_mining, "TASK_IMAGES", 8)
    write_photos(tmp_path / "photos", n=N_IMAGES)
    (tmp_path / "small.py").write_text(SLOW)
    (tmp_path / "small.toml").write_text(SMALL_TOML)
    other = cluster.add_node(num_cpus=1)
    gone: list[float] = []

    def kill_after_some(done: float, _total: float, label: str) -> None:
        if len(list(tmp_path.glob("*.machine"))) == 2 and label == "mining images" and done >= 24 and not gone:
            gone.append(done)
            cluster.remove_node(other, allow_graceful=False)

    settings = replace(indexed(tmp_path, tmp_path / "ray", threads=2), engine="ray")
    report = mine(settings, asked(tmp_path), progress=kill_after_some)
    assert report.n_mined == N_IMAGES and 0 < gone[0] < N_IMAGES
    local = indexed(tmp_path, tmp_path / "local", threads=2)
    mine(local, asked(tmp_path))
    assert_same(settings, local)
