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
from core.services import mining, mining_pass, studies
from core.services.indexing import index_folder
from core.services.mining import MineReport, mine
from core.services.mining_plan import MiningRequest
from core.settings import Settings
from core.store import activations, mined_read, mining_state, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.mining import iter_activations
from tests.core.services.computed import study_of, write_small
from tests.processes import output_of, python
from tests.studies import write_photos

N_IMAGES, SHARD = 60, 16
TABLES = {"mined_layers": "EXCLUDE (mined_at)", "shards": "", "units": "", "exemplars": "", "crops": ""}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos and a network of a user's own."""
    made = tmp_path_factory.mktemp("mining")
    write_photos(made / "photos", n=N_IMAGES)
    write_small(made)
    return made


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few photos make several shards, the last one short, the batches not filling it."""
    monkeypatch.setattr(mining_pass, "SHARD_IMAGES", SHARD)


@pytest.fixture(scope="module")
def expected(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace that was mined without interruption by one worker; tests must not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mining_pass, "SHARD_IMAGES", SHARD)
        return mined(root, tmp_path_factory.mktemp("expected"))[0]


def indexed(root: Path, folder: Path, *, threads: int = 1) -> Settings:
    settings = Settings(folder / "workspace", device="cpu", threads=threads)
    index_folder(settings, root / "photos", name="shapes")
    return settings


def asked(root: Path, **more: Any) -> MiningRequest:
    return MiningRequest(f"{root / 'small.py'}:small", "shapes", **{"top_k": 20, **more})


def mined(root: Path, folder: Path, *, threads: int = 1, **more: Any) -> tuple[Settings, MineReport]:
    settings = indexed(root, folder, threads=threads)
    return settings, mine(settings, asked(root, **more))


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that mining published, but for the time, and the bytes of all shards by their digest."""
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    return {table: cursor.execute(f"SELECT * {what} FROM {table} ORDER BY ALL").fetchall() for table, what in TABLES.items()}


def assert_same(settings: Settings, expected: Settings) -> None:
    found, wanted = contents(settings), contents(expected)
    for table in TABLES:
        assert found[table] == wanted[table], table
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    for layer in ("stem", "body"):
        assert sum(shard.n_images for shard in mined_read.shards(cursor, "small/shapes", layer)) == N_IMAGES
        mined_read.activation_files(cursor, Workspace(settings.workspace), "small/shapes", layer)


@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_workers_gives_the_same_bytes(root: Path, tmp_path: Path, expected: Settings, threads: int) -> None:
    """The catalogue and the files of all activations do not depend on who mined what."""
    settings, report = mined(root, tmp_path, threads=threads)
    assert_same(settings, expected)
    assert (report.n_mined, report.n_resumed) == (N_IMAGES, 0) and report.images_per_s and report.computing_share


def test_exemplars_are_those_of_the_stored_activations(expected: Settings) -> None:
    """For every unit, both extremes equal a sort of what is stored, ties by image."""
    workspace = Workspace(expected.workspace)
    cursor, study = CatalogueReader(workspace).cursor(), study_of(expected)
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
def test_a_crash_at_any_write_changes_nothing(root: Path, tmp_path: Path, expected: Settings, before: bool) -> None:
    """Mining dies before (after) its first write, run again at its second, ...; in the end the catalogue is the same."""
    settings = indexed(root, tmp_path, threads=2)
    for n_crashes in range(100):
        with pytest.MonkeyPatch.context() as patch:
            countdown = iter(range(n_crashes, -(10**6), -1))
            patch.setattr(activations.Scratch, "append", crashing(activations.Scratch.append, countdown, before=before))
            patch.setattr(activations, "publish_file", crashing(activations.publish_file, countdown, before=before))
            patch.setattr(mining_state, "publish_file", crashing(mining_state.publish_file, countdown, before=before))
            patch.setattr(mining, "publish", crashing(mining.publish, countdown, before=before))
            try:
                mine(settings, asked(root))
                break
            except Crash:
                continue
    assert n_crashes > 5
    assert_same(settings, expected)


MINE = """
import sys, time
from pathlib import Path
from core.services import mining_pass
from core.services.mining import mine
from core.services.mining_plan import MiningRequest
from core.settings import Settings
mining_pass.SHARD_IMAGES = 16
def told(done, total, label):
    print(label, done, flush=True)
    time.sleep(0.05)
mine(Settings(Path(sys.argv[1]), device="cpu", threads=2), MiningRequest(sys.argv[2], "shapes", top_k=20), progress=told)
"""


def test_a_kill_loses_no_image(root: Path, tmp_path: Path, expected: Settings) -> None:
    """Killed with SIGKILL again and again, mining goes on from where it was and ends with the same catalogue."""
    settings = indexed(root, tmp_path)
    for reached in (8, 24, 40):
        process = python(MINE, settings.workspace, asked(root).network)
        assert process.stdout is not None
        while int((process.stdout.readline() or "mining images 999").split()[2]) < reached:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = python(MINE, settings.workspace, asked(root).network)
    first = output_of(process).splitlines()[0]
    assert int(first.split()[2]) >= 40
    assert_same(settings, expected)


