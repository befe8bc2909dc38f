"""torchvision's data sets by name, from roots that are made by hand: nothing is downloaded here."""

from __future__ import annotations

import hashlib
import pickle
import struct
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torchvision.datasets
from PIL import Image

from core import imaging
from core.domain import ImageFile
from core.errors import UnknownName, UsageError
from core.image_files import read_bytes
from core.services.images import torchvision_sets
from core.services.images.indexing import IndexReport, IndexRequest, index_images
from core.store import catalogue_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.studies import settings_of, write_photos

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def index(workspace: Workspace, source: str, **options: Any) -> IndexReport:
    return index_images(settings_of(workspace), IndexRequest((source,), "set", **options))


def indexed(workspace: Workspace) -> tuple[ImageFile, ...]:
    return catalogue_read.images(CatalogueReader(workspace).cursor(), "set")


def pixels_of(workspace: Workspace, report: IndexReport) -> list[Any]:
    return [np.asarray(imaging.decode(read_bytes(report.image_set.folder, image.path))) for image in indexed(workspace)]


def write_mnist(root: Path, n: int = 12) -> Any:
    """Write MNIST's own files; return uint8 (n, 28, 28)."""
    values = np.random.default_rng(1).integers(0, 256, (n, 28, 28), dtype=np.uint8)
    folder = root / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for part, chosen in (("train", values), ("t10k", values[:5])):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, len(chosen), 28, 28) + chosen.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 0x801, len(chosen)) + bytes(i % 10 for i in range(len(chosen)))
        )
    return values


@pytest.fixture
def cifar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Any]:
    """Return a root with a small CIFAR10 of the right layout, and its pixels: uint8 (6 x 4, 32, 32, 3), 4 of the test part last."""
    data_set, folder = torchvision.datasets.CIFAR10, tmp_path / "root" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    values = np.random.default_rng(2).integers(0, 256, (24, 3, 32, 32), dtype=np.uint8)

    def written(name: str, content: object) -> tuple[str, str]:
        (folder / name).write_bytes(pickle.dumps(content))
        return name, hashlib.md5((folder / name).read_bytes()).hexdigest()

    def batch(number: int) -> dict[str, object]:
        return {"data": values[number * 4 : number * 4 + 4].reshape(4, -1), "labels": [(number * 4 + place) % 10 for place in range(4)]}

    trains = [written(name, batch(number)) for number, (name, _) in enumerate(data_set.train_list)]
    meta_name, meta_sum = written("batches.meta", {"label_names": CLASSES})
    monkeypatch.setattr(data_set, "train_list", trains)
    monkeypatch.setattr(data_set, "test_list", [written("test_batch", batch(5))])
    monkeypatch.setattr(data_set, "meta", {"filename": meta_name, "key": "label_names", "md5": meta_sum})
    return tmp_path / "root", values.transpose(0, 2, 3, 1)


