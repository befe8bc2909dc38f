"""The queue of render requests in a workspace: put there by anybody, worked off one after another by whoever has the machine. No torch."""

from __future__ import annotations

import json
from collections.abc import Iterator

from core.domain import digest
from core.jobs import watch
from core.jobs.job import enqueued
from core.services.renders.render_requests import SynthesisRequest, as_json, request_from_json
from core.settings import Settings
from core.store.workspace import Workspace

PREFIX = "synthesize-"


def job_name(request: SynthesisRequest) -> str:
    """Return the name of the job of a request: the same request is the same job."""
    return f"{PREFIX}{digest(as_json(request))}"


def enqueue(settings: Settings, request: SynthesisRequest) -> str:
    """Put a request into the queue and return the name of its job; nothing is loaded or checked until its turn comes."""
    name = job_name(request)
    enqueued(Workspace(settings.workspace), name, spec=as_json(request))
    return name


def refuse(settings: Settings, request: SynthesisRequest, reason: str) -> None:
    """Note that a request cannot be met, so that it waits no longer."""
    watch.give_up(Workspace(settings.workspace), job_name(request), reason)


def waiting(settings: Settings) -> Iterator[SynthesisRequest]:
    """Give the requests that wait, the oldest first, as the queue is when each is asked for: those that were put there, and those whose
    process died. One that was stopped on request or has failed is left out: the same command, or putting it there again, resumes it."""
    seen: set[str] = set()
    workspace = Workspace(settings.workspace)
    while names := [name for name in watch.waiting(workspace) if name.startswith(PREFIX) and name not in seen]:
        seen.add(names[0])
        yield request_from_json(json.loads((workspace.jobs / names[0] / "spec.json").read_text(encoding="utf-8")))
