"""A check of a workspace: each kind of damage is found, and nothing else; what it finds is told by the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.errors import NotReady, StoreBusy
from core.services import pictures
from core.services.checking.checking import check
from core.services.studies import choose_study
from core.settings import Settings
from core.store import artifacts, catalogue_read, mined_read, render_read
from core.store.observations import put_observations
from core.store.publication import CatalogueReader, newest_version
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.core.services.checked import change, checked, flip_last_byte, flip_value, only, photos, shards, tear
from tests.studies import MAIN_UNITS, Workplace, observations, observer_card


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
        "exemplary observe",
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


def test_a_set_is_indexed_again_from_all_its_sources(place: Workplace) -> None:
    """Which sources were named is not known afterwards: the command names the folder, and says when that would not be enough."""
    photos(place)[7].unlink()
    text = only(checked(place)).text
    assert f"`exemplary index {place.study.image_set.folder} --name shapes --replace` (if the set was made of several sources" in text


def test_a_layer_is_mined_again_as_it_was(place: Workplace) -> None:
    """The command that mends a layer has the options that it was mined with, or it would mine another study."""
    spec = "json_merge_patch(spec, json_object('top_k', 50, 'reduction', 'max', 'activation_type', 'float16', 'precision', 'half'))"
    change(place, f"UPDATE mined_layers SET spec = {spec} WHERE layer = 'mixed4a'")
    shards(place)[1].unlink()
    texts = [one.text for one in checked(place, deep=False).findings if "files of mixed4a are missing" in one.text]
    wanted = "--images shapes --layers mixed4a --top 50 --reduction max --activations float16 --half`"
    assert len(texts) == 1 and wanted in texts[0]


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


@pytest.mark.parametrize(("changed", "text"), [("stimuli_digest", "observe --study tiny/shapes"), ("study", "not mined any more")])
def test_stale_answers_of_observers_are_a_note(place: Workplace, changed: str, text: str) -> None:
    """Answers to a former network or former images, and to a study that is gone, are named; the workspace is well."""
    next(place.workspace.observers.glob("*.parquet")).unlink()
    former: dict[str, Any] = {changed: "former"}
    put_observations(place.workspace, replace(observer_card(place.study), **former), observations(MAIN_UNITS[:1]))
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
    from core.services.mining.mining import mine
    from core.services.mining.mining_plan import MiningRequest

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
