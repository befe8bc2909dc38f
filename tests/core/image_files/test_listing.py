"""What a source holds: folders, containers in them, patterns, addresses; labels; and sources that cannot be meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.image_files import Columns, Listing, listed, read_bytes
from core.image_files.walking import braces_expanded
from tests.core.image_files.sources import images, png, write_table, write_tar, write_zip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with a file and containers of each kind."""
    folder = tmp_path / "data"
    (folder / "cat").mkdir(parents=True)
    (folder / "cat" / "1.png").write_bytes(png(1))
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "2.png").write_bytes(png(2))
    write_zip(folder / "photos.zip", [("dog/1.png", png(3)), ("top.png", png(4))])
    for shard in range(2):
        write_tar(folder / "shards" / f"train-{shard:03d}.tar", [("1.png", png(5 + shard)), ("2.png", png(7 + shard)), ("2.cls", b"seven")])
    write_tar(folder / "n01440764.tar", [("1.JPEG", png(9))])
    write_table(folder / "part-0.parquet", {"image": images([png(10), png(11)]), "label": ["x", "y"]})
    return folder


@pytest.fixture
def address(source: Path) -> Iterator[str]:
    """Return an address where the same lies."""
    system = fsspec.filesystem("memory")
    for path in source.rglob("*"):
        if path.is_file():
            system.pipe(f"/data/{path.relative_to(source).as_posix()}", path.read_bytes())
    yield "memory://data"
    system.rm("/data", recursive=True)


EXPECTED = [
    ("cat/1.png", "cat"),
    ("n01440764.tar/1.JPEG", "n01440764"),
    ("part-0.parquet/0", "x"),
    ("part-0.parquet/1", "y"),
    ("photos.zip/dog/1.png", "dog"),
    ("photos.zip/top.png", "photos"),
    ("shards/train-000.tar/1.png", "shards"),
    ("shards/train-000.tar/2.png", "seven"),
    ("shards/train-001.tar/1.png", "shards"),
    ("shards/train-001.tar/2.png", "seven"),
]


def found(listing: Listing) -> list[tuple[str, str]]:
    return [(member.path, member.label) for member in listing.members if not member.reason]


def test_a_folder_and_an_address_list_alike(source: Path, address: str) -> None:
    """Files and members come in path order; a label is the folder's, the sample's, the cell's, or an unnumbered container's name."""
    here, there = listed(source), listed(address)
    assert found(here) == EXPECTED == found(there)
    assert all(read_bytes(here.folder, path) == read_bytes(there.folder, path) for path, _ in EXPECTED)
    assert not [member for member in here.members if member.reason]


def test_one_container_is_where_its_paths_begin(source: Path, address: str) -> None:
    """Named by itself, a container is what paths begin in."""
    for top in (str(source), f"file://{source}", address):
        listing = listed(f"{top}/photos.zip")
        assert listing.folder.endswith("data/photos.zip")
        assert found(listing) == [("dog/1.png", "dog"), ("top.png", "photos")]
        assert read_bytes(listing.folder, "dog/1.png") == png(3)


def test_patterns_name_several_containers(source: Path, address: str) -> None:
    """A range, a star, several names, or several sources: paths begin in the folder that holds them all."""
    shards = [(f"train-00{shard}.tar/{number}.png", "seven" if number == 2 else "shards") for shard in range(2) for number in (1, 2)]
    for top in (str(source), address):
        for pattern in ("train-{000..001}.tar", "train-*.tar", "train-{000,001}.tar", "train-00[01].tar"):
            listing = listed(f"{top}/shards/{pattern}")
            assert listing.folder == f"{top}/shards" and found(listing) == shards
        listing = listed([f"{top}/shards/train-000.tar", f"{top}/shards/train-001.tar", f"{top}/shards/train-001.tar"])
        assert found(listing) == shards
        listing = listed([f"{top}/cat", f"{top}/photos.zip"])
        assert found(listing) == [("cat/1.png", "cat"), ("photos.zip/dog/1.png", "dog"), ("photos.zip/top.png", "photos")]


