"""Whether the synthetic images and snapshots that the catalogue refers to are there, and are what their addresses say."""

from __future__ import annotations

from collections.abc import Iterator

from core.imaging import content_address
from core.jobs.job import Progress
from core.services.finding import Finding, first_of, wrong
from core.store import artifacts, check_read
from core.store.check_read import Cursor
from core.store.workspace import Workspace

REPORT_EVERY = 256
REMEDY = "put them back from a copy, or render them again with another --seed (`exemplary synthesize --units UNIT --seed 1`)"


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
        yield wrong("synthetic images", f"{len(missing):,} of {len(shown):,} stored images are missing ({first_of(missing)}); {REMEDY}.")
    if damaged:
        yield wrong(
            "synthetic images", f"{len(damaged):,} of {len(shown):,} stored images are not what was stored ({first_of(damaged)}); {REMEDY}."
        )
