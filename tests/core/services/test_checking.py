"""A check of a workspace: each kind of damage is found, and nothing else; only what nothing refers to is removed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.cli import main
from core.domain import RenderCourse, Unit, digest
from core.errors import NotReady, StoreBusy
from core.jobs.job import working
from core.services import pictures
from core.services.check_jobs import resuming_command, unfinished_jobs
from core.services.checking import CheckReport, check
from core.services.finding import Finding
from core.services.render_queue import enqueue
from core.services.render_requests import SynthesisRequest
from core.services.studies import choose_study
from core.settings import Settings
from core.store import artifacts, catalogue_read, catalogue_write, mined_read, mining_state, render_read
from core.store.activations import Shard
from core.store.mining_state import MiningState
from core.store.observations import put_observations
from core.store.publication import CatalogueReader, newest_version, publish
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import MAIN_UNITS, Workplace, observations, observer_spec, session_of, settings_of, trials_of

OLD_S = 3600.0


@pytest.fixture
def place(built_study: Workplace, tmp_path: Path) -> Workplace:
    """Return a copy of the small study and its photos, for one test to damage."""
    root = built_study.workspace.root.parent
    shutil.copytree(root, tmp_path / "copy")
    workspace = Workspace(tmp_path / "copy" / "workspace")
    copy = Workplace(workspace, built_study.study)
    change(copy, "UPDATE image_sets SET folder = ?", str(tmp_path / "copy" / "photos"))
    return Workplace(workspace, choose_study(CatalogueReader(workspace)))


def checked(place: Workplace, *, deep: bool = True, mend: bool = False) -> CheckReport:
    """Return the report of a check."""
    return check(settings_of(place.workspace), deep=deep, mend=mend)


def only(report: CheckReport) -> Finding:
    """Return the one thing that was found."""
    assert len(report.findings) == 1, [one.text for one in report.findings]
    return report.findings[0]


def photos(place: Workplace) -> list[Path]:
    """Return the photos, by path."""
    return sorted(Path(place.study.image_set.folder).rglob("*.png"))


def shards(place: Workplace, layer: str = "mixed4a") -> list[Path]:
    """Return a layer's activation files."""
    cursor = CatalogueReader(place.workspace).cursor()
    return mined_read.activation_files(cursor, place.workspace, place.study.key, layer)


def tear(path: Path) -> None:
    """Take the end of a file away."""
    path.write_bytes(path.read_bytes()[:-40])


def flip_last_byte(path: Path) -> None:
    """Damage a file so that its size stays."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 255
    path.write_bytes(content)


def flip_value(path: Path) -> None:
    """Damage one stored activation, so that the file can be read still."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def change(place: Workplace, statement: str, *parameters: object) -> None:
    """Publish a catalogue in which a statement was run."""

    def apply(cursor: catalogue_write.Cursor) -> None:
        cursor.execute(statement, list(parameters))

    publish(place.workspace, apply)


@pytest.mark.parametrize("deep", [True, False])
def test_a_healthy_workspace_is_well(place: Workplace, deep: bool) -> None:
    """Nothing is found in a study as it was built, whether every file is read or not."""
    report = checked(place, deep=deep)
    assert report.is_well and not report.findings


def test_an_empty_workspace_is_told_so(tmp_path: Path) -> None:
    """Where nothing was published there is nothing to check."""
    with pytest.raises(NotReady, match="empty"):
        check(Settings(tmp_path, "cpu", 2))


