"""A store of answers that has none yet."""

from __future__ import annotations

import pytest

from core.store.responses import ResponseStore
from core.store.workspace import Workspace


@pytest.fixture
def store(empty_workspace: Workspace) -> ResponseStore:
    """Return the store of an empty workspace."""
    return ResponseStore(empty_workspace)
