"""Shared by all tests: seeds, small workspaces that are built once and copied, and the real material beside the checkout."""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:  # so that tests import tests.studies, however pytest was started
    sys.path.insert(0, str(ROOT))

from core.settings import WORKSPACE_VARIABLE  # noqa: E402
from core.store.workspace import Workspace  # noqa: E402
from tests.chromium import chromium, page  # noqa: E402, F401  fixtures
from tests.studies import Workplace, tiny_study  # noqa: E402

SEED = int(os.environ.get("EXEMPLARY_TEST_SEED", "20260102"))
REAL = ROOT.parent / "shared" / "real"
PUBLISHED = ROOT.parent / "shared" / "published"
REAL_REASON = f"{REAL} is not here: the real network and photos are not part of the repository"

IS_CI = os.environ.get("CI") == "true"
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if IS_CI else "local")


def pytest_report_header() -> str:
    """Name the seed of this run; EXEMPLARY_TEST_SEED sets it."""
    return f"exemplary: seed {SEED}, real material {'present' if REAL.is_dir() else 'absent'}"


@pytest.fixture(autouse=True)
def seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed the global generators; no test sees the workspace of whoever runs it."""
    random.seed(SEED)
    np.random.seed(SEED % 2**32)
    monkeypatch.delenv(WORKSPACE_VARIABLE, raising=False)


@pytest.fixture
def real() -> Path:
    """Return the folder of real material, or skip where it is not present."""
    if not REAL.is_dir():
        pytest.skip(REAL_REASON)
    return REAL


@pytest.fixture
def published() -> Path:
    """Return the folder of the paper's published answers, or skip where it is not present."""
    if not PUBLISHED.is_dir():
        pytest.skip(f"{PUBLISHED} is not here: the published answers are not part of the repository")
    return PUBLISHED


@pytest.fixture(scope="session")
def built_study(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Build one small study for the whole run; tests must not change it."""
    root = tmp_path_factory.mktemp("built")
    study = tiny_study(root)
    return Workplace(Workspace(root / "workspace"), study)


@pytest.fixture
def study_workspace(built_study: Workplace, tmp_path: Path) -> Workplace:
    """Return a copy of the small study's workspace for one test to change; the photos are shared and stay as they are."""
    shutil.copytree(built_study.workspace.root, tmp_path / "workspace")
    return Workplace(Workspace(tmp_path / "workspace"), built_study.study)


@pytest.fixture
def empty_workspace(tmp_path: Path) -> Workspace:
    """Return a workspace where nothing was stored yet."""
    return Workspace(tmp_path / "workspace")