def test_an_interruption_is_said_and_resumed(root: Path, tmp_path: Path, expected: Settings) -> None:
    """Stopped between two batches, the second run mines only what is left."""
    settings = indexed(root, tmp_path, threads=2)

    def stop(done: float, total: float, label: str) -> None:
        if done >= 24:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        mine(settings, asked(root), progress=stop)
    report = mine(settings, asked(root))
    assert (report.n_resumed, report.n_mined) == (24, N_IMAGES - 24)
    assert_same(settings, expected)
    jobs = Workspace(settings.workspace).jobs
    assert not [path for path in jobs.rglob("*") if path.suffix in {".f32", ".npz"}]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-40])], ids=["lost", "cut off"])
def test_files_that_are_lost_before_a_job_goes_on_are_mined_again(
    root: Path, tmp_path: Path, expected: Settings, damage: Callable[[Path], object]
) -> None:
    """Of what an interrupted run had written only the shard of the lost file is mined again, and the end is the same."""
    settings = indexed(root, tmp_path, threads=2)
    interrupted(settings, root, at=40)
    damage(sorted(Path(settings.workspace).rglob("body/*.parquet"))[0])
    report = mine(settings, asked(root))
    assert (report.n_resumed, report.n_mined) == (40 - SHARD, N_IMAGES - 40 + SHARD)
    assert_same(settings, expected)


