"""The dashboard's process-wide caches, pointed at one test's workspace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.experiment import RatingTask, Session
from core.settings import WORKSPACE_VARIABLE
from core.store.workspace import Workspace
from dashboard import caching, resources
from dashboard.routes import ROUTES
from tests.studies import MAIN_UNITS, Workplace, session_of, trials_of

T = TypeVar("T")
HOST = "http://testserver"


def session_in(place: Workplace) -> Session:
    """Return a session that has no trials yet, planned from the study's stimuli as they are now."""
    session = session_of()
    return replace(session, design=replace(session.design, stimuli_digest=place.study.stimuli_digest))


@pytest.fixture
def served(study_workspace: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """Serve a copy of the small study from this process."""
    yield from _served(study_workspace, study_workspace.workspace.root, monkeypatch)


@pytest.fixture
def served_empty(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Serve an empty workspace from this process."""
    yield from _served(empty_workspace, empty_workspace.root, monkeypatch)


def _served(value: T, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[T]:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(root))
    caching.forget_all()
    yield value
    caching.forget_all()


@pytest.fixture
def client(served: Workplace) -> TestClient:
    """Return a client of the dashboard's routes."""
    return TestClient(Starlette(routes=list(ROUTES)), base_url=HOST, raise_server_exceptions=False)


@pytest.fixture
def session_id(served: Workplace) -> str:
    """Begin a session of eight trials and a rating, and return its name."""
    tasks = [RatingTask("begin", 0, MAIN_UNITS[0], ("a" * 32,), ("b" * 32,))]
    resources.responses().add_session(session_in(served), trials_of(), tasks)
    return "session-0"
