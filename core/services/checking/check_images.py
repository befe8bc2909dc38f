"""Whether the images of every set are where they were indexed, and what they were."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal

from core.domain import ImageFile, ImageSet
from core.errors import ImageError
from core.image_files import read_bytes
from core.jobs.job import Progress
from core.services.checking.finding import Finding, first_of, wrong
from core.store import catalogue_read, check_read
from core.store.check_read import Cursor

SAMPLE = 32  # images of a set whose bytes are compared without --deep, evenly spread
CHUNK = 256

Fault = Literal["gone", "changed"]


def check_image_sets(cursor: Cursor, *, deep: bool, n_threads: int, progress: Progress) -> Iterator[Finding]:
    """Give what is wrong with each image set: its list, its folder, its files, their content (of a sample; of all where `deep`)."""
    rows = check_read.image_rows(cursor)
    for image_set in catalogue_read.image_sets(cursor):
        n_listed, in_order = rows[image_set.name]
        about = f"image set {image_set.name}"
        if n_listed != image_set.n_images or not in_order:
            yield wrong(
                about,
                f"The catalogue lists {n_listed:,} images of {image_set.name!r}, numbered {'whole' if in_order else 'with gaps'}, and says "
                f"that it has {image_set.n_images:,}; {_index_again(image_set)}.",
            )
        if not _is_remote(image_set) and image_set.folder and not Path(image_set.folder).exists():
            yield wrong(
                about,
                f"The folder {image_set.folder} of {image_set.name!r} is not there; put it back, or tell where it is now: "
                f"`exemplary index FOLDER --name {shlex.quote(image_set.name)}` (several sources: all of them).",
            )
            continue
        images = catalogue_read.images(cursor, image_set.name)
        yield from _files(image_set, images, deep=deep, n_threads=n_threads, progress=progress)


def _files(image_set: ImageSet, images: Sequence[ImageFile], *, deep: bool, n_threads: int, progress: Progress) -> Iterator[Finding]:
    gone = set() if deep or _is_remote(image_set) else {image.path for image in images if not _is_there(image_set.folder, image.path)}
    present = [image for image in images if image.path not in gone]
    compared = present if deep else present[:: max(1, len(present) // SAMPLE)]
    changed: list[str] = []
    for image, fault in _compared(image_set, compared, n_threads, progress):
        if fault == "gone":
            gone.add(image.path)
        else:
            changed.append(image.path)
    about = f"image set {image_set.name}"
    for what, paths in (("are not there, or cannot be read", sorted(gone)), ("are not what they were when they were indexed", changed)):
        if paths:
            yield wrong(
                about,
                f"{len(paths):,} of {len(images):,} images of {image_set.name!r} {what} ({first_of(paths)}); put them back into "
                f"{image_set.folder}, or {_index_again(image_set)}.",
            )


def _compared(image_set: ImageSet, images: Sequence[ImageFile], n_threads: int, progress: Progress) -> Iterator[tuple[ImageFile, Fault]]:
    """Give the images whose bytes cannot be read, or have another SHA-256 than when they were indexed."""
    fault_of = partial(_fault, image_set.folder)
    with ThreadPoolExecutor(n_threads) as pool:
        for start in range(0, len(images), CHUNK):
            some = images[start : start + CHUNK]
            for image, fault in zip(some, pool.map(fault_of, some), strict=True):
                if fault is not None:
                    yield image, fault
            progress(start + len(some), len(images), f"checking {image_set.name} images")


def _fault(folder: str, image: ImageFile) -> Fault | None:
    try:
        content = read_bytes(folder, image.path)
    except ImageError:
        return "gone"
    return None if hashlib.sha256(content).hexdigest() == image.content_hash else "changed"


def _is_there(folder: str, path: str) -> bool:
    """Return whether the file is there, or the archive or table that the path leads through."""
    place, root = Path(folder, path), Path(folder)
    while place != root and place != place.parent:
        if place.exists():
            return place.is_file()
        place = place.parent
    return root.is_file()


def _is_remote(image_set: ImageSet) -> bool:
    return "://" in image_set.folder


def _index_again(image_set: ImageSet) -> str:
    """Return what to do, without knowing what was named when the set was indexed: its folder, or several sources that lie there."""
    command = f"exemplary index {shlex.quote(image_set.folder or 'FOLDER')} --name {shlex.quote(image_set.name)} --replace"
    return f"index again with `{command}` (if the set was made of several sources in that folder: name all of them again), and mine"
