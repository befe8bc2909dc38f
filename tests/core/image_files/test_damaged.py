"""Archives and tables whose bytes are damaged or lie: what is whole is read, the rest is told, in bounded time and memory."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.errors import ImageError
from core.image_files import zip_remains
from core.image_files.members import UNNAMED
from core.image_files.parquet_files import ParquetContainer
from core.image_files.tar_files import TarContainer
from core.image_files.zip_files import ZipContainer
from tests.core.damage import in_own_process
from tests.core.image_files.sources import images, png, write_table, write_tar, write_zip

N_DAMAGED = 200  # files of each kind
MOST_MB = 48.0
READ = """
import os
from core.errors import ImageError
from core.image_files import listed, read_bytes

def read(content, path):
    damaged = path.with_name("damaged" + path.suffix)
    damaged.unlink(missing_ok=True)
    damaged.write_bytes(content)
    os.utime(damaged, ns=(read.now, read.now))  # another one, for what is kept of it
    read.now += 1
    listing = listed(damaged)
    whole = [member for member in listing.members if not member.reason]
    n_read = 0
    for member in whole:
        try:
            read_bytes(listing.folder, member.path)
            n_read += 1
        except ImageError as error:
            assert str(error)
    if not n_read:
        raise ImageError("nothing can be read")

read.now = 1
"""


def files(folder: Path) -> list[Path]:
    """Write an archive or table of every kind, with labels, long names and several groups."""
    contents = [png(number) for number in range(5)]
    named = [(f"cat/{number}.png", content) for number, content in enumerate(contents)]
    labelled = [*named, ("cat/1.cls", b"tabby"), ("cat/2.json", b'{"label": "lynx"}'), ("long" * 40 + ".png", png(9))]
    cells = {"image": images(contents), "label": [0, 1, 1, 0, 1]}
    features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
    return [
        write_tar(folder / "pax.tar", labelled, kind=tarfile.PAX_FORMAT),
        write_tar(folder / "gnu.tar", labelled, kind=tarfile.GNU_FORMAT),
        write_zip(folder / "packed.zip", named),
        write_zip(folder / "stored.zip", named, method=zipfile.ZIP_STORED),
        write_table(folder / "features.parquet", cells, features=features, group=2),
        write_table(folder / "plain.parquet", {"image": contents, "label": ["a", "b", "c", "d", "e"]}, group=2),
    ]


def test_damaged_containers_are_read_or_refused(tmp_path: Path) -> None:
    """Of every kind some hundred damaged files raise nothing but ImageError, and take neither long nor much memory."""
    for name, found in in_own_process(READ, *files(tmp_path), n=N_DAMAGED).items():
        found.check(name, most_mb=MOST_MB)
        assert min(found.n_read, found.n_refused) > 0 and found.n_read + found.n_refused == N_DAMAGED


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    "content",
    [
        header("a.png", 1 << 62),
        header("a.png", 512) + bytes(512) + header("b.png", -1024) + bytes(1024),
        header("x", 1 << 60, tarfile.XHDTYPE) + bytes(1024),
        header("x", 1 << 33, tarfile.GNUTYPE_LONGNAME) + bytes(1024),
        (header("x", 512, tarfile.GNUTYPE_LONGNAME) + b"a.png".ljust(512, b"\0")) * 2000 + header("a.png", 0),
        b"".join(header("x", 12, tarfile.XHDTYPE) + b"12 path=a.b\n".ljust(512, b"\0") for _ in range(2000)),
    ],
    ids=["huge", "negative", "huge pax", "huge name", "names of names", "pax of pax"],
)
def test_tar_headers_that_lie_are_told(tmp_path: Path, content: bytes) -> None:
    """A size that is enormous or below 0, or headers upon headers: an ImageError, or a member with a reason."""
    (tmp_path / "a.tar").write_bytes(content)
    try:
        found = list(TarContainer(str(tmp_path / "a.tar")).listed(UNNAMED))
    except ImageError as error:
        assert str(error)
        return
    assert any(member.reason for member in found)


def test_a_label_that_is_nested_without_end_is_none(tmp_path: Path) -> None:
    """A sample's JSON that no reader can take gives no label, and the sample is used."""
    path = write_tar(tmp_path / "a.tar", [("cat/1.png", png(1)), ("cat/1.json", b"[" * 60_000)])
    assert [member.label for member in TarContainer(str(path)).listed(UNNAMED)] == ["cat"]


def zip_with(directory: dict[int, bytes]) -> bytes:
    """Return an archive of one image whose entry in the directory has other bytes at some places."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", png(1))
    content = bytearray(file.getvalue())
    entry = content.index(b"PK\x01\x02")
    for place, value in directory.items():
        content[entry + place : entry + place + len(value)] = value
    return bytes(content)


@pytest.mark.parametrize(
    "directory", [{20: b"\xfe\xff\xff\xff"}, {42: b"\xfe\xff\xff\x7f"}, {42: b"\0\0\0\x80"}], ids=["size", "place", "far"]
)
def test_a_zip_whose_directory_lies_reads_no_more_than_it_has(tmp_path: Path, directory: dict[int, bytes]) -> None:
    """A packed size of 4 GB, or a place behind the archive's end: the member is refused."""
    (tmp_path / "a.zip").write_bytes(zip_with(directory))
    found = [member for member in ZipContainer(str(tmp_path / "a.zip")).listed(UNNAMED) if member.path]
    assert [bool(member.reason) for member in found] == [True]


def test_what_is_unpacked_to_find_its_end_takes_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the archive's directory a streamed member is unpacked piece by piece, and no further than an image may be large."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    stream = packing.compress(bytes(9 << 20)) + packing.flush()
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0x08, zipfile.ZIP_DEFLATED, 0, 0, 0, 0, 0, 5, 0) + b"a.png"
    content = local + stream + b"PK\x07\x08" + struct.pack("<3I", zlib.crc32(bytes(9 << 20)), len(stream), 9 << 20)
    infos, end = zip_remains.found(io.BytesIO(content))
    assert [(info.file_size, info.CRC) for info in infos] == [(9 << 20, zlib.crc32(bytes(9 << 20)))] and end == len(content)
    monkeypatch.setattr(zip_remains, "MAX_BYTES", 4 << 20)
    assert zip_remains.found(io.BytesIO(content)) == ([], 0)


def test_a_table_of_more_rows_than_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a number in a damaged file would be a billion images."""
    path = write_table(tmp_path / "a.parquet", {"image": [None] * 100_000}, group=100_000)
    with pytest.raises(ImageError, match=r"100,000 rows in .* bytes"):
        ParquetContainer(str(path))


def test_a_group_with_other_rows_than_it_says_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows must be as many as the file's directory says, or they would be others' images."""
    path = write_table(tmp_path / "a.parquet", {"image": images([png(1), png(2)])})
    found, read_row_group = ParquetContainer(str(path)), pq.ParquetFile.read_row_group
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", lambda *given, **named: read_row_group(*given, **named).slice(1))
    with pytest.raises(ImageError, match="1 rows instead of 2"):
        found.read("0")


def test_features_that_are_nested_without_end_are_none(tmp_path: Path) -> None:
    """Metadata that cannot be read is as if it were not there."""
    path = tmp_path / "a.parquet"
    table = pq.read_table(write_table(path, {"image": images([png(1)])}))
    pq.write_table(table.replace_schema_metadata({"huggingface": "[" * 60_000}), path)
    assert len(list(ParquetContainer(str(path)).listed(UNNAMED))) == 1