Damage = Callable[[Workplace], object]
DAMAGES: dict[str, tuple[Damage, str]] = {
    "folder": (lambda place: shutil.move(place.study.image_set.folder, place.workspace.root.parent / "moved"), "exemplary index FOLDER"),
    "photo gone": (lambda place: photos(place)[7].unlink(), "1 of 120 images of 'shapes' are not there"),
    "photo changed": (lambda place: flip_last_byte(photos(place)[7]), "1 of 120 images of 'shapes' are not what they were"),
    "rows": (lambda place: change(place, "DELETE FROM skipped; UPDATE image_sets SET n_images = 121"), "121"),
    "shard gone": (lambda place: shards(place)[1].unlink(), "1 of 3 activation files of mixed4a are missing"),
    "shard torn": (lambda place: shards(place)[1].write_bytes(b"PAR1"), "1 of 3 activation files of mixed4a are damaged"),
    "shard changed": (lambda place: flip_value(shards(place)[0]), "1 of 3 activation files of mixed4a are damaged"),
    "shard unlisted": (
        lambda place: change(place, "DELETE FROM shards WHERE layer = 'mixed4a' AND first_image = 50"),
        "hold the activations of 50 of 120 images",
    ),
    "units": (lambda place: change(place, "DELETE FROM units WHERE layer = 'mixed4a' AND channel = 3"), "has 7 units instead of 8"),
    "n": (
        lambda place: change(place, "UPDATE units SET n = 119 WHERE layer = 'mixed4a' AND channel = 3"),
        "1 units of mixed4a in tiny/shapes were not mined on all",
    ),
    "exemplars": (
        lambda place: change(place, "DELETE FROM exemplars WHERE layer = 'mixed4a' AND channel = 3 AND rank = 0"),
        "has 638 exemplars instead of 640",
    ),
    "exemplar of nothing": (
        lambda place: change(place, "UPDATE exemplars SET image_id = 500 WHERE layer = 'mixed4a' AND channel = 3 AND rank = 0"),
        "2 exemplars of mixed4a in tiny/shapes show images that 'shapes' does not have",
    ),
    "render gone": (lambda place: renders(place)[0].unlink(), "1 of 180 stored images are missing"),
    "render changed": (lambda place: flip_last_byte(renders(place)[0]), "1 of 180 stored images are not what was stored"),
    "crop torn": (lambda place: tear(crop(place)), "1 of 1 kept crops are damaged"),
    "observers": (
        lambda place: next(place.workspace.observers.glob("*.parquet")).write_bytes(b"PAR1"),
        "exemplary simulate",
    ),
    "answers": (lambda place: place.workspace.responses.write_bytes(b"no database"), "responses.duckdb cannot be read"),
}


def crop(place: Workplace) -> Path:
    """Return the file of a natural image that was shown."""
    reader = CatalogueReader(place.workspace)
    address = next(iter(catalogue_read.crop_addresses(reader.cursor(), place.study).values()))
    assert pictures.picture(place.workspace, reader, address)
    return artifacts.image_path(place.workspace, address)


def renders(place: Workplace) -> list[Path]:
    """Return the files of the synthetic images."""
    cursor = CatalogueReader(place.workspace).cursor()
    return [place.workspace.root / one.path for one in render_read.renders(cursor, place.study.network)]


@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_is_the_only_finding(place: Workplace, name: str) -> None:
    """A deep check names what is damaged, and finds nothing else wrong."""
    damage, text = DAMAGES[name]
    damage(place)
    report = checked(place)
    found = only(report)
    assert found.kind == "wrong" and text in found.text and not report.is_well


def test_what_was_mined_with_another_network_is_found(place: Workplace) -> None:
    """Every layer of a study whose network has other weights now is named."""
    change(place, "UPDATE networks SET network_digest = 'another'")
    *layers, observers = sorted(checked(place, deep=False).findings, key=lambda one: one.kind, reverse=True)
    assert [one.kind for one in layers] == ["wrong"] * 3 and (observers.kind, observers.about) == ("note", "observers")
    assert all("other weights" in one.text and "exemplary mine --network tiny --images shapes" in one.text for one in layers)


def test_images_that_are_not_mined_yet_are_counted(place: Workplace) -> None:
    """Where a set has grown since, the command that mines the rest is named."""
    change(place, "INSERT INTO images SELECT image_set, 120, repeat('0', 64), 'new.png', label, 40, 40 FROM images WHERE image_id = 0")
    change(place, "UPDATE image_sets SET n_images = 121")
    shutil.copy(photos(place)[0], Path(place.study.image_set.folder) / "new.png")
    found = [one.text for one in checked(place, deep=False).findings if "mined on 120 of the 121 images" in one.text]
    assert len(found) == 3 and all("exemplary mine" in text for text in found)


