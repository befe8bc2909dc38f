"""The dashboard's process-wide caches, pointed at one test's workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import streamlit as st

from core.settings import WORKSPACE_VARIABLE
from core.store.workspace import Workspace
from tests.studies import Workplace

T = TypeVar("T")


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
    st.cache_resource.clear()
    yield value
    st.cache_resource.clear()
