"""Whether the synthetic images and snapshots that the catalogue refers to are there, and are what their addresses say."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image

from core.imaging import content_address
from core.jobs.job import Progress
from core.services.checking.finding import Finding, first_of, wrong
from core.store import artifacts, check_read
from core.store.check_read import Cursor
from core.store.workspace import Workspace

REPORT_EVERY = 256
MISSING_REMEDY = (
    "the `exemplary synthesize` command that rendered them (`exemplary import-references`, if they were imported) brings them again "
    "(snapshots once their group's images are deleted)"
)
DAMAGED_REMEDY = (
    "delete these files, and the `exemplary synthesize` or `exemplary import-references` command that brought them brings them again"
)
CROP_REMEDY = "delete these files; they are made again from the images when they are shown"


def check_pictures(workspace: Workspace, cursor: Cursor, *, deep: bool, progress: Progress) -> Iterator[Finding]:
    """Give which stored images are missing or (deep) have other content than their address says."""
    shown = check_read.shown_images(cursor)
    missing, damaged = [], []
    for number, (address, what) in enumerate(sorted(shown.items()), start=1):
        path = artifacts.image_path(workspace, address)
        if not path.is_file():
            missing.append(f"{what}, {path.relative_to(workspace.root)}")
        elif deep and content_address(path.read_bytes()) != address:
            damaged.append(f"{what}, {path.relative_to(workspace.root)}")
        if number % REPORT_EVERY == 0 or number == len(shown):
            progress(number, len(shown), "checking synthetic images")
    if missing:
        yield wrong(
            "synthetic images", f"{len(missing):,} of {len(shown):,} stored images are missing ({first_of(missing)}); {MISSING_REMEDY}."
        )
    if damaged:
        yield wrong(
            "synthetic images",
            f"{len(damaged):,} of {len(shown):,} stored images are not what was stored ({first_of(damaged)}); {DAMAGED_REMEDY}.",
        )
    if deep:
        yield from _crops(workspace, cursor, progress)


def _crops(workspace: Workspace, cursor: Cursor, progress: Progress) -> Iterator[Finding]:
    """Give which kept crops of natural images are damaged: their addresses are not of their bytes, but PNG has checksums of its own."""
    kept = [path for address in sorted(check_read.crop_addresses(cursor)) if (path := artifacts.image_path(workspace, address)).is_file()]
    damaged = []
    for number, path in enumerate(kept, start=1):
        if not _is_png(path.read_bytes()):
            damaged.append(str(path.relative_to(workspace.root)))
        if number % REPORT_EVERY == 0 or number == len(kept):
            progress(number, len(kept), "checking cropped images")
    if damaged:
        yield wrong("crops", f"{len(damaged):,} of {len(kept):,} kept crops are damaged ({first_of(damaged)}); {CROP_REMEDY}.")


def _is_png(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            image.verify()
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for torn files and wrong checksums
        return False
    return True