def test_without_deep_only_a_sample_is_compared(place: Workplace) -> None:
    """A quick check finds every missing photo, and compares the bytes of every third of 120."""
    flip_last_byte(photos(place)[1])
    flip_value(shards(place)[0])
    assert checked(place, deep=False).is_well
    photos(place)[1].unlink()
    assert "1 of 120 images" in only(checked(place, deep=False)).text


def test_a_photo_in_an_archive_counts_as_there_with_its_archive(place: Workplace) -> None:
    """A path that leads through a file is there while that file is."""
    archive = Path(place.study.image_set.folder) / "more.tar"
    archive.write_bytes(b"")
    change(place, "UPDATE images SET path = 'more.tar/1.png' WHERE image_id = 1")
    assert checked(place, deep=False).is_well
    archive.unlink()
    assert "more.tar/1.png" in only(checked(place, deep=False)).text


def test_a_torn_catalogue_is_found(place: Workplace) -> None:
    """A current version that is no database, and an older one: each with what to do."""
    newest = newest_version(place.workspace)
    assert newest is not None
    newest.write_bytes(b"no database")
    report = checked(place)
    assert f"catalogue/{newest.name}" in only(report).text and "move it away" in report.findings[0].text


@pytest.mark.parametrize(("changed", "text"), [("stimuli_digest", "simulate --study tiny/shapes"), ("study", "not mined any more")])
def test_stale_answers_of_observers_are_a_note(place: Workplace, changed: str, text: str) -> None:
    """Answers to a former network or former images, and to a study that is gone, are named; the workspace is well."""
    next(place.workspace.observers.glob("*.parquet")).unlink()
    put_observations(place.workspace, replace(observer_spec(place.study), **{changed: "former"}), observations(MAIN_UNITS[:1]))
    found = only(checked(place))
    assert (found.kind, found.about) == ("note", "observers") and text in found.text


