"""Indexing a folder: labels, skipped files with reasons, duplicates, and mined work that is never lost unasked."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import StaleWork, UsageError
from core.services.images.indexing import IndexReport, index_folder
from core.services.studies import list_studies
from core.store import catalogue_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.studies import LABELS, encoded, picture, publish_study, settings_of, tiny_study, write_photos


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos", n=24)
    return tmp_path / "photos"


def index(workspace: Workspace, folder: Path, **options: object) -> IndexReport:
    return index_folder(settings_of(workspace), folder, name="shapes", **options)  # type: ignore[arg-type]


def reasons(report: IndexReport) -> dict[str, str]:
    return {file.path: file.reason for file in report.skipped}


def test_labels_are_the_parent_folders(empty_workspace: Workspace, photos: Path) -> None:
    """Images are numbered in path order; a label is the folder that holds the file, sizes are those of the upright image."""
    report = index(empty_workspace, photos)
    assert (report.n_labels, report.image_set.n_images, report.is_changed) == (len(LABELS), 24, True)
    images = catalogue_read.images(CatalogueReader(empty_workspace).cursor(), "shapes")
    assert [image.image_id for image in images] == list(range(24))
    assert [image.path for image in images] == sorted(image.path for image in images)
    for image in images:
        assert image.label == Path(image.path).parent.name
        with Image.open(photos / image.path) as opened:
            assert opened.size == (image.width_px, image.height_px)


def test_a_labels_file_translates_folder_names(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Words stand for folder names: their first term, or all of them where that would name two folders; unlisted names stay."""
    write_photos(tmp_path / "photos", n=8, labels=("n01", "n02", "n03", "n04"))
    labels = tmp_path / "words.txt"
    labels.write_text("n01 tench, Tinca tinca\nn02 crane, bird\n\nn03 crane, machine\nn99 nothing\nn98\n")
    index(empty_workspace, tmp_path / "photos", labels=labels)
    images = catalogue_read.images(CatalogueReader(empty_workspace).cursor(), "shapes")
    assert sorted({image.label for image in images}) == ["crane, bird", "crane, machine", "n04", "tench"]


@pytest.mark.parametrize("content", [None, b"n01 caf\xe9\n"])
def test_an_unreadable_labels_file_is_a_sentence(empty_workspace: Workspace, photos: Path, tmp_path: Path, content: bytes | None) -> None:
    """A labels file that is missing or not UTF-8 is refused before anything is indexed."""
    if content is not None:
        (tmp_path / "words.txt").write_bytes(content)
    with pytest.raises(UsageError, match=r"words\.txt"):
        index(empty_workspace, photos, labels=tmp_path / "words.txt")
    assert not empty_workspace.catalogue.exists()


def test_what_cannot_be_used_is_listed_with_its_reason(empty_workspace: Workspace, photos: Path) -> None:
    """Files that are no images, broken, empty, doubled or gone are skipped one by one; hidden files are not looked at."""
    (photos / "axolotl" / "notes.txt").write_text("no image")
    (photos / "axolotl" / "renamed.jpg").write_text("text")
    (photos / "axolotl" / "empty.png").touch()
    (photos / "axolotl" / "half.png").write_bytes((photos / "axolotl" / "0000.png").read_bytes()[:150])
    (photos / "daisy" / "copy.PNG").write_bytes((photos / "axolotl" / "0000.png").read_bytes())
    (photos / "daisy" / "gone.png").symlink_to(photos / "nowhere.png")
    (photos / ".hidden.png").touch()
    report = index(empty_workspace, photos)
    found = reasons(report)
    assert set(found) == {
        "axolotl/notes.txt", "axolotl/renamed.jpg", "axolotl/empty.png", "axolotl/half.png", "daisy/copy.PNG", "daisy/gone.png",
    }  # fmt: skip
    assert all(found.values()) and "axolotl/0000.png" in found["daisy/copy.PNG"]
    assert report.image_set.n_images == 24 and report.image_set.n_skipped == 6
    assert catalogue_read.skipped(CatalogueReader(empty_workspace).cursor(), "shapes") == tuple(
        sorted(report.skipped, key=lambda file: file.path)
    )


