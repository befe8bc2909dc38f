"""Mining end to end: one result, whatever the workers, the shards, an interruption at any moment, or images that came later."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.domain import Unit
from core.errors import Interrupted, StaleWork, UsageError
from core.services import studies
from core.services.images.indexing import index_folder
from core.services.mining import mining, mining_pass
from core.services.mining.mining import mine
from core.settings import Settings
from core.store import activations, mined_read, mining_state, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.mining import iter_activations
from tests.core.services.computed import study_of, write_small
from tests.core.services.mining_cases import N_IMAGES, SHARD, asked, assert_same, contents, indexed, mined
from tests.processes import output_of, python

pytestmark = pytest.mark.usefixtures("small_shards")


@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_workers_gives_the_same_bytes(mining_root: Path, tmp_path: Path, mined_at_once: Settings, threads: int) -> None:
    """The catalogue and the files of all activations do not depend on who mined what."""
    settings, report = mined(mining_root, tmp_path, threads=threads)
    assert_same(settings, mined_at_once)
    assert (report.n_mined, report.n_resumed) == (N_IMAGES, 0) and report.images_per_s and report.computing_share


def test_exemplars_are_those_of_the_stored_activations(mined_at_once: Settings) -> None:
    """For every unit, both extremes equal a sort of what is stored, ties by image."""
    workspace = Workspace(mined_at_once.workspace)
    cursor, study = CatalogueReader(workspace).cursor(), study_of(mined_at_once)
    for layer in study.network.layers:
        matrix = activations.read_layer(cursor, mined_read.activation_files(cursor, workspace, study.key, layer.name))
        assert matrix.shape == (N_IMAGES, layer.n_channels)
        for channel in range(layer.n_channels):
            ids = unit_read.ranked_ids(cursor, study.key, [Unit(layer.name, channel)])
            column = matrix[:, channel].tolist()
            assert ids[Unit(layer.name, channel), "max"] == tuple(sorted(range(N_IMAGES), key=lambda i: (-column[i], i))[:20])
            assert ids[Unit(layer.name, channel), "min"] == tuple(sorted(range(N_IMAGES), key=lambda i: (column[i], i))[:20])
            np.testing.assert_array_equal(unit_read.unit_activations(workspace, cursor, study, Unit(layer.name, channel)), column)


class Crash(BaseException):
    """What a power cut would be: nothing after it happens."""


def crashing(function: Callable[..., Any], countdown: Iterator[int], *, before: bool) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        dies = next(countdown) == 0
        if dies and before:
            raise Crash
        found = function(*arguments, **named)
        if dies:
            raise Crash
        return found

    return call


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_crash_at_any_write_changes_nothing(mining_root: Path, tmp_path: Path, mined_at_once: Settings, before: bool) -> None:
    """Mining dies before (after) its first write, run again at its second, ...; in the end the catalogue is the same."""
    settings = indexed(mining_root, tmp_path, threads=2)
    for n_crashes in range(100):
        with pytest.MonkeyPatch.context() as patch:
            countdown = iter(range(n_crashes, -(10**6), -1))
            patch.setattr(activations.Scratch, "append", crashing(activations.Scratch.append, countdown, before=before))
            patch.setattr(activations, "publish_file", crashing(activations.publish_file, countdown, before=before))
            patch.setattr(mining_state, "publish_file", crashing(mining_state.publish_file, countdown, before=before))
            patch.setattr(mining, "publish", crashing(mining.publish, countdown, before=before))
            try:
                mine(settings, asked(mining_root))
                break
            except Crash:
                continue
    assert n_crashes > 5
    assert_same(settings, mined_at_once)


MINE = """
import sys, time
from pathlib import Path
from core.services.mining import mining_pass
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
mining_pass.SHARD_IMAGES = 16
def told(done, total, label):
    print(label, done, flush=True)
    time.sleep(0.05)