def test_containers_that_cannot_be_read_are_listed(source: Path) -> None:
    """Broken, compressed and foreign files are skipped with a reason each; all else is there."""
    (source / "broken.zip").write_bytes(b"PK\x03\x04")
    (source / "all.tar.gz").write_bytes(b"\x1f\x8b")
    (source / "disguised.tar").write_bytes(b"\x1f\x8b" + bytes(600))
    (source / "old.rar").write_bytes(b"Rar!")
    write_table(source / "words.parquet", {"text": ["x"]})
    cut = write_tar(source / "shards" / "train-002.tar", [("1.png", png(20)), ("2.png", png(21))])
    cut.write_bytes(cut.read_bytes()[:1560])
    listing = listed(source)
    assert found(listing) == [*EXPECTED, ("shards/train-002.tar/1.png", "shards")]
    reasons = {member.path: member.reason for member in listing.members if member.reason}
    assert set(reasons) == {
        "broken.zip", "all.tar.gz", "disguised.tar", "old.rar", "words.parquet", "shards/train-002.tar", "shards/train-002.tar/2.png",
    }  # fmt: skip
    assert "unpack it" in reasons["all.tar.gz"] and "unpack it" in reasons["disguised.tar"] and "columns: text" in reasons["words.parquet"]


def test_folders_that_cannot_be_read_are_listed(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is not passed over in silence."""
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("cat"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    listing = listed(source)
    assert found(listing) == EXPECTED[1:]
    assert [(member.path, member.reason) for member in listing.members if member.reason] == [
        ("cat", "the folder cannot be read: Permission denied")
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("missing", "not a folder or a file that is there"),
        ("missing-*.tar", "matches"),
        ("shards/train-{000..009}.tar", r"train-002\.tar is not"),
        ("shards/train-{000..999999}.tar", "more than"),
        ("notes.txt", "not a folder, nor an image"),
        ("all.tar.gz", "unpack it"),
    ],
)
def test_sources_that_cannot_be_meant_are_sentences(source: Path, name: str, hint: str) -> None:
    """What is not there or of no kind that holds images is refused with a sentence."""
    (source / "notes.txt").write_text("notes")
    (source / "all.tar.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(UsageError, match=hint):
        listed(source / name)


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("https://user:secret@host/a.zip", "password"),
        ("https://host/a.parquet?download=true", r"after \?"),
        ("nonsense://bucket/a", "nonsense://"),
        ("memory://nothing", "is not there"),
        ("memory://nothing-*.tar", "matches"),
    ],
)
def test_addresses_that_cannot_be_meant_are_sentences(address: str, hint: str) -> None:
    """No password is kept, an unknown scheme or a missing folder is said, and the password is not repeated."""
    with pytest.raises(UsageError, match=hint) as error:
        listed(address)
    assert "secret" not in str(error.value)


def test_sources_on_different_machines_are_refused(source: Path) -> None:
    """An image set has one folder that holds it."""
    with pytest.raises(UsageError, match="different machines"):
        listed([str(source), "memory://data"])


def test_columns_are_passed_on(source: Path) -> None:
    """Options that name columns reach every table."""
    write_table(source / "part-1.parquet", {"image": images([png(30)]), "label": ["a"], "kind": ["b"]})
    assert found(listed(source / "part-1.parquet", columns=Columns(label="kind"))) == [("0", "b")]
    with pytest.raises(UsageError, match="'kind'"):
        listed(source, columns=Columns(label="kind"))


def test_progress_counts_containers(source: Path) -> None:
    """Indexes of many containers take a while, which is shown; files by themselves do not."""
    seen: list[tuple[int, int]] = []
    listed(source, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 5) for done in range(1, 6)]


@given(first=st.integers(0, 2000), n=st.integers(1, 60), width=st.integers(0, 6))
def test_a_range_stands_for_its_numbers(first: int, n: int, width: int) -> None:
    """As in a shell: every number, in order, with leading zeros where they are written."""
    numbers = [f"{number:0{width}d}" for number in range(first, first + n)]
    if len({len(number) for number in numbers}) > 1 and not (numbers[0].startswith("0") and len(numbers[0]) > 1):
        assert braces_expanded(f"a{{{numbers[0]}..{numbers[-1]}}}b") == [f"a{number}b" for number in range(first, first + n)]
    else:
        assert braces_expanded(f"a{{{numbers[0]}..{numbers[-1]}}}b") == [f"a{number}b" for number in numbers]


def test_braces_are_expanded_as_in_a_shell() -> None:
    """Alternatives, several braces, falling ranges; braces around one word stand for themselves."""
    assert braces_expanded("{a,b}-{1..2}") == ["a-1", "a-2", "b-1", "b-2"]
    assert braces_expanded("{3..1}") == ["3", "2", "1"]
    assert braces_expanded("x{y}z") == ["x{y}z"]
