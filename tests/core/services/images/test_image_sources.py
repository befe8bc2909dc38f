"""The same photos as folder, archive, table and at an address: indexed, mined and shown alike; sets that grow keep their numbers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from core.domain import ImageFile
from core.errors import StaleWork, UsageError
from core.image_files import read_bytes
from core.image_files.numbering import is_prefix
from core.services.images.indexing import IndexReport, IndexRequest, index_images
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.services.pictures import picture, thumbnail
from core.services.studies import list_studies
from core.settings import Settings
from core.store import catalogue_read, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.core.image_files.sources import images, write_table, write_tar, write_zip
from tests.core.services.computed import write_small
from tests.studies import Workplace, settings_of, tiny_study, write_photos

N = 24


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of photos."""
    folder = tmp_path_factory.mktemp("photos") / "photos"
    write_photos(folder, n=N)
    return folder


@pytest.fixture(scope="module")
def everywhere(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return sources that all hold these photos, by kind."""
    root = tmp_path_factory.mktemp("everywhere")
    files = sorted((path.relative_to(photos).as_posix(), path.read_bytes()) for path in photos.rglob("*.png"))
    write_zip(root / "photos.zip", files)
    for shard in range(2):
        write_tar(root / f"shard-{shard:03d}.tar", files[shard * N // 2 : (shard + 1) * N // 2])
    cells = {"image": images(content for _, content in files), "label": [name.split("/")[0] for name, _ in files]}
    write_table(root / "set" / "train-00000-of-00001.parquet", cells, group=5)
    fsspec.filesystem("memory").pipe({f"/everywhere/{name}": content for name, content in files})
    yield {
        "folder": str(photos),
        "zip": str(root / "photos.zip"),
        "tar": str(root / "shard-{000..001}.tar"),
        "parquet": str(root / "set"),
        "address": "memory://everywhere",
    }
    fsspec.filesystem("memory").rm("/everywhere", recursive=True)


def index(workspace: Workspace, *sources: object, name: str = "shapes", **options: object) -> IndexReport:
    return index_images(settings_of(workspace), IndexRequest(tuple(map(str, sources)), name, **options))  # type: ignore[arg-type]


def indexed(workspace: Workspace, name: str = "shapes") -> tuple[ImageFile, ...]:
    return catalogue_read.images(CatalogueReader(workspace).cursor(), name)


def test_every_source_gives_the_same_study(everywhere: dict[str, str], tmp_path: Path) -> None:
    """Numbers, contents and labels are equal, and so is every exemplar with its activation and its picture."""
    settings = Settings(tmp_path / "workspace", device="cpu", threads=2)
    workspace, network = Workspace(settings.workspace), write_small(tmp_path / "networks")
    found: dict[str, list[object]] = {}
    for kind, source in everywhere.items():
        report = index(workspace, source, name=kind)
        assert (report.image_set.n_images, report.n_labels, report.skipped) == (N, 8, ())
        mine(settings, MiningRequest(network, kind, top_k=5))
        reader = CatalogueReader(workspace)
        study = next(one for one in list_studies(reader) if one.image_set.name == kind)
        cursor = reader.cursor()
        exemplars = unit_read.exemplars(cursor, study, unit_read.live_units(cursor, study.key), limit=5)
        files = [replace(image, path="") for image in indexed(workspace, kind)]
        found[kind] = [*files, *(replace(one, path="") for one in exemplars)]
        shutil.rmtree(workspace.images, ignore_errors=True)
        assert picture(workspace, reader, exemplars[0].address) and thumbnail(workspace, reader, exemplars[0].address)
        assert read_bytes("", exemplars[0].path) == read_bytes(study.image_set.folder, indexed(workspace, kind)[exemplars[0].image_id].path)
    assert len(found["folder"]) > N
    assert all(found[kind] == found["folder"] for kind in everywhere)


def test_the_first_file_that_cannot_be_used_is_in_the_refusal(empty_workspace: Workspace, tmp_path: Path) -> None:
    """A source without any image says why: an empty archive, a table without images."""
    with pytest.raises(UsageError, match=r"empty\.zip can be used \(0 files looked at\)"):
        index(empty_workspace, write_zip(tmp_path / "empty.zip", []))
    with pytest.raises(UsageError, match=r"has no column of images \(columns: text\)"):
        index(empty_workspace, write_table(tmp_path / "words.parquet", {"text": ["a"]}))
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(UsageError, match="not a zip archive"):
        index(empty_workspace, tmp_path / "broken.zip")
    assert not empty_workspace.root.exists()


def test_options_of_other_sources_are_refused(empty_workspace: Workspace, photos: Path) -> None:
    """A folder has no split."""
    with pytest.raises(UsageError, match="--split and --root"):
        index(empty_workspace, photos, split="test")


# --- sets that grow -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mined(tmp_path: Path) -> Workplace:
    """Return a mined study of photos that the test may change."""
    study = tiny_study(tmp_path, n_images=60, top_k=20, n_renders=0)
    return Workplace(Workspace(tmp_path / "workspace"), study)


def photos_of(mined: Workplace) -> Path:
    return Path(mined.study.image_set.folder)


def test_what_was_mined_stays_when_images_are_added(mined: Workplace, tmp_path: Path) -> None:
    """Former images keep numbers and addresses, new ones follow in path order, studies and answers to their stimuli stay."""
    workspace, former = mined.workspace, indexed(mined.workspace)
    addresses = catalogue_read.crop_addresses(CatalogueReader(workspace).cursor(), mined.study)
    write_photos(tmp_path / "more", n=70, labels=("aardvark", "zebra"), size_px=50)
    shutil.copytree(tmp_path / "more", photos_of(mined), dirs_exist_ok=True)
    report = index(workspace, photos_of(mined))
    images = indexed(workspace)
    assert (report.n_before, report.n_added, report.n_moved, report.is_changed) == (60, 70, 0, True)
    assert images[:60] == former and is_prefix(former, images)
    assert [image.path for image in images[60:]] == sorted(image.path for image in images[60:]) and images[60].label == "aardvark"
    (study,) = list_studies(CatalogueReader(workspace))
    assert study.mining == mined.study.mining and study.image_set.n_images == 130
    assert study.stimuli_digest == mined.study.stimuli_digest  # until the new images are mined
    assert catalogue_read.crop_addresses(CatalogueReader(workspace).cursor(), study) == addresses
    assert not index(workspace, photos_of(mined)).is_changed


def test_images_may_be_renamed_and_moved(mined: Workplace) -> None:
    """An image is its content: under another path, or in an archive, it keeps its number, and its label is the new one."""
    workspace, former, top = mined.workspace, indexed(mined.workspace), photos_of(mined)
    (top / "axolotl").rename(top / "zz salamander")
    report = index(workspace, top)
    images = indexed(workspace)
    assert (report.n_added, report.n_moved) == (0, sum(image.label == "axolotl" for image in former))
    assert [image.content_hash for image in images] == [image.content_hash for image in former]
    assert all(now.label == ("zz salamander" if was.label == "axolotl" else was.label) for was, now in zip(former, images, strict=True))
    (study,) = list_studies(CatalogueReader(workspace))
    assert study.stimuli_digest == mined.study.stimuli_digest
    packed = write_zip(top.parent / "photos.zip", [(image.path, (top / image.path).read_bytes()) for image in images])
    shutil.rmtree(top)
    index(workspace, packed)
    reader = CatalogueReader(workspace)
    assert [image.content_hash for image in indexed(workspace)] == [image.content_hash for image in former]
    assert picture(workspace, reader, next(iter(catalogue_read.crop_addresses(reader.cursor(), study).values())))


def test_a_folder_that_moved_keeps_what_was_mined(mined: Workplace) -> None:
    """Only where the folder lies is noted."""
    photos_of(mined).rename(photos_of(mined).with_name("elsewhere"))
    report = index(mined.workspace, photos_of(mined).with_name("elsewhere"))
    assert (report.n_added, report.n_moved, report.image_set.set_digest) == (0, 0, mined.study.image_set.set_digest)
    assert list_studies(CatalogueReader(mined.workspace))[0].image_set.folder.endswith("elsewhere")


def test_the_refusal_counts_what_is_missing(mined: Workplace) -> None:
    """Removed, changed and added images are told apart; asked to replace, all are numbered anew and what was mined is dropped."""
    workspace, top, former = mined.workspace, photos_of(mined), indexed(mined.workspace)
    contents = [(top / image.path).read_bytes() for image in former[:4]]
    (top / former[0].path).unlink()
    (top / former[1].path).write_bytes(contents[0] + b"\0")
    (top / former[2].path).write_bytes(contents[2][:50])
    (top / "aa.png").write_bytes(contents[3] + b"\0")
    with pytest.raises(StaleWork, match=re.escape("60 images then; 1 removed, 2 changed, 1 added")):
        index(workspace, top)
    assert indexed(workspace) == former
    index(workspace, top, replace=True)
    paths = [image.path for image in indexed(workspace)]
    assert paths == sorted(paths) and len(paths) == 59 and list_studies(CatalogueReader(workspace)) == ()


def test_skipped_files_are_kept_up_to_date(mined: Workplace) -> None:
    """A file that cannot be used is listed, though no image was added."""
    (photos_of(mined) / "notes.txt").write_text("x")
    assert index(mined.workspace, photos_of(mined)).is_changed
    assert [file.path for file in catalogue_read.skipped(CatalogueReader(mined.workspace).cursor(), "shapes")] == ["notes.txt"]
    (photos_of(mined) / "notes.txt").unlink()
    index(mined.workspace, photos_of(mined))
    assert catalogue_read.skipped(CatalogueReader(mined.workspace).cursor(), "shapes") == ()