mine(Settings(Path(sys.argv[1]), device="cpu", threads=2), MiningRequest(sys.argv[2], "shapes", top_k=20), progress=told)
"""


def test_a_kill_loses_no_image(mining_root: Path, tmp_path: Path, mined_at_once: Settings) -> None:
    """Killed with SIGKILL again and again, mining goes on from where it was and ends with the same catalogue."""
    settings = indexed(mining_root, tmp_path)
    for reached in (8, 24, 40):
        process = python(MINE, settings.workspace, asked(mining_root).network)
        assert process.stdout is not None
        while int((process.stdout.readline() or "mining images 999").split()[2]) < reached:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = python(MINE, settings.workspace, asked(mining_root).network)
    first = output_of(process).splitlines()[0]
    assert int(first.split()[2]) >= 40
    assert_same(settings, mined_at_once)


def test_an_interruption_is_said_and_resumed(mining_root: Path, tmp_path: Path, mined_at_once: Settings) -> None:
    """Stopped between two batches, the second run mines only what is left."""
    settings = indexed(mining_root, tmp_path, threads=2)

    def stop(done: float, total: float, label: str) -> None:
        if done >= 24:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        mine(settings, asked(mining_root), progress=stop)
    report = mine(settings, asked(mining_root))
    assert (report.n_resumed, report.n_mined) == (24, N_IMAGES - 24)
    assert_same(settings, mined_at_once)
    jobs = Workspace(settings.workspace).jobs
    assert not [path for path in jobs.rglob("*") if path.suffix in {".f32", ".npz"}]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-40])], ids=["lost", "cut off"])
def test_files_that_are_lost_before_a_job_goes_on_are_mined_again(
    mining_root: Path, tmp_path: Path, mined_at_once: Settings, damage: Callable[[Path], object]
) -> None:
    """Of what an interrupted run had written only the shard of the lost file is mined again, and the end is the same."""
    settings = indexed(mining_root, tmp_path, threads=2)
    interrupted(settings, mining_root, at=40)
    damage(sorted(Path(settings.workspace).rglob("body/*.parquet"))[0])
    report = mine(settings, asked(mining_root))
    assert (report.n_resumed, report.n_mined) == (40 - SHARD, N_IMAGES - 40 + SHARD)
    assert_same(settings, mined_at_once)


def test_lost_files_that_come_out_otherwise_make_a_job_begin_anew(
    mining_root: Path, tmp_path: Path, mined_at_once: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ranks are never of other activations than those in the files: where these cannot be had again, all is mined again."""
    settings = indexed(mining_root, tmp_path, threads=2)
    with monkeypatch.context() as patch:
        patch.setattr(mining_pass, "iter_activations", lambda *given, **named: (rows + 1 for rows in iter_activations(*given, **named)))
        interrupted(settings, mining_root, at=40)
    sorted(Path(settings.workspace).rglob("body/*.parquet"))[0].unlink()
    report = mine(settings, asked(mining_root))
    assert (report.n_resumed, report.n_mined) == (0, N_IMAGES + SHARD)
    assert_same(settings, mined_at_once)


def interrupted(settings: Settings, root: Path, *, at: int) -> None:
    """Mine until `at` images are done."""

    def stop(done: float, total: float, label: str) -> None:
        if done >= at:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        mine(settings, asked(root), progress=stop)


def test_rounded_activations_leave_the_ranks_alone(mining_root: Path, tmp_path: Path, mined_at_once: Settings) -> None:
    """With float16, exemplars and their activations are those of float32; the files are about half as large."""
    settings, _ = mined(mining_root, tmp_path, activation_type="float16")
    assert contents(settings)["exemplars"] == contents(mined_at_once)["exemplars"]
    assert contents(settings)["units"] == contents(mined_at_once)["units"]
    matrices = []
    for one in (settings, mined_at_once):
        cursor = CatalogueReader(Workspace(one.workspace)).cursor()
        files = mined_read.activation_files(cursor, Workspace(one.workspace), "small/shapes", "body")
        matrices.append(activations.read_layer(cursor, files))
    np.testing.assert_array_equal(matrices[0], matrices[1].astype(np.float16).astype(np.float32))


def test_another_reduction_is_another_study(mining_root: Path, tmp_path: Path, mined_at_once: Settings) -> None:
    """Maxima are mined beside the means under a name of their own, with the positions in the files."""
    shutil.copytree(mined_at_once.workspace, tmp_path / "workspace")
    settings = Settings(tmp_path / "workspace", device="cpu", threads=2)
    report = mine(settings, asked(mining_root, reduction="max"))
    assert report.study == "small/shapes+max" == study_of(settings, report.study).key
    assert study_of(settings).mining.reduction == "mean"
    reader = CatalogueReader(Workspace(settings.workspace))
    assert studies.choose_study(reader) == studies.choose_study(reader, network="small") == study_of(settings)
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    (path, *_) = mined_read.activation_files(cursor, Workspace(settings.workspace), report.study, "stem")
    rows = cursor.execute("SELECT max(position), count(*) FROM read_parquet(?)", [str(path)]).fetchall()
    assert 0 < rows[0][0] < 32 * 32 and rows[0][1] == SHARD * 6


def test_half_precision_says_what_it_does(mining_root: Path, tmp_path: Path) -> None:
    """Rank correlations with full precision are reported, and what was mined in half is not taken for full."""
    settings, report = mined(mining_root, tmp_path, half=True)
    found = report.half_agreement
    assert found is not None and found.n_images == N_IMAGES
    assert 0.9 < found.lowest <= found.median < 1 and found.lowest_unit.partition(":")[0] in {"stem", "body"}
    assert mine(settings, asked(mining_root)).n_mined == N_IMAGES


def test_a_set_indexed_anew_meanwhile_is_noticed(mining_root: Path, tmp_path: Path) -> None:
    """Where the images changed while they were mined, nothing is published."""
    shutil.copytree(mining_root / "photos", tmp_path / "photos")
    write_small(tmp_path)
    settings = indexed(tmp_path, tmp_path)

    def index_anew(done: float, total: float, label: str) -> None:
        if done == total and label == "mining images":
            next((tmp_path / "photos").rglob("*.png")).unlink()
            index_folder(settings, tmp_path / "photos", name="shapes", replace=True)

    with pytest.raises(StaleWork, match="indexed anew"):
        mine(settings, asked(tmp_path), progress=index_anew)
    assert contents(settings)["mined_layers"] == []


def test_no_exemplars_are_refused(mining_root: Path, tmp_path: Path) -> None:
    """At least one is asked for."""
    with pytest.raises(UsageError, match="--top 0"):
        mined(mining_root, tmp_path, top_k=0)
