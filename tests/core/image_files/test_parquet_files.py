"""Parquet files: which columns are meant, labels, rows that hold no image, row groups that are read once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from core.errors import ImageError, UsageError
from core.image_files import parquet_files
from core.image_files.members import UNNAMED, Columns, Member
from core.image_files.parquet_files import ParquetContainer
from core.image_files.parquet_writing import write_parquet
from tests.core.image_files.sources import images, png, write_table

CONTENTS = [png(number) for number in range(10)]
CLASSES = {"_type": "ClassLabel", "names": ["cat", "dog"]}


def listed(path: Path, columns: Columns = UNNAMED) -> list[Member]:
    return list(ParquetContainer(str(path)).listed(columns))


def labels(path: Path, columns: Columns = UNNAMED) -> list[str]:
    return [member.label for member in listed(path, columns)]


@pytest.mark.parametrize("cells", [CONTENTS, images(CONTENTS)], ids=["bytes", "struct"])
def test_rows_are_images(tmp_path: Path, cells: list[Any]) -> None:
    """A row is named by its number, and read from whichever row group holds it."""
    path = write_table(tmp_path / "a.parquet", {"id": list(range(10)), "picture": cells})
    found = ParquetContainer(str(path))
    assert [member.path for member in found.listed(UNNAMED)] == [str(row) for row in range(10)]
    assert [found.read(str(row)) for row in (9, 0, 5, 3, 2)] == [CONTENTS[row] for row in (9, 0, 5, 3, 2)]
    for gone in ("10", "-1", "x", "other/1"):
        with pytest.raises(ImageError, match="does not hold"):
            found.read(gone)


def test_labels_are_text_or_the_names_of_classes(tmp_path: Path) -> None:
    """Text stays; numbers become Hugging Face's class names where the schema has them; an empty cell has no label of its own."""
    cells: dict[str, Any] = {"image": images(CONTENTS[:4]), "label": [0, 1, None, -1]}
    assert labels(write_table(tmp_path / "a.parquet", cells, features={"image": {"_type": "Image"}, "label": CLASSES})) == [
        "cat",
        "dog",
        "",
        "-1",
    ]
    assert labels(write_table(tmp_path / "b.parquet", cells)) == ["0", "1", "", "-1"]
    words = pa.array(["x", "y", "x", "z"]).dictionary_encode()
    assert labels(write_table(tmp_path / "c.parquet", {"image": images(CONTENTS[:4]), "class_name": words})) == ["x", "y", "x", "z"]
    assert labels(write_table(tmp_path / "d.parquet", {"image": images(CONTENTS[:2])})) == ["", ""]


def test_columns_that_are_not_clear_must_be_named(tmp_path: Path) -> None:
    """Of several columns one is named by an option, and rows then carry the column's name."""
    cells: dict[str, Any] = {"image": images(CONTENTS[:2]), "mask": images(CONTENTS[2:4]), "fine": [0, 1], "coarse": [1, 1]}
    path = write_table(tmp_path / "a.parquet", cells, features={"fine": CLASSES, "coarse": CLASSES})
    with pytest.raises(UsageError, match=r"image, mask.*--image-column"):
        listed(path)
    with pytest.raises(UsageError, match=r"fine, coarse.*--label-column"):
        listed(path, Columns(image="mask"))
    with pytest.raises(UsageError, match=r"'nothing'.*image, mask, fine, coarse"):
        listed(path, Columns(image="nothing"))
    with pytest.raises(UsageError, match=r"'fine' holds int64"):
        listed(path, Columns(image="fine"))
    found = listed(path, Columns("mask", "fine"))
    assert [(one.path, one.label) for one in found] == [("mask/0", "cat"), ("mask/1", "dog")]
    assert [ParquetContainer(str(path)).read(one.path) for one in found] == CONTENTS[2:4]


