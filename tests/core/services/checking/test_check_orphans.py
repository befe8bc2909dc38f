"""Files that nothing refers to: found with their sizes, and only they are removed."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from core.domain import RenderCourse, Unit, digest
from core.errors import StoreBusy
from core.jobs import started
from core.jobs.job import working
from core.services.renders.render_requests import SynthesisRequest
from core.store import artifacts, catalogue_write, mined_read, render_read
from core.store.publication import CatalogueReader, newest_version, publish
from core.store.responses import ResponseStore
from tests.core.services.checked import checked, only, unfinished_mining
from tests.studies import Workplace, rating_tasks, session_of, trials_of

OLD_S = 3600.0


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


def test_the_lock_of_started_commands_is_no_orphan(place: Workplace) -> None:
    """However long ago a command was started last, the file that those who start commands hold is none of a dead process."""
    with started.turn(place.workspace):
        pass
    for path in (place.workspace.jobs / started.STARTED).iterdir():
        os.utime(path, (path.stat().st_mtime - OLD_S,) * 2)
    assert checked(place).findings == ()


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
    """What people were shown, in trials or to rate it, stays, also where no catalogue knows it any more."""
    trials, tasks = trials_of(2), rating_tasks()
    with ResponseStore(place.workspace) as store:
        store.add_session(session_of(), trials, tasks)
    shown = trials[0].max_references[0], trials[1].query_top, tasks[0].synthetic[0], tasks[0].natural[0]
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
