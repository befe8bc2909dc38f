"""Writing a shard: the same from a scratch file as from what came from elsewhere; a machine that cannot write says so."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.domain import Branch, Layer
from core.errors import UsageError
from core.services.mining.mining_shards import MinedShard, ShardWriter, check_arrived, widened
from core.store.activations import Scratch

LAYERS = tuple(Layer(name, n, (Branch("all", 0, n),), pre_relu=True) for name, n in (("stem", 3), ("body", 70)))
PATHS = {layer.name: f"activations/{layer.name}/0.parquet" for layer in LAYERS}


def writer(root: Path, n_values: int = 1) -> ShardWriter:
    root.mkdir(exist_ok=True)
    return ShardWriter(root, LAYERS, PATHS, {"stem": 5, "body": 20}, 32, n_values, "float32")


def same(one: MinedShard, other: MinedShard) -> bool:
    return pickle.dumps(one) == pickle.dumps(other)


@pytest.mark.parametrize("n_values", [1, 2])
def test_activations_make_the_shard_that_a_scratch_file_makes(tmp_path: Path, n_values: int) -> None:
    """Files, digests and summaries are the same, once the counts are as wide as they were."""
    rows = np.random.default_rng(1).integers(0, 40, (30, 73, n_values)).astype(np.float32)  # with ties
    scratch = Scratch(tmp_path / "scratch.f32", 73 * n_values)
    scratch.append(rows.reshape(30, -1))
    here, there = writer(tmp_path / "here", n_values), writer(tmp_path / "there", n_values)
    wanted = here.write(here.of_scratch(scratch))
    sent = pickle.loads(pickle.dumps(there))(rows if n_values > 1 else rows[:, :, 0])
    assert sent.summaries["body"].bins.counts.itemsize == 2
    assert same(widened(sent), wanted) and wanted.n_images == 30
    for path in PATHS.values():
        assert (tmp_path / "here" / path).read_bytes() == (tmp_path / "there" / path).read_bytes()


def test_a_machine_without_the_workspace_says_so(tmp_path: Path) -> None:
    """It makes no folder of that name for itself."""
    with pytest.raises(UsageError, match=r"^The worker of Ray on .* cannot write to .*none \(there is no such folder\); .* share\.$"):
        replace(writer(tmp_path), root=tmp_path / "none")(np.zeros((4, 73), np.float32))
    assert not (tmp_path / "none").exists()


def test_files_that_went_elsewhere_are_noticed(tmp_path: Path) -> None:
    """Where a worker wrote into another folder of the same name, its shard is not taken for done."""
    mined = writer(tmp_path)(np.ones((4, 73), np.float32))
    check_arrived(mined, tmp_path)
    (tmp_path / PATHS["body"]).unlink()
    with pytest.raises(UsageError, match=r"^A worker of Ray wrote activations/body/0\.parquet, but it is not in .* share\.$"):
        check_arrived(mined, tmp_path)
