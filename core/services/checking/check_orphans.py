"""Files of a workspace that nothing refers to any more: found with their sizes, removed where that is asked for. No torch.

People's answers, the catalogue and what any of its versions refers to are never among them. Where it cannot be told what is referred to
(people's answers are held by the dashboard, a version or a job cannot be read), the files in question are left alone.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path

from core.domain import NetworkCard, digest
from core.errors import ExemplaryError, StoreBusy
from core.jobs import watch
from core.services.checking.check_jobs import UnfinishedJob
from core.services.checking.finding import Finding, size_in_words
from core.services.renders.render_requests import SynthesisRequest, plans_of
from core.store import catalogue_read, check_read
from core.store.check_read import Cursor, Referenced
from core.store.publication import KEPT_VERSIONS, published_versions
from core.store.workspace import Workspace

STALE_S = 600.0  # a temporary file that was not written to for so long is left from a process that died
COMPUTERS = tuple(f"{kind}, {precision}" for kind, precision in product(("cpu", "cuda", "mps"), ("float32", "bfloat16", "float16")))
SCRATCH = ("activations-*.f32", "state.npz", "compiled.json")


@dataclass(frozen=True, slots=True)
class Known:
    """What is needed to tell orphans, each None where it could not be read: what all versions of the catalogue refer to, the unfinished
    jobs, the images in people's trials."""

    referenced: Referenced | None
    jobs: Sequence[UnfinishedJob] | None
    trial_images: Collection[str] | None


def find_orphans(workspace: Workspace, cursor: Cursor, known: Known) -> Iterator[Finding]:
    """Give one finding for each kind of files that nothing refers to."""
    groups = (
        ("catalogue", "versions of the catalogue before the former one", published_versions(workspace)[:-KEPT_VERSIONS]),
        ("activations", "activation files that no version of the catalogue refers to", _activations(workspace, known)),
        ("checkpoints", "checkpoints of networks or recipes that have changed", _checkpoints(workspace, cursor, known)),
        ("jobs", "leftovers of mining jobs that have ended", _scratch(workspace, known)),
        ("temporary files", "temporary files of processes that died", _temporary(workspace)),
        ("images", "stored images that nothing refers to", _images(workspace, known)),
    )
    for about, what, paths in groups:
        found = sorted(paths)
        n_bytes = sum(path.stat().st_size for path in found)
        if found:
            text = f"{len(found):,} {what} take {size_in_words(n_bytes)}; `exemplary check --mend` removes them."
            yield Finding("orphan", about, text, tuple(str(path.relative_to(workspace.root)) for path in found), n_bytes)


def remove(workspace: Workspace, orphans: Sequence[Finding]) -> None:
    """Remove the orphans' files and the folders that this leaves empty. The caller holds the workspace's lock. Raises StoreBusy."""
    refuse_while_running(workspace)
    for path in (workspace.root / name for one in orphans for name in one.files):
        path.unlink(missing_ok=True)
        _remove_empty(path.parent, workspace)


def refuse_while_running(workspace: Workspace) -> None:
    """Raise StoreBusy while a job works: what it has written may be referred to by nobody yet."""
    running = watch.running(workspace)
    if running:
        raise StoreBusy(f"The job {running[0].name} is running; nothing was removed. Wait for it, then run `exemplary check --mend` again.")


def _activations(workspace: Workspace, known: Known) -> Iterator[Path]:
    if known.referenced is None or known.jobs is None:
        return
    kept = known.referenced.shard_files | {shard.path for job in known.jobs for shards in job.state.shards.values() for shard in shards}
    for path in (workspace.root / "activations").rglob("*.parquet"):
        if str(path.relative_to(workspace.root)) not in kept:
            yield path


def _scratch(workspace: Workspace, known: Known) -> Iterator[Path]:
    if known.jobs is None:
        return
    unfinished = {job.status.name for job in known.jobs}
    for folder in workspace.jobs.glob("mine-*/"):
        if folder.name not in unfinished:
            yield from (path for pattern in SCRATCH for path in folder.glob(pattern))


def _temporary(workspace: Workspace) -> Iterator[Path]:
    before = time.time() - STALE_S
    every = chain(workspace.root.glob("*"), *(folder.rglob("*") for folder in workspace.own_folders))
    for path in every:
        if _is_temporary(path) and path.is_file() and path.stat().st_mtime < before:
            yield path


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".tmp-") or path.suffix == ".tmp" or path.name.endswith((".tmp.npz", ".tmp.wal"))


def _images(workspace: Workspace, known: Known) -> Iterator[Path]:
    if known.referenced is None or known.trial_images is None:
        return
    kept = known.referenced.addresses | set(known.trial_images)
    for folder, suffix in ((workspace.images, "png"), (workspace.thumbs, "webp")):
        yield from (path for path in folder.glob(f"*/*.{suffix}") if path.stem not in kept and not _is_temporary(path))


# --- checkpoints --------------------------------------------------------------------------------------------------------------


def _checkpoints(workspace: Workspace, cursor: Cursor, known: Known) -> Iterator[Path]:
    """Give the states of batches that no current network and known recipe can go on from."""
    if known.jobs is None:
        return
    cards = catalogue_read.networks(cursor)
    specs = set(check_read.render_spec_digests(cursor))
    for job in known.jobs:
        if job.request is not None:
            wanted = _specs_of(job.request, cards, cursor)
            if wanted is None:
                return
            specs |= wanted
    kept = {digest([card.network_digest, spec, computer]) for card in cards for spec in specs for computer in COMPUTERS}
    for path in workspace.checkpoints.glob("*/*.pt"):
        if path.parent.name not in kept:
            yield path


def _specs_of(request: SynthesisRequest, cards: Sequence[NetworkCard], cursor: Cursor) -> set[str] | None:
    """Return the digests of the specs that a request may render by; None where they cannot be told."""
    named = [card for card in cards if request.network_name in (None, card.name) and request.network in (card.name, card.source)]
    image_sets = (None, *catalogue_read.image_sets(cursor))
    found = set()
    for card in named:
        for image_set in image_sets:
            try:
                found |= {digest(plan.spec) for plan in plans_of(request, card, live=None, image_set=image_set)}
            except ExemplaryError:
                continue  # this recipe needs images
    return found or None


def _remove_empty(folder: Path, workspace: Workspace) -> None:
    while folder != workspace.root and folder.parent != workspace.root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