def test_hugging_faces_features_tell_the_column(tmp_path: Path) -> None:
    """Of two columns of bytes the one that is called an image is meant."""
    cells: dict[str, Any] = {"key": [b"a", b"b"], "photo": images(CONTENTS[:2])}
    path = write_table(tmp_path / "a.parquet", cells, features={"photo": {"_type": "Image"}})
    assert [one.path for one in listed(path)] == ["0", "1"]
    assert ParquetContainer(str(path)).read("1") == CONTENTS[1]


def test_files_without_images_have_reasons(tmp_path: Path) -> None:
    """No column of images, no Parquet, cut off: each is said."""
    with pytest.raises(ImageError, match=r"no column of images \(columns: a, b\)"):
        listed(write_table(tmp_path / "a.parquet", {"a": [1], "b": ["x"]}))
    whole = write_table(tmp_path / "b.parquet", {"image": images(CONTENTS)}).read_bytes()
    for content in (b"", b"text", whole[:-20], whole[: len(whole) // 2]):
        (tmp_path / "c.parquet").write_bytes(content)
        with pytest.raises(ImageError, match="not a Parquet file"):
            ParquetContainer(str(tmp_path / "c.parquet"))


def test_rows_without_an_image_have_reasons(tmp_path: Path) -> None:
    """An empty cell, and one that only names a file elsewhere, are refused by themselves."""
    cells = [*images([None]), {"bytes": None, "path": "/data/1.png"}, *images(CONTENTS[:1])]
    found = ParquetContainer(str(write_table(tmp_path / "a.parquet", {"image": cells})))
    with pytest.raises(ImageError, match="empty"):
        found.read("0")
    with pytest.raises(ImageError, match=r"/data/1\.png"):
        found.read("1")
    assert found.read("2") == CONTENTS[0]


def test_of_a_damaged_file_the_whole_groups_are_read(tmp_path: Path) -> None:
    """Where a row group is damaged, its rows are refused and the others are there."""
    path = write_table(tmp_path / "a.parquet", {"image": images(CONTENTS)}, group=5)
    content = bytearray(path.read_bytes())
    content[4:80] = bytes(76)  # the first page's header
    path.write_bytes(content)
    found = ParquetContainer(str(path))
    with pytest.raises(ImageError, match="row group 0"):
        found.read("0")
    assert found.read("7") == CONTENTS[7]


def test_groups_that_do_not_fit_into_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row group is read whole; where it is too large the reason says how to write the file."""
    path = write_table(tmp_path / "a.parquet", {"image": images(CONTENTS)}, group=10)
    monkeypatch.setattr(parquet_files, "MAX_GROUP_BYTES", 100)
    with pytest.raises(ImageError, match="row groups of 100 images"):
        listed(path)


def test_reading_in_order_reads_each_group_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several threads that read rows in order share the groups, and only the last ones are kept."""
    path = write_table(tmp_path / "a.parquet", {"image": images(CONTENTS)}, group=2)
    kept = parquet_files._Kept()
    monkeypatch.setattr(parquet_files, "_kept", kept)
    monkeypatch.setattr(parquet_files, "KEPT_BYTES", 1)
    found, n_read, guard = ParquetContainer(str(path)), [0], threading.Lock()
    read_group = ParquetContainer._read_group

    def counted(self: ParquetContainer, column: str, number: int) -> Any:
        with guard:
            n_read[0] += 1
        return read_group(self, column, number)

    monkeypatch.setattr(ParquetContainer, "_read_group", counted)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(found.read, map(str, range(10)))) == CONTENTS
    assert 5 <= n_read[0] <= 7 and len(kept._slots) <= 2


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Tables that Exemplary writes have labels and images that its reader, and Hugging Face's, find by themselves."""
    write_parquet(tmp_path / "a.parquet", ((content, f"label {row % 2}") for row, content in enumerate(CONTENTS)))
    found = listed(tmp_path / "a.parquet")
    assert [(one.path, one.label) for one in found] == [(str(row), f"label {row % 2}") for row in range(10)]
    assert ParquetContainer(str(tmp_path / "a.parquet")).read("9") == CONTENTS[9]