def test_images_that_are_no_files_are_written_without_loss(
    empty_workspace: Workspace, cifar: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every pixel and class name of CIFAR10 is there, in its order, in a few tables; asked again, nothing is written."""
    monkeypatch.setattr(torchvision_sets, "SHARD_IMAGES", 8)
    root, values = cifar
    report = index(empty_workspace, f"torchvision:CIFAR10?root={root}")
    assert report.image_set.n_images == 20
    assert [image.label for image in indexed(empty_workspace)] == [CLASSES[place % 10] for place in range(20)]
    assert all(np.array_equal(a, b) for a, b in zip(pixels_of(empty_workspace, report), values[:20], strict=True))
    tables = sorted(Path(report.image_set.folder).glob("*.parquet"))
    assert len(tables) == 3 and empty_workspace.root in tables[0].parents
    written_at = [table.stat().st_mtime_ns for table in tables]
    assert not index(empty_workspace, "torchvision:CIFAR10", root=root).is_changed
    assert [table.stat().st_mtime_ns for table in tables] == written_at


def test_a_split_may_be_chosen(empty_workspace: Workspace, cifar: tuple[Path, Any]) -> None:
    """Data sets that say train=True understand the splits train and test."""
    root, values = cifar
    report = index(empty_workspace, "torchvision:CIFAR10", split="test", root=root)
    assert all(np.array_equal(a, b) for a, b in zip(pixels_of(empty_workspace, report), values[20:], strict=True))
    with pytest.raises(UsageError, match="splits train and test, 'val'"):
        index(empty_workspace, "torchvision:CIFAR10?split=val", root=root)


def test_writing_goes_on_where_it_was_interrupted(
    empty_workspace: Workspace, cifar: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole tables stay, a table that was begun is not taken for one, and the result is that of an uninterrupted run."""
    monkeypatch.setattr(torchvision_sets, "SHARD_IMAGES", 8)
    root, values = cifar

    def stop(done: float, total: float, label: str) -> None:
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        request = IndexRequest((f"torchvision:CIFAR10?root={root}",), "set")
        index_images(settings_of(empty_workspace), request, progress=stop)
    (folder,) = empty_workspace.image_tables.iterdir()
    assert [path.name for path in folder.iterdir()] == ["part-00000.parquet"]
    first = (folder / "part-00000.parquet").stat().st_mtime_ns
    report = index(empty_workspace, f"torchvision:CIFAR10?root={root}")
    assert (folder / "part-00000.parquet").stat().st_mtime_ns == first
    assert all(np.array_equal(a, b) for a, b in zip(pixels_of(empty_workspace, report), values[:20], strict=True))


def test_gray_images_stay_gray(empty_workspace: Workspace, tmp_path: Path) -> None:
    """MNIST, whose files are not checked, by hand: its pixels and class names."""
    values = write_mnist(tmp_path / "root")
    report = index(empty_workspace, "torchvision:MNIST", root=tmp_path / "root")
    assert all(np.array_equal(a[..., 0], b) for a, b in zip(pixels_of(empty_workspace, report), values, strict=True))
    assert [image.label for image in indexed(empty_workspace)][:2] == ["0 - zero", "1 - one"]


def test_files_are_indexed_where_they_lie(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Of a data set of files nothing is copied; labels are its class names."""
    write_photos(tmp_path / "root", n=16)
    report = index(empty_workspace, "torchvision:ImageFolder", root=tmp_path / "root")
    assert report.image_set.folder == str(tmp_path / "root") and not empty_workspace.image_tables.exists()
    assert all(image.label == Path(image.path).parent.name for image in indexed(empty_workspace))


def test_files_in_lists_of_a_data_sets_own_are_found(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Food101 keeps its files and classes apart; some images of a class are in the split, the others are not indexed."""
    root = tmp_path / "root" / "food-101"
    (root / "meta").mkdir(parents=True)
    for number in range(4):
        path = root / "images" / "apple_pie" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9), (number * 60, 0, 0)).save(path)
    (root / "meta" / "train.json").write_text('{"apple_pie": ["apple_pie/1", "apple_pie/3"]}')
    index(empty_workspace, "torchvision:Food101", root=tmp_path / "root")
    assert [(image.path, image.label) for image in indexed(empty_workspace)] == [("1.jpg", "apple_pie"), ("3.jpg", "apple_pie")]


def test_other_arguments_reach_the_data_set(empty_workspace: Workspace) -> None:
    """FakeData takes a size; numbers of classes without names are labels as they are."""
    report = index(empty_workspace, "torchvision:FakeData?size=7&num_classes=2")
    assert report.image_set.n_images == 7 and {image.label for image in indexed(empty_workspace)} <= {"0", "1"}


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("torchvision:FakeData?colour=red", "takes no 'colour'"),
        ("torchvision:FakeData?split=train", "no splits"),
        ("torchvision:CocoDetection", "needs annFile"),
        ("torchvision:ImageFolder?root=/nowhere", "give --root"),
        ("torchvision:FakeData?size=0", "is empty"),
        ("torchvision:Food101?split=val", "Unknown value 'val'"),
    ],
)
def test_what_a_data_set_cannot_do_is_a_sentence(empty_workspace: Workspace, source: str, hint: str) -> None:
    """Arguments that do not fit, and roots that hold nothing, are refused with a sentence."""
    with pytest.raises(UsageError, match=hint) as error:
        index(empty_workspace, source)
    assert "\n" not in str(error.value)


def test_a_wrong_name_has_near_ones(empty_workspace: Workspace) -> None:
    """A slip of the pen is answered with what may be meant."""
    with pytest.raises(UnknownName, match="CIFAR100"):
        index(empty_workspace, "torchvision:CIFAR11")
    with pytest.raises(UsageError, match="by itself"):
        index_images(settings_of(empty_workspace), IndexRequest(("torchvision:MNIST", "photos"), "set"))


def test_a_download_that_fails_is_a_sentence(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a connection the sentence says where the data set could lie."""

    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no connection")

    monkeypatch.setattr("torchvision.datasets.cifar.download_and_extract_archive", unreachable)
    with pytest.raises(UsageError, match=r"CIFAR10 cannot be opened.*no connection.*--root"):
        index(empty_workspace, "torchvision:CIFAR10")


def test_a_data_set_without_images_is_refused(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Videos and flows are not written as images."""
    monkeypatch.setattr(torchvision.datasets.FakeData, "__getitem__", lambda self, place: (np.zeros(3), 0))
    with pytest.raises(UsageError, match="gives ndarray, no images"):
        index(empty_workspace, "torchvision:FakeData?size=3")
    assert not list(empty_workspace.image_tables.rglob("*.parquet"))