def test_answers_that_are_held_are_a_note(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the dashboard holds people's answers they are not checked, and no image is taken for unreferenced."""

    def busy(workspace: Workspace) -> frozenset[str]:
        raise StoreBusy("held")

    ResponseStore(place.workspace).close()
    artifacts.put_image(place.workspace, b"of nobody", address="ab" * 16)
    monkeypatch.setattr("core.store.check_read.check_responses", busy)
    report = checked(place)
    assert report.is_well and "held by another process" in only(report).text


# --- jobs ---------------------------------------------------------------------------------------------------------------------


def unfinished_mining(place: Workplace, *, layers: tuple[str, ...] = ("mixed5a",)) -> Path:
    """Leave a mining job as a kill does, with a shard that only its state knows; return the shard's file."""
    shard = place.workspace.activations(place.study.key) / "mixed5a" / "0.parquet"
    shard.parent.mkdir(parents=True)
    shutil.copy(shards(place)[0], shard)
    spec = replace(place.study.mining, layers=layers, pre_relu=(True,) * len(layers), top_k=40)
    with working(place.workspace, "mine-0123", spec=asdict(spec)) as job:
        job.report(50, 120, "mining images")
    written = Shard(0, 50, str(shard.relative_to(place.workspace.root)), "")
    mining_state.save(job.folder / "state.npz", MiningState(50, {"mixed5a": (written,)}, {}))
    lines = (job.folder / "progress.jsonl").read_text().splitlines()
    (job.folder / "progress.jsonl").write_text("\n".join(lines[:-1]) + "\n")  # the last says that it is done
    return shard


def test_an_unfinished_job_is_a_note_with_its_command(place: Workplace) -> None:
    """How far it is, that its process died, which command goes on; the shards it has written are no orphans."""
    unfinished_mining(place)
    found = only(checked(place))
    assert found.kind == "note"
    assert f"mine-0123 is unfinished at 50 of 120 (its process {os.getpid()} died" in found.text
    assert "`exemplary mine --network tiny --images shapes --layers mixed5a --top 40`" in found.text


def test_a_job_of_layers_that_are_mined_is_over_unless_a_file_of_theirs_is_lost(place: Workplace) -> None:
    """What it left is an orphan; but while it is to mine a lost file anew, it is unfinished and keeps what it has."""
    unfinished_mining(place, layers=place.study.mining.layers)
    assert {one.kind for one in checked(place).findings} == {"orphan"}
    shards(place)[1].unlink()
    assert {one.kind for one in checked(place).findings} == {"wrong", "note"}


def test_a_request_that_waits_goes_on_by_its_command(place: Workplace) -> None:
    """All that was asked for is in the command, but what is so anyway; one in the queue is left to `exemplary work`."""
    request = SynthesisRequest("tiny", units=("mixed3a:1", "mixed3a:2"), n_images=3, seed=4, stop_when_flat=True)
    enqueue(settings_of(place.workspace), request)
    assert "exemplary work" in only(checked(place)).text
    (job,) = unfinished_jobs(place.workspace, None)
    wanted = "exemplary synthesize --network tiny --units mixed3a:1 mixed3a:2 --images 3 --seed 4 --stop-when-flat"
    assert resuming_command(job) == wanted


def test_a_job_whose_spec_is_torn_is_wrong(place: Workplace) -> None:
    """It is named, and no activation file is taken for an orphan meanwhile."""
    unfinished_mining(place)
    (place.workspace.jobs / "mine-0123" / "state.npz").write_bytes(b"torn")
    assert "delete its folder" in only(checked(place)).text


# --- orphans ------------------------------------------------------------------------------------------------------------------


def leave_orphans(place: Workplace) -> list[Path]:
    """Leave one file of every kind that nothing refers to; return them."""
    root = place.workspace.root
    address = artifacts.put_image(place.workspace, b"of nobody")
    with working(place.workspace, "mine-9999", spec={}):
        pass
    left = [
        place.workspace.activations(place.study.key) / "mixed4a" / "former.parquet",
        place.workspace.checkpoints / "of-another-network" / "batch.pt",
        place.workspace.jobs / "mine-9999" / "activations-0.f32",
        root / "images" / "ab" / ".tmp-1234",
        artifacts.image_path(place.workspace, address),
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"0123456789")
        os.utime(path, (path.stat().st_mtime - OLD_S,) * 2)
    return left


def test_orphans_are_found_with_their_sizes_and_are_not_wrong(place: Workplace) -> None:
    """One finding for each kind; the workspace is well."""
    left = leave_orphans(place)
    report = checked(place)
    assert report.is_well and [one.kind for one in report.findings] == ["orphan"] * 5
    assert [one.files for one in report.findings] == [(str(path.relative_to(place.workspace.root)),) for path in left]
    assert all("take 10 B" in one.text and "--mend" in one.text for one in report.findings)


def test_old_versions_of_the_catalogue_are_orphans(place: Workplace) -> None:
    """Publishing keeps the current version and the former one; what lies beside them is removed when that is asked for."""
    former = newest_version(place.workspace)
    assert former is not None
    old = place.workspace.catalogue / "000000.duckdb"
    shutil.copyfile(former, old)
    found = only(checked(place))
    assert (found.kind, found.files) == ("orphan", ("catalogue/000000.duckdb",))
    checked(place, mend=True)
    assert not old.exists() and former.exists()


def test_mending_removes_orphans_only_and_twice_is_once(place: Workplace) -> None:
    """Every other file stays as it was; a second time there is nothing to do."""
    shard = unfinished_mining(place)
    ResponseStore(place.workspace).close()
    kept = {path: path.read_bytes() for path in place.workspace.root.rglob("*") if path.is_file()}
    left = leave_orphans(place)
    report = checked(place, mend=True)
    assert len(report.removed) == 5 and [one.kind for one in report.findings] == ["note"]
    assert not any(path.exists() for path in left) and shard.exists()
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert not checked(place, mend=True).removed


def test_nothing_is_removed_while_a_job_runs(place: Workplace) -> None:
    """What a running job has written may be referred to by nobody yet."""
    left = leave_orphans(place)
    with working(place.workspace, "synthesize-1", spec=asdict(SynthesisRequest("tiny", units=("mixed3a:1",)))):
        with pytest.raises(StoreBusy, match="synthesize-1 is running"):
            checked(place, mend=True)
        assert not any(one.kind == "wrong" for one in checked(place).findings)
    assert all(path.exists() for path in left)


def test_images_in_peoples_trials_and_snapshots_are_no_orphans(place: Workplace) -> None:
    """What people were shown stays, also where no catalogue knows it any more."""
    trials = trials_of(2)
    with ResponseStore(place.workspace) as store:
        store.add_session(session_of(), trials)
    shown = trials[0].max_references[0], trials[1].query_top
    for address in shown:
        artifacts.put_image(place.workspace, b"shown", address=address)
    snapshot = artifacts.put_image(place.workspace, b"on its way")
    course = RenderCourse(Unit("mixed3a", 1), "max", 0, "spec", 1, (0,), (0.0,), (0.0,), ((0, snapshot),), 0.0, 1, "cpu, float32")
    publish(place.workspace, lambda cursor: catalogue_write.put_courses(cursor, card=place.study.network, courses=[course]))
    assert not checked(place).findings


def test_checkpoints_of_known_recipes_are_kept(place: Workplace) -> None:
    """A batch that a current network, a published recipe and some kind of machine can go on from is no orphan."""
    spec = render_read.renders(CatalogueReader(place.workspace).cursor(), place.study.network)[0].spec_digest
    path = place.workspace.checkpoints / digest([place.study.network.network_digest, spec, "cuda, bfloat16"]) / "batch.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"state")
    assert not checked(place).findings


def test_what_two_versions_ago_referred_to_is_kept_no_longer(place: Workplace) -> None:
    """The activation files of a dropped study are kept as long as a kept version refers to them."""
    next(place.workspace.observers.glob("*.parquet")).unlink()
    cursor = CatalogueReader(place.workspace).cursor()
    n_files = sum(len(mined_read.shards(cursor, place.study.key, layer.name)) for layer in place.study.network.layers)
    publish(place.workspace, lambda cursor: catalogue_write.drop_study(cursor, place.study.key))
    assert not checked(place).findings
    publish(place.workspace, lambda cursor: catalogue_write.put_reserved(cursor, "tiny", []))
    assert len(only(checked(place)).files) == n_files == 9


# --- the command --------------------------------------------------------------------------------------------------------------


def test_the_command_says_what_is_wrong_by_its_status(place: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """0 and "well", 1 and a sentence; as JSON the same as data and nothing else on standard output."""
    where = ["--workspace", str(place.workspace.root), "check"]
    assert main(where) == 0
    assert "well (files present, counts, a sample of the images" in capsys.readouterr().out
    shards(place)[0].unlink()
    assert main(where) == 1
    assert "1 wrong" in capsys.readouterr().out
    assert main([*where, "--json", "--deep"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["is_well"], found["is_deep"], len(found["findings"])) == (False, True, 1)


def test_a_layer_that_lost_a_file_is_mined_anew(small: Settings) -> None:
    """The command that the finding names makes the workspace well again."""
    from core.services.mining import mine
    from core.services.mining_plan import MiningRequest

    workspace = Workspace(small.workspace)
    study = choose_study(CatalogueReader(workspace))
    layer = study.network.layers[0].name
    (path,) = mined_read.activation_files(CatalogueReader(workspace).cursor(), workspace, study.key, layer)
    path.unlink()
    assert f"--layers {layer}" in only(check(small)).text
    mine(small, MiningRequest(study.network.name, study.image_set.name, layers=(layer,), top_k=30))
    assert not check(small, deep=True).findings


def test_caches_are_told_with_their_sizes(place: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """What is made again when it is needed is no finding: its folders and sizes are told beside them."""
    path = place.workspace.thumbs / "ab" / "abcd.webp"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"0123456789")
    assert [(one.folder, one.n_files, one.n_bytes) for one in checked(place).caches] == [("thumbs", 1, 10)]
    assert main(["--workspace", str(place.workspace.root), "check"]) == 0
    assert "caches  thumbs 10 B" in capsys.readouterr().out
