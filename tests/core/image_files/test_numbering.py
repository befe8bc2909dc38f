"""Numbers of images: in path order at first, and kept whatever is added, moved or doubled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.domain import ImageFile
from core.image_files.looking import Looked
from core.image_files.numbering import is_prefix, numbered

NAMES = [f"{letter}.png" for letter in "abcdefghij"]
folders = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 6), max_size=8)  # path -> content; 0 cannot be decoded


def look(folder: dict[str, int]) -> list[Looked]:
    return [
        Looked(path, path[0], f"hash {content}", 1, 1) if content else Looked(path, path[0], reason="broken")
        for path, content in sorted(folder.items())
    ]


def contents(images: tuple[ImageFile, ...]) -> list[str]:
    return [image.content_hash for image in images]


@given(folder=folders)
def test_a_new_set_is_in_path_order(folder: dict[str, int]) -> None:
    """Each content once, under its first path; all other files are skipped, with a reason."""
    found = numbered(look(folder))
    paths = [image.path for image in found.images]
    assert paths == sorted(paths) and len(set(contents(found.images))) == len(paths)
    assert [image.image_id for image in found.images] == list(range(len(paths)))
    assert {*paths, *(file.path for file in found.skipped)} == set(folder) and len(paths) + len(found.skipped) == len(folder)
    assert all(file.reason for file in found.skipped)
    assert (found.n_added, found.n_moved, found.n_removed, found.n_changed) == (len(paths), 0, 0, 0)


@given(before=folders, now=folders)
def test_images_keep_their_numbers(before: dict[str, int], now: dict[str, int]) -> None:
    """While no content is lost, the images of before come first, in their order, wherever they lie now; else all are numbered anew."""
    former = numbered(look(before)).images
    found = numbered(look(now), former)
    is_lost = not {image.content_hash for image in former} <= {f"hash {content}" for content in now.values() if content}
    assert found.keeps_ids == (not is_lost)
    assert [image.image_id for image in found.images] == list(range(len(found.images)))
    assert set(contents(found.images)) == {f"hash {content}" for content in now.values() if content}
    assert all(now[image.path] == int(image.content_hash[5:]) for image in found.images)
    if is_lost:
        assert found.images == numbered(look(now)).images
    else:
        assert contents(found.images)[: len(former)] == contents(former) and is_prefix(former, found.images)
        assert found.n_added == len(found.images) - len(former)
        added = [image.path for image in found.images[len(former) :]]
        assert added == sorted(added)


@given(before=folders, now=folders)
def test_what_differs_is_counted(before: dict[str, int], now: dict[str, int]) -> None:
    """Each image of before is kept, moved, changed (its path has another content now) or removed; nothing is counted twice."""
    former = numbered(look(before)).images
    found = numbered(look(now), former)
    there = {f"hash {content}" for content in now.values() if content}
    lost = [image for image in former if image.content_hash not in there]
    assert found.n_changed == sum(image.path in now for image in lost)
    assert found.n_removed == len(lost) - found.n_changed
    kept = [image for image in former if image.content_hash in there]
    assert found.n_moved == sum(now.get(image.path) != int(image.content_hash[5:]) for image in kept)


@given(before=folders, later=folders, last=folders)
def test_growing_twice_is_stable(before: dict[str, int], later: dict[str, int], last: dict[str, int]) -> None:
    """A set that grew twice begins with what it was before each time, and finding the same again changes nothing."""
    first = numbered(look(before)).images
    second = numbered(look(later | before), first)
    third = numbered(look(last | later | before), second.images)
    assert is_prefix(first, second.images) and is_prefix(second.images, third.images)
    again = numbered(look(last | later | before), third.images)
    assert (again.images, again.skipped, again.n_added, again.n_moved) == (third.images, third.skipped, 0, 0)


def test_a_double_that_sorts_before_is_the_one_that_is_skipped() -> None:
    """An image keeps its path while it lies there, though an equal file with an earlier name was added."""
    former = numbered(look({"b.png": 1})).images
    found = numbered(look({"a.png": 1, "b.png": 1}), former)
    assert found.images == former
    assert [(file.path, file.reason) for file in found.skipped] == [("a.png", "same content as b.png")]


def test_prefixes_are_compared_by_content() -> None:
    """Paths and labels may differ; contents and their order may not."""
    one, two = numbered(look({"a.png": 1, "b.png": 2})).images, numbered(look({"c.png": 1, "d.png": 2, "e.png": 3})).images
    assert is_prefix(one, two) and is_prefix((), one) and not is_prefix(two, one)
    assert not is_prefix(tuple(reversed(one)), two)
