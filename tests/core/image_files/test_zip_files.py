"""Zip archives: packed and stored members, refused ones, archives that are cut off, damaged or encrypted."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ImageError
from core.image_files import members
from core.image_files.members import UNNAMED
from core.image_files.zip_files import ZipContainer
from tests.core.image_files.sources import png, write_zip


def usable(path: Path) -> dict[str, str]:
    return {member.path: member.label for member in ZipContainer(str(path)).listed(UNNAMED) if not member.reason}


def reasons(path: Path) -> dict[str, str]:
    return {member.path: member.reason for member in ZipContainer(str(path)).listed(UNNAMED) if member.reason}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("front", [b"", b"#!/bin/sh\n" * 9], ids=["plain", "behind a program"])
def test_members_are_read_as_they_were_written(tmp_path: Path, method: int, front: bytes) -> None:
    """Packed or stored, in the order of their names; a label is the folder in the archive."""
    path = write_zip(tmp_path / "photos.zip", [("dog/b.PNG", png(2)), ("cat/a.png", png(1)), ("top.png", png(3))], method=method)
    path.write_bytes(front + path.read_bytes())
    assert list(usable(path).items()) == [("cat/a.png", "cat"), ("dog/b.PNG", "dog"), ("top.png", "")]
    assert [ZipContainer(str(path)).read(name) for name in ("cat/a.png", "dog/b.PNG", "top.png")] == [png(1), png(2), png(3)]


def test_members_that_cannot_be_used_have_reasons(tmp_path: Path) -> None:
    """Paths that lead out, doubled names, other methods, other files are listed; hidden ones are not looked at."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for name, content in (
            ("../x.png", b"1"),
            ("b.png", png(1)),
            ("b.png", png(2)),
            ("read.me", b"x"),
            ("__MACOSX/._b.png", b"x"),
            ("in.tar", b"x"),
        ):
            archive.writestr(name, content)
        archive.writestr("c.png", png(3), compress_type=zipfile.ZIP_BZIP2)
        archive.mkdir("empty.png")
    assert usable(path) == {"b.png": ""} and ZipContainer(str(path)).read("b.png") == png(2)
    found = reasons(path)
    assert set(found) == {"../x.png", "b.png", "read.me", "in.tar", "c.png"}
    assert "out of the archive" in found["../x.png"] and "method 12" in found["c.png"]


def test_encrypted_members_have_a_reason(tmp_path: Path) -> None:
    """Without its password a member is not read."""
    path = write_zip(tmp_path / "a.zip", [("a.png", png(1))])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "encrypted" in reasons(path)["a.png"]


def test_damaged_members_are_noticed(tmp_path: Path) -> None:
    """Whichever byte of a member is changed, its checksum tells."""
    path = write_zip(tmp_path / "a.zip", [("a.png", png(1))])
    whole = path.read_bytes()
    for place in range(35, 35 + len(png(1)) // 2, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(ImageError, match="damaged"):
            ZipContainer(str(path)).read("a.png")


def test_what_unpacks_to_more_than_an_image_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that says it is enormous is skipped; one that lies about it is not unpacked beyond what it says."""
    path = write_zip(tmp_path / "bomb.zip", [("a.png", bytes(1_000_000))])
    monkeypatch.setattr(members, "MAX_BYTES", 1000)
    assert "GB" in reasons(path)["a.png"]
    monkeypatch.undo()
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    path.write_bytes(content[:place] + b"\x10\0\0\0" + content[place + 4 :])
    with pytest.raises(ImageError, match="damaged"):
        ZipContainer(str(path)).read("a.png")


class Unseekable(io.BytesIO):
    """A pipe: sizes are written behind each member."""

    def seek(self, *place: int) -> int:
        raise OSError

    def tell(self) -> int:
        raise OSError

    def seekable(self) -> bool:
        return False


def archive_bytes(*, streamed: bool, method: int) -> bytes:
    file = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number in range(4):
            archive.writestr(f"{number}.png", png(number))
    return file.getvalue()


@given(
    share=st.floats(0.01, 0.999),
    kind=st.sampled_from([(False, zipfile.ZIP_STORED), (False, zipfile.ZIP_DEFLATED), (True, zipfile.ZIP_DEFLATED)]),
)
def test_of_a_cut_archive_what_is_whole_is_used(tmp_path_factory: pytest.TempPathFactory, share: float, kind: tuple[bool, int]) -> None:
    """Wherever an archive is cut off, the members before are found by their headers, and that it is cut is told."""
    whole = archive_bytes(streamed=kind[0], method=kind[1])
    cut = int(len(whole) * share)
    path = tmp_path_factory.mktemp("cut") / "a.zip"
    path.write_bytes(whole[:cut])
    starts = [whole.index(f"{number}.png".encode()) - 30 for number in range(4)]
    stops = [*starts[1:], whole.index(b"PK\x01\x02")]
    sure = sum(stop <= cut for stop in stops)
    try:
        found = ZipContainer(str(path))
    except ImageError as error:
        assert sure == 0 and "zip" in str(error)
        return
    names = [member.path for member in found.listed(UNNAMED) if not member.reason]
    assert names[:sure] == [f"{number}.png" for number in range(sure)] and len(names) <= sure + 1  # only a descriptor may be missing
    assert all(found.read(name) == png(int(name[0])) for name in names)
    assert "cut off" in reasons(path)[""]


@pytest.mark.parametrize("content", [b"", b"these are notes", b"PK\x03\x04", b"PK\x05\x06"])
def test_what_is_no_zip_has_a_reason(tmp_path: Path, content: bytes) -> None:
    """Empty files, text and stumps are refused with a reason."""
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ImageError, match="not a zip"):
        ZipContainer(str(tmp_path / "a.zip"))


def test_an_empty_archive_holds_nothing(tmp_path: Path) -> None:
    """An archive without members is no error."""
    assert usable(write_zip(tmp_path / "a.zip", [])) == {} == reasons(tmp_path / "a.zip")


@given(places=st.lists(st.integers(0, 400), max_size=4), value=st.integers(0, 255))
def test_whatever_is_damaged_nothing_else_happens(tmp_path_factory: pytest.TempPathFactory, places: list[int], value: int) -> None:
    """Members of a damaged archive are right or refused."""
    content = bytearray(archive_bytes(streamed=False, method=zipfile.ZIP_DEFLATED))
    for place in places:
        content[place % len(content)] = value
    path = tmp_path_factory.mktemp("damaged") / "a.zip"
    path.write_bytes(content)
    right = {png(number) for number in range(4)}
    try:
        found = ZipContainer(str(path))
        for member in found.listed(UNNAMED):
            if not member.reason:
                try:
                    assert found.read(member.path) in right
                except ImageError as error:
                    assert str(error)
    except ImageError as error:
        assert str(error)
