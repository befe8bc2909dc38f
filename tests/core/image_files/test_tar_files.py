"""Tar archives: samples with labels, members that are refused, archives that are cut off or damaged at any place."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ImageError
from core.image_files.members import UNNAMED, Member
from core.image_files.tar_files import TarContainer
from tests.core.image_files.sources import png, write_tar


def listed(path: Path) -> list[Member]:
    return list(TarContainer(str(path)).listed(UNNAMED))


def usable(path: Path) -> dict[str, str]:
    return {member.path: member.label for member in listed(path) if not member.reason}


def reasons(path: Path) -> dict[str, str]:
    return {member.path: member.reason for member in listed(path) if member.reason}


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_members_are_read_as_they_were_written(tmp_path: Path, kind: int) -> None:
    """Every format's members are found, long names too, and are in the order of their names."""
    long = "folder/" + "long" * 20 + "/b.PNG"
    path = write_tar(tmp_path / "a.tar", [("./z/2.png", png(2)), (long, png(1)), ("a.jpg", png(0))], kind=kind)
    found = TarContainer(str(path))
    assert [member.path for member in found.listed(UNNAMED)] == ["a.jpg", long, "z/2.png"]
    assert [found.read(name) for name in ("a.jpg", long, "z/2.png")] == [png(0), png(1), png(2)]


def test_a_samples_label_is_beside_it(tmp_path: Path) -> None:
    """.cls comes before .json with a class, before .txt; a caption is no label, and neither counts as skipped."""
    path = write_tar(
        tmp_path / "shard-000.tar",
        [
            ("a/1.txt", b"words"), ("a/1.cls", b" 7 \n"), ("a/1.json", b'{"label": "seven"}'), ("a/1.png", png(1)),
            ("a/2.left.png", png(2)), ("a/2.right.png", png(3)), ("a/2.json", json.dumps({"caption": "x", "class_name": "two"}).encode()),
            ("a/3.png", png(4)), ("a/3.txt", b"three"),
            ("a/4.png", png(5)), ("a/4.txt", b"a very long caption " * 10),
            ("a/5.png", png(6)), ("a/5.json", b"{broken"),
            ("6.png", png(7)),
        ],
    )  # fmt: skip
    expected = {
        "a/1.png": "7", "a/2.left.png": "two", "a/2.right.png": "two", "a/3.png": "three", "a/4.png": "a", "a/5.png": "a", "6.png": "",
    }  # fmt: skip
    assert usable(path) == expected
    assert reasons(path) == {}


def test_members_that_cannot_be_used_have_reasons(tmp_path: Path) -> None:
    """Paths that lead out, doubled names, links, archives inside, other files: each is listed; hidden ones are not looked at."""
    path = tmp_path / "a.tar"
    write_tar(
        path, [("../x.png", png(1)), ("/etc/y.png", png(2)), ("b.png", png(3)), ("in.zip", b"x"), ("notes.md", b"x"), ("lone.cls", b"1")]
    )
    with tarfile.open(path, "a") as archive:
        for name, content in (("b.png", png(4)), ("._b.png", b"x"), (".git/c.png", png(5)), ("__MACOSX/d.png", png(6))):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "b.png"
        archive.addfile(link)
        pipe = tarfile.TarInfo("pipe.png")
        pipe.type = tarfile.FIFOTYPE
        archive.addfile(pipe)
    assert TarContainer(str(path)).read("b.png") == png(4)  # as unpacking has it: the last one
    assert list(usable(path)) == ["b.png"]
    found = reasons(path)
    assert set(found) == {"../x.png", "/etc/y.png", "b.png", "in.zip", "notes.md", "lone.cls", "link.png", "pipe.png"}
    assert "out of the archive" in found["../x.png"] and "out of the archive" in found["/etc/y.png"]
    assert "archive inside" in found["in.zip"] and "link" in found["link.png"] and "same name" in found["b.png"]


def test_names_that_are_no_text_are_skipped(tmp_path: Path) -> None:
    """A name that is not UTF-8 cannot be kept."""
    path = write_tar(tmp_path / "a.tar", [("caf\udce9.png", png(1)), ("b.png", png(2))], kind=tarfile.GNU_FORMAT)
    assert list(usable(path)) == ["b.png"]
    assert reasons(path) == {"caf\\udce9.png": "its name is not valid UTF-8"}


@given(cut=st.integers(1, 6 * 1024 + 1024))
def test_of_a_cut_archive_what_is_whole_is_used(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Wherever an archive is cut off, the members before are read, and the rest is told."""
    path = write_tar(
        tmp_path_factory.mktemp("cut") / "a.tar", [(f"{i}.png", png(i).ljust(900, b"\0")) for i in range(4)], kind=tarfile.USTAR_FORMAT
    )
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    n_whole = sum(cut >= 1536 * i + 512 + 900 for i in range(4))
    try:
        found = TarContainer(str(path))
    except ImageError as error:
        assert n_whole == 0 and str(error)
        return
    names = [member.path for member in found.listed(UNNAMED) if not member.reason]
    assert names == [f"{i}.png" for i in range(n_whole)]
    assert all(found.read(f"{i}.png").startswith(png(i)) for i in range(n_whole))
    is_clean = cut % 1536 == 0 or cut >= 1536 * 3 + 512 + 900  # between two members, or in the padding at the end
    assert is_clean or any(member.reason for member in found.listed(UNNAMED))


def test_damage_in_the_middle_is_told(tmp_path: Path) -> None:
    """After a broken header nothing can be found, which is said, not taken for the end."""
    path = write_tar(tmp_path / "a.tar", [(f"{i}.png", png(i)) for i in range(4)], kind=tarfile.USTAR_FORMAT)
    content = bytearray(path.read_bytes())
    content[2 * 1024 : 2 * 1024 + 512] = bytes(range(256)) * 2
    path.write_bytes(content)
    assert list(usable(path)) == ["0.png", "1.png"]
    assert "damaged after 2 images" in reasons(path)[""]


@pytest.mark.parametrize(
    ("content", "hint"), [(b"", "empty"), (b"these are notes" * 100, "not a tar"), (b"\x1f\x8b" + bytes(600), "unpack")]
)
def test_what_is_no_tar_has_a_reason(tmp_path: Path, content: bytes, hint: str) -> None:
    """Empty files, text and compressed archives are told apart."""
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(ImageError, match=hint):
        TarContainer(str(tmp_path / "a.tar"))


def test_an_empty_archive_holds_nothing(tmp_path: Path) -> None:
    """An archive without members is no error."""
    assert listed(write_tar(tmp_path / "a.tar", [])) == []


def test_a_member_that_is_gone_has_a_reason(tmp_path: Path) -> None:
    """Names that the archive does not hold are refused."""
    with pytest.raises(ImageError, match="does not hold"):
        TarContainer(str(write_tar(tmp_path / "a.tar", [("a.png", png(1))]))).read("b.png")
