"""Numbers of images, which stay when a set grows: an image is its content, wherever it lies and whatever it is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.domain import ImageFile, SkippedFile
from core.image_files.looking import Looked


@dataclass(frozen=True, slots=True)
class Numbering:
    """The images of a set by number, what was skipped, and how they differ from what the set held before.

    Where nothing was removed or changed, images of before keep their numbers; else all are numbered anew.
    """

    images: tuple[ImageFile, ...]
    skipped: tuple[SkippedFile, ...]
    n_added: int  # contents that were not in the set, but for those of changed images
    n_moved: int  # the same content under another path
    n_removed: int  # neither content nor path is there any more
    n_changed: int  # the path is there, with another content or none that can be decoded

    @property
    def keeps_ids(self) -> bool:
        """Return whether all images of before are there, under their numbers."""
        return not self.n_removed and not self.n_changed


def numbered(found: Iterable[Looked], former: Sequence[ImageFile] = ()) -> Numbering:
    """Return the images of what was found, which is in path order: `former` ones first, in their order, then new ones.

    Of files with equal content one is the image (that whose path it had before, else the first), the others are skipped.
    """
    all_found = list(found)
    by_path = {one.path for one in all_found}
    chosen = _chosen(all_found, former)
    missing = [image for image in former if image.content_hash not in chosen]
    n_moved = sum(image.path != chosen[image.content_hash].path for image in former if image.content_hash in chosen)
    if missing:
        chosen = _chosen(all_found, ())
    changed = {image.path for image in missing if image.path in by_path}
    known = {image.content_hash for image in former}
    first = [] if missing else [chosen[image.content_hash] for image in former]
    images = (*first, *(one for content, one in chosen.items() if missing or content not in known))
    return Numbering(
        tuple(_image(number, one) for number, one in enumerate(images)),
        tuple(_skipped(all_found, chosen)),
        n_added=sum(content not in known and one.path not in changed for content, one in chosen.items()),
        n_moved=n_moved,
        n_removed=len(missing) - len(changed),
        n_changed=len(changed),
    )


def is_prefix(former: Sequence[ImageFile], images: Sequence[ImageFile]) -> bool:
    """Return whether `images` begin with the images of `former`, by content, whatever their paths and labels; both in order of id."""
    return len(former) <= len(images) and all(before.content_hash == now.content_hash for before, now in zip(former, images, strict=False))


def _chosen(found: Sequence[Looked], former: Sequence[ImageFile]) -> dict[str, Looked]:
    """Return which file is the image of each content, in the order in which contents were found."""
    paths = {image.content_hash: image.path for image in former}
    chosen: dict[str, Looked] = {}
    for one in found:
        if not one.reason and (one.content_hash not in chosen or paths.get(one.content_hash) == one.path):
            chosen[one.content_hash] = one
    return chosen


def _skipped(found: Sequence[Looked], chosen: dict[str, Looked]) -> Iterable[SkippedFile]:
    for one in found:
        if one.reason:
            yield SkippedFile(one.path, one.reason)
        elif chosen[one.content_hash].path != one.path:
            yield SkippedFile(one.path, f"same content as {chosen[one.content_hash].path}")


def _image(number: int, one: Looked) -> ImageFile:
    return ImageFile(number, one.content_hash, one.path, one.label, one.width_px, one.height_px)