def test_lost_files_that_come_out_otherwise_make_a_job_begin_anew(
    root: Path, tmp_path: Path, expected: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ranks are never of other activations than those in the files: where these cannot be had again, all is mined again."""
    settings = indexed(root, tmp_path, threads=2)
    with monkeypatch.context() as patch:
        patch.setattr(mining_pass, "iter_activations", lambda *given, **named: (rows + 1 for rows in iter_activations(*given, **named)))
        interrupted(settings, root, at=40)
    sorted(Path(settings.workspace).rglob("body/*.parquet"))[0].unlink()
    report = mine(settings, asked(root))
    assert (report.n_resumed, report.n_mined) == (0, N_IMAGES + SHARD)
    assert_same(settings, expected)


def interrupted(settings: Settings, root: Path, *, at: int) -> None:
    """Mine until `at` images are done."""

    def stop(done: float, total: float, label: str) -> None:
        if done >= at:
            raise Interrupted("enough")

    with pytest.raises(Interrupted):
        mine(settings, asked(root), progress=stop)


def test_layers_that_are_added_are_mined_alone(root: Path, tmp_path: Path, expected: Settings) -> None:
    """One layer after the other gives what both together gave, but for the record of which shared a pass."""
    settings, first = mined(root, tmp_path, layers=("body",))
    again = mine(settings, asked(root))
    assert (first.already_mined, again.already_mined) == ((), ("body",))
    for table in ("units", "exemplars", "crops"):
        assert contents(settings)[table] == contents(expected)[table]


def test_added_images_are_mined_alone(root: Path, tmp_path: Path) -> None:
    """A set that grows is mined on its new images; ranks, moments and bins are those of all images, and layers not asked for come along."""
    photos, later = tmp_path / "photos", tmp_path / "later"
    shutil.copytree(root / "photos", later)
    write_small(tmp_path)
    paths = sorted(path.relative_to(later) for path in later.rglob("*.png"))
    for path in paths[:40]:
        (photos / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(later / path, photos / path)
    settings, first = mined(tmp_path, tmp_path)
    for path in paths[40:]:
        (photos / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(later / path, photos / path)
    index_folder(settings, photos, name="shapes")
    report = mine(settings, asked(tmp_path, layers=("body",)))
    assert (first.n_mined, report.n_mined, report.n_resumed, report.brought_along) == (40, 20, 40, ("stem",))
    workspace, study = Workspace(settings.workspace), study_of(settings)
    cursor = CatalogueReader(workspace).cursor()
    for layer in ("stem", "body"):
        files = mined_read.activation_files(cursor, workspace, study.key, layer)
        matrix = activations.read_layer(cursor, files)
        assert len(matrix) == N_IMAGES and len(files) == 5  # 16 + 16 + 8, then 16 + 4
        for channel in range(matrix.shape[1]):
            found = unit_read.activation_summary(cursor, study, Unit(layer, channel))
            column = matrix[:, channel].astype(np.float64)
            assert (found.n, found.min, found.max, sum(found.counts)) == (N_IMAGES, column.min(), column.max(), N_IMAGES)
            assert (found.mean, found.sd) == pytest.approx((column.mean(), column.std()), rel=1e-9)
            ids = unit_read.ranked_ids(cursor, study.key, [Unit(layer, channel)])[Unit(layer, channel), "max"]
            assert list(ids) == sorted(range(N_IMAGES), key=lambda image: (-column[image], image))[:20]
    assert len(contents(settings)["crops"]) == N_IMAGES
    assert mine(settings, asked(tmp_path)).n_mined == 0


def test_more_exemplars_need_no_pass(root: Path, tmp_path: Path) -> None:
    """From 5 exemplars to 20: ranked again from the stored activations, as if 20 had been asked for at once."""
    settings, _ = mined(root, tmp_path, top_k=5)
    report = mine(settings, asked(root))
    at_once, _ = mined(root, tmp_path / "at_once")
    assert report.n_mined == 0
    for table in ("units", "exemplars", "shards"):
        assert contents(settings)[table] == contents(at_once)[table]


def test_more_exemplars_of_a_set_that_has_grown_need_a_pass_of_what_is_new(root: Path, tmp_path: Path) -> None:
    """The new images are mined, then all are ranked from the stored activations, as if 20 had been asked for at once."""
    photos = tmp_path / "photos"
    shutil.copytree(root / "photos", photos)
    write_small(tmp_path)
    late = sorted(photos.rglob("*.png"))[40:]
    contents_of = {path: path.read_bytes() for path in late}
    for path in late:
        path.unlink()
    settings, _ = mined(tmp_path, tmp_path, top_k=5)
    for path, content in contents_of.items():
        path.write_bytes(content)
    index_folder(settings, photos, name="shapes")
    report = mine(settings, asked(tmp_path))
    assert report.n_mined == N_IMAGES - 40
    at_once, _ = mined(tmp_path, tmp_path / "at_once")
    assert contents(settings)["exemplars"] == contents(at_once)["exemplars"]


def test_rounded_activations_leave_the_ranks_alone(root: Path, tmp_path: Path, expected: Settings) -> None:
    """With float16, exemplars and their activations are those of float32; the files are about half as large."""
    settings, _ = mined(root, tmp_path, activation_type="float16")
    assert contents(settings)["exemplars"] == contents(expected)["exemplars"]
    assert contents(settings)["units"] == contents(expected)["units"]
    matrices = []
    for one in (settings, expected):
        cursor = CatalogueReader(Workspace(one.workspace)).cursor()
        files = mined_read.activation_files(cursor, Workspace(one.workspace), "small/shapes", "body")
        matrices.append(activations.read_layer(cursor, files))
    np.testing.assert_array_equal(matrices[0], matrices[1].astype(np.float16).astype(np.float32))


def test_another_reduction_is_another_study(root: Path, tmp_path: Path, expected: Settings) -> None:
    """Maxima are mined beside the means under a name of their own, with the positions in the files."""
    shutil.copytree(expected.workspace, tmp_path / "workspace")
    settings = Settings(tmp_path / "workspace", device="cpu", threads=2)
    report = mine(settings, asked(root, reduction="max"))
    assert report.study == "small/shapes+max" == study_of(settings, report.study).key
    assert study_of(settings).mining.reduction == "mean"
    reader = CatalogueReader(Workspace(settings.workspace))
    assert studies.choose_study(reader) == studies.choose_study(reader, network="small") == study_of(settings)
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    (path, *_) = mined_read.activation_files(cursor, Workspace(settings.workspace), report.study, "stem")
    rows = cursor.execute("SELECT max(position), count(*) FROM read_parquet(?)", [str(path)]).fetchall()
    assert 0 < rows[0][0] < 32 * 32 and rows[0][1] == SHARD * 6


def test_half_precision_says_what_it_does(root: Path, tmp_path: Path) -> None:
    """Rank correlations with full precision are reported, and what was mined in half is not taken for full."""
    settings, report = mined(root, tmp_path, half=True)
    found = report.half_agreement
    assert found is not None and found.n_images == N_IMAGES
    assert 0.9 < found.lowest <= found.median < 1 and found.lowest_unit.partition(":")[0] in {"stem", "body"}
    assert mine(settings, asked(root)).n_mined == N_IMAGES


def test_a_set_indexed_anew_meanwhile_is_noticed(root: Path, tmp_path: Path) -> None:
    """Where the images changed while they were mined, nothing is published."""
    shutil.copytree(root / "photos", tmp_path / "photos")
    write_small(tmp_path)
    settings = indexed(tmp_path, tmp_path)

    def index_anew(done: float, total: float, label: str) -> None:
        if done == total and label == "mining images":
            next((tmp_path / "photos").rglob("*.png")).unlink()
            index_folder(settings, tmp_path / "photos", name="shapes", replace=True)

    with pytest.raises(StaleWork, match="indexed anew"):
        mine(settings, asked(tmp_path), progress=index_anew)
    assert contents(settings)["mined_layers"] == []


def test_no_exemplars_are_refused(root: Path, tmp_path: Path) -> None:
    """At least one is asked for."""
    with pytest.raises(UsageError, match="--top 0"):
        mined(root, tmp_path, top_k=0)
