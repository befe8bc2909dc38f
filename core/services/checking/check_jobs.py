"""Unfinished jobs: how far each is, whether its process died, and which command goes on with it. No torch."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from core.domain import MiningSpec, study_key
from core.errors import StoreError
from core.jobs import watch
from core.jobs.watch import JobStatus
from core.services.checking.finding import Finding, note, wrong
from core.services.jobs.commands import mine_command, synthesize_command
from core.services.mining.mining_plan import comparable
from core.services.renders.render_queue import PREFIX
from core.services.renders.render_requests import SynthesisRequest, request_from_json
from core.store import catalogue_read, mined_read, mining_state
from core.store.check_read import Cursor
from core.store.mined_read import Mined
from core.store.mining_state import MiningState
from core.store.workspace import Workspace

MINE_PREFIX = "mine-"


@dataclass(frozen=True, slots=True)
class UnfinishedJob:
    """A job that has not ended with all done, and what it was asked; `state`: what a mining job has written already."""

    status: JobStatus
    mining: MiningSpec | None = None
    request: SynthesisRequest | None = None
    state: MiningState = mining_state.NOTHING


def unfinished_jobs(workspace: Workspace, cursor: Cursor | None) -> tuple[UnfinishedJob, ...]:
    """Return the jobs that run, wait, were stopped or failed, but for mining jobs of layers that were mined since.

    Raises StoreError where the spec or the state of one cannot be read.
    """
    found = [_read(workspace, status) for status in watch.statuses(workspace) if status.state != "done"]
    return tuple(one for one in found if one.status.state == "running" or not _is_superseded(workspace, one, cursor))


def check_jobs(workspace: Workspace, cursor: Cursor | None) -> Iterator[Finding]:
    """Give a note on every unfinished job, and on the locks that processes left when they died."""
    try:
        jobs = unfinished_jobs(workspace, cursor)
    except StoreError as error:
        yield wrong("jobs", str(error))
        return
    for one in jobs:
        status = one.status
        far = f" at {status.done:,.0f} of {status.total:,.0f}" if status.total else ""
        if status.state == "running":
            yield note("jobs", f"The job {status.name} is running{far}.")
        elif status.state == "queued":
            yield note("jobs", f"The job {status.name} waits in the queue; `exemplary work` renders it.")
        else:
            how = f"failed ({status.label.rstrip('.')})" if status.state == "failed" else f"is unfinished{far}{_death(workspace, status)}"
            yield note("jobs", f"The job {status.name} {how}; it goes on with `{resuming_command(one)}`.")


def resuming_command(job: UnfinishedJob) -> str:
    """Return the command that goes on with a job."""
    if job.mining is not None:
        return mine_command(job.mining)
    if job.request is not None:
        return synthesize_command(job.request)
    return "exemplary " + job.status.name.rsplit("-", 1)[0]


def _read(workspace: Workspace, status: JobStatus) -> UnfinishedJob:
    folder = workspace.jobs / status.name
    try:
        asked = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
        if status.name.startswith(MINE_PREFIX):
            spec = mined_read.mining_spec(json.dumps(asked)) if isinstance(asked, dict) else None  # older versions kept it as text
            return UnfinishedJob(status, mining=spec, state=mining_state.load(folder / "state.npz"))
        if status.name.startswith(PREFIX):
            return UnfinishedJob(status, request=request_from_json(asked))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise StoreError(
            f"What the job {status.name} was asked or has done cannot be read ({error}); delete its folder in jobs/ and give its "
            "command anew."
        ) from error
    return UnfinishedJob(status)


def _is_superseded(workspace: Workspace, job: UnfinishedJob, cursor: Cursor | None) -> bool:
    """Return whether all that a mining job was asked has been mined since, by another command."""
    spec = job.mining
    if spec is None or cursor is None:
        return False
    mined = mined_read.whole_states(cursor, workspace, study_key(spec.network, spec.image_set, spec.reduction))
    n_images = next((one.n_images for one in catalogue_read.image_sets(cursor) if one.name == spec.image_set), 0)
    return all(_is_met(spec, mined.get(layer), n_images) for layer in spec.layers)


def _is_met(asked: MiningSpec, mined: Mined | None, n_images: int) -> bool:
    """Return whether a layer is mined as was asked on all that its image set holds now, with at least as many exemplars."""
    if mined is None or mined.n_images < n_images:
        return False
    return comparable(mined.spec) == comparable(asked) and mined.spec.top_k >= asked.top_k


def _death(workspace: Workspace, status: JobStatus) -> str:
    """Return what is known of the process that worked on a stopped job: its number, where it died without a word."""
    if status.label.startswith("interrupted"):
        return ""
    lock = workspace.jobs / status.name / "lock"
    pid = lock.read_text(encoding="utf-8").strip() if lock.exists() else ""
    return f" (its process {pid} died and holds its lock no longer)" if pid else ""
