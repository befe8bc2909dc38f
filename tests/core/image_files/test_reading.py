"""Bytes by path: files, members of containers, here and at addresses, from many threads, with few files open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pytest

from core.errors import ImageError
from core.image_files import members, read_bytes, reading
from tests.core.image_files.sources import images, png, write_table, write_tar, write_zip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with the same images as files and in each kind of container."""
    for number in range(30):
        path = tmp_path / "loose" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png(number))
    write_tar(tmp_path / "a.TAR", [(f"cat/{number}.png", png(number)) for number in range(30)])
    write_zip(tmp_path / "deep" / "b.zip", [(f"cat/{number}.png", png(number)) for number in range(30)])
    write_table(tmp_path / "c.parquet", {"image": images(map(png, range(30)))})
    return tmp_path


PATHS = ("loose/{}.png", "a.TAR/cat/{}.png", "deep/b.zip/cat/{}.png", "c.parquet/{}")


@pytest.fixture
def address(source: Path) -> Iterator[str]:
    """Return an address where the same lies, in fsspec's memory."""
    system = fsspec.filesystem("memory")
    for path in source.rglob("*"):
        if path.is_file():
            system.pipe(f"/store/{path.relative_to(source).as_posix()}", path.read_bytes())
    yield "memory://store"
    system.rm("/store", recursive=True)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_through_folders_and_containers(source: Path, address: str, path: str) -> None:
    """The same bytes come from a file, a tar, a zip and a table, from a folder, from an address, and from a whole path."""
    for folder, inside in ((str(source), path), (source, path), (address, path), ("", f"{source}/{path}"), ("", f"{address}/{path}")):
        assert read_bytes(folder, inside.format(7)) == png(7)
    head, _, tail = path.partition("/")
    assert read_bytes(f"{source}/{head}", tail.format(3)) == png(3)  # a folder may be a container itself


@pytest.mark.parametrize(
    "path", ["loose/99.png", "a.TAR/cat/99.png", "deep/b.zip/99.png", "c.parquet/99", "none.tar/1.png", "loose", "a\0b.png"]
)
def test_what_is_not_there_has_a_reason(source: Path, address: str, path: str) -> None:
    """Missing files, members and containers are refused with a reason that can follow the path."""
    for folder in (source, address):
        with pytest.raises(ImageError, match="cannot be read"):
            read_bytes(folder, path)


def test_a_folder_may_be_called_like_a_container(tmp_path: Path) -> None:
    """Only files are containers: Spark's tables are folders called x.parquet."""
    (tmp_path / "x.zip" / "y.parquet").mkdir(parents=True)
    (tmp_path / "x.zip" / "y.parquet" / "1.png").write_bytes(png(1))
    write_table(tmp_path / "x.zip" / "y.parquet" / "part-0.parquet", {"image": images([png(2)])})
    assert read_bytes(tmp_path, "x.zip/y.parquet/1.png") == png(1)
    assert read_bytes(tmp_path, "x.zip/y.parquet/part-0.parquet/0") == png(2)


def test_a_container_that_was_written_again_is_looked_at_again(tmp_path: Path) -> None:
    """The index of former content is not used, in a dashboard that runs for weeks."""
    write_tar(tmp_path / "a.tar", [("a.png", png(1))])
    assert read_bytes(tmp_path, "a.tar/a.png") == png(1)
    write_tar(tmp_path / "a.tar", [("0.png", png(3)), ("a.png", png(2))])
    os.utime(tmp_path / "a.tar", ns=(1, 1))
    assert read_bytes(tmp_path, "a.tar/a.png") == png(2)
    (tmp_path / "a.tar").unlink()
    with pytest.raises(ImageError, match="cannot be read"):
        read_bytes(tmp_path, "a.tar/a.png")


def test_many_threads_read_what_was_written(source: Path) -> None:
    """32 threads on all kinds at once get the right bytes, and no file stays open."""
    asked = [(path, number) for number in range(30) for path in PATHS] * 3
    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda one: read_bytes(source, one[0].format(one[1])), asked))
    assert found == [png(number) for _, number in asked]
    if os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        opened = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
        assert not [path for path in opened if path.startswith(str(source))]


def test_few_indexes_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the index that was used least recently is forgotten, and made again when it is wanted."""
    monkeypatch.setattr(reading, "MAX_MEMBERS", 5)
    for shard in range(6):
        write_tar(tmp_path / f"{shard}.tar", [(f"{number}.png", png(shard * 2 + number)) for number in range(2)])
    for _ in range(2):
        for shard in range(6):
            assert read_bytes(tmp_path, f"{shard}.tar/1.png") == png(shard * 2 + 1)
    kept = [location for location in reading._slots if location.startswith(str(tmp_path))]
    assert len(kept) <= 2


def test_files_that_are_no_photos_are_not_read(source: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more than 1 GB is refused before it is read."""
    monkeypatch.setattr(members, "MAX_BYTES", 10)
    with pytest.raises(ImageError, match="at most"):
        read_bytes(source, "loose/1.png")


def test_files_without_permission_have_a_reason(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says is the reason."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ImageError, match="cannot be read: Permission denied"):
        read_bytes(source, "loose/1.png")