def test_odd_names_and_files_do_not_stop_indexing(empty_workspace: Workspace, photos: Path) -> None:
    """A name that is not UTF-8, and a pipe that would never end, are skipped; everything else is indexed."""
    content = picture(np.random.default_rng(99), (40, 40))
    Path(os.fsdecode(os.fsencode(photos) + b"/daisy/caf\xe9.png")).write_bytes(content)
    os.mkfifo(photos / "daisy" / "pipe.png")
    report = index(empty_workspace, photos)
    assert report.image_set.n_images == 24
    assert len(report.skipped) == 2 and all(file.reason for file in report.skipped)


def test_links_are_followed_once(empty_workspace: Workspace, photos: Path, tmp_path: Path) -> None:
    """A link to a folder is looked into; a link that leads back up ends."""
    write_photos(tmp_path / "more", n=9, size_px=52)
    (photos / "more").symlink_to(tmp_path / "more")
    (photos / "daisy" / "up").symlink_to(photos)
    assert index(empty_workspace, photos).image_set.n_images == 33


def test_rotated_photos_have_their_upright_size(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Width and height are those that people see."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(encoded(Image.new("RGB", (20, 10)), "JPEG", exif=exif))
    index(empty_workspace, tmp_path / "photos")
    (image,) = catalogue_read.images(CatalogueReader(empty_workspace).cursor(), "shapes")
    assert (image.width_px, image.height_px) == (10, 20)


def test_an_unchanged_folder_is_not_published_again(empty_workspace: Workspace, photos: Path) -> None:
    """Indexing the same folder twice changes nothing and says so."""
    first = index(empty_workspace, photos)
    second = index(empty_workspace, photos)
    assert (first.is_changed, second.is_changed) == (True, False)
    assert second.image_set == first.image_set
    assert CatalogueReader(empty_workspace).version == 1


def test_a_changed_folder_that_was_not_mined_is_indexed_anew(empty_workspace: Workspace, photos: Path) -> None:
    """Before mining, a folder may change freely."""
    first = index(empty_workspace, photos)
    (photos / "axolotl" / "0000.png").unlink()
    second = index(empty_workspace, photos)
    assert second.is_changed and second.image_set.n_images == 23
    assert second.image_set.set_digest != first.image_set.set_digest


def test_mined_work_is_not_lost_unasked(tmp_path: Path) -> None:
    """A folder that changed after mining is refused and all stays; asked to replace, what was mined from it is dropped."""
    study = tiny_study(tmp_path, n_images=60, top_k=20, n_renders=0, observed=False)
    workspace = Workspace(tmp_path / "workspace")
    version = CatalogueReader(workspace).version
    (tmp_path / "photos" / "axolotl" / "0000.png").unlink()
    with pytest.raises(StaleWork, match=r"shapes.*tiny/shapes.*--replace"):
        index(workspace, tmp_path / "photos")
    assert CatalogueReader(workspace).version == version
    assert list_studies(CatalogueReader(workspace)) == (study,)
    assert index(workspace, tmp_path / "photos", replace=True).image_set.n_images == 59
    assert list_studies(CatalogueReader(workspace)) == ()
    publish_study(workspace, study.network, "shapes", top_k=20)
    assert list_studies(CatalogueReader(workspace))[0].image_set.n_images == 59


@pytest.mark.parametrize("name", ["", "a/b", ".hidden", "--workspace"])
def test_names_that_cannot_be_paths_or_are_options_are_refused(empty_workspace: Workspace, photos: Path, name: str) -> None:
    """An image set's name is used in addresses and in commands."""
    with pytest.raises(UsageError, match="name"):
        index_folder(settings_of(empty_workspace), photos, name=name)


def test_a_folder_without_images_is_refused(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Missing folders and folders without any image are told apart, and nothing is stored."""
    with pytest.raises(UsageError, match="not a folder"):
        index(empty_workspace, tmp_path / "missing")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("text")
    with pytest.raises(UsageError, match="1 files"):
        index(empty_workspace, tmp_path / "notes")
    assert not empty_workspace.root.exists()


def test_progress_counts_every_file(empty_workspace: Workspace, photos: Path) -> None:
    """Whoever waits sees all files go by."""
    seen: list[tuple[int, int]] = []
    index(empty_workspace, photos, progress=lambda done, total, _: seen.append((done, total)))
    assert seen == [(done, 24) for done in range(1, 25)]
