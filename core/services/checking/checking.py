"""Verify a workspace: what is missing or damaged, what is unfinished, what nothing refers to; remove the last where asked. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import NotReady, StoreBusy, StoreError
from core.jobs.job import Progress, silent
from core.services.checking.check_answer_sets import check_answer_sets
from core.services.checking.check_images import check_image_sets
from core.services.checking.check_jobs import check_jobs, unfinished_jobs
from core.services.checking.check_mined import check_mined
from core.services.checking.check_observers import check_observers
from core.services.checking.check_orphans import Known, find_orphans, refuse_while_running, remove
from core.services.checking.check_pictures import check_pictures
from core.services.checking.finding import Finding, note, wrong
from core.settings import Settings
from core.store import check_read
from core.store.check_read import Cursor, Referenced
from core.store.publication import newest_version, published_versions
from core.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Cache:
    """Files of a workspace that are made again when they are needed: a folder that may be deleted whole."""

    folder: str
    n_files: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found; `removed` are the orphans that were removed. is_deep: every file was read, else a sample of the images."""

    workspace: str
    is_deep: bool
    findings: tuple[Finding, ...]
    removed: tuple[Finding, ...] = ()
    caches: tuple[Cache, ...] = ()

    @property
    def is_well(self) -> bool:
        """Return whether nothing is wrong; orphans and notes are not."""
        return all(one.kind != "wrong" for one in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as data: the schema of `exemplary check --json`."""
        return {**asdict(self), "is_well": self.is_well}


def check(settings: Settings, *, deep: bool = False, mend: bool = False, progress: Progress = silent) -> CheckReport:
    """Verify the workspace; with `mend` remove what nothing refers to, under the workspace's lock.

    Raises NotReady on an empty workspace, StoreBusy where it is to be mended while a job runs.
    """
    workspace = Workspace(settings.workspace)
    if newest_version(workspace) is None:
        raise NotReady(f"The workspace {workspace.root} is empty: there is nothing to check; run `exemplary demo`, or `exemplary index`.")
    if mend:
        refuse_while_running(workspace)
    findings = tuple(_findings(workspace, settings.threads, deep, progress))
    if not mend:
        return CheckReport(str(workspace.root), deep, findings, caches=_caches(workspace))
    with workspace.lock():
        orphans = tuple(_orphans(workspace))
        remove(workspace, orphans)
    return CheckReport(str(workspace.root), deep, tuple(one for one in findings if one.kind != "orphan"), orphans, _caches(workspace))


def _findings(workspace: Workspace, n_threads: int, deep: bool, progress: Progress) -> Iterator[Finding]:
    yield from _catalogue(workspace)
    cursor = _current(workspace)
    if cursor is not None:
        yield from check_image_sets(cursor, deep=deep, n_threads=n_threads, progress=progress)
        yield from check_mined(workspace, cursor, deep=deep, progress=progress)
        yield from check_pictures(workspace, cursor, deep=deep, progress=progress)
    yield from check_observers(workspace, cursor)
    yield from check_answer_sets(workspace)
    yield from _answers(workspace)
    yield from check_jobs(workspace, cursor)
    yield from _orphans(workspace)


def _catalogue(workspace: Workspace) -> Iterator[Finding]:
    for path in published_versions(workspace):
        try:
            check_read.open_version(path).close()
        except StoreError as error:
            is_current = path == newest_version(workspace)
            remedy = "move it away, so that the version before it is current" if is_current else "delete it, it is not the current version"
            yield wrong("catalogue", f"catalogue/{path.name} cannot be used ({error}); {remedy}.")


def _current(workspace: Workspace) -> Cursor | None:
    newest = newest_version(workspace)
    try:
        return None if newest is None else check_read.open_version(newest)
    except StoreError:
        return None


def _answers(workspace: Workspace) -> Iterator[Finding]:
    try:
        _trial_images(workspace)
    except StoreBusy:
        yield note(
            "answers",
            "responses.duckdb is held by another process (the dashboard?), so people's answers and unreferenced images were not checked.",
        )
    except StoreError as error:
        yield wrong("answers", f"responses.duckdb cannot be read ({error}); put it back from a copy.")


def _orphans(workspace: Workspace) -> Iterator[Finding]:
    cursor = _current(workspace)
    if cursor is not None:
        yield from find_orphans(workspace, cursor, _known(workspace, cursor))


def _known(workspace: Workspace, cursor: Cursor) -> Known:
    jobs, trial_images, referenced = None, None, None
    try:
        referenced = _referenced(workspace)
        jobs = unfinished_jobs(workspace, cursor)
        trial_images = _trial_images(workspace)
    except StoreError:  # told by the checks of each
        pass
    return Known(referenced, jobs, trial_images)


def _referenced(workspace: Workspace) -> Referenced:
    found: Sequence[Referenced] = [check_read.referenced(check_read.open_version(path)) for path in published_versions(workspace)]
    return Referenced(
        frozenset().union(*(one.shard_files for one in found)),
        frozenset().union(*(one.addresses for one in found)),
    )


def _trial_images(workspace: Workspace) -> frozenset[str]:
    return check_read.check_responses(workspace) if workspace.responses.exists() else frozenset()


def _caches(workspace: Workspace) -> tuple[Cache, ...]:
    found = []
    for folder in (workspace.thumbs, workspace.maps, workspace.spectra, workspace.embeddings):
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        if sizes:
            found.append(Cache(folder.name, len(sizes), sum(sizes)))
    return tuple(found)
