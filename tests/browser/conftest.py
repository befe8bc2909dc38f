"""The dashboard as people start it, on a small study."""

from __future__ import annotations

import contextlib
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from core.services.launching import app_command, app_environment
from core.settings import Settings
from core.store.workspace import Workspace
from tests.chromium import free_port
from tests.processes import ROOT, wait_until
from tests.studies import tiny_study


class Dashboard(NamedTuple):
    """A running dashboard and the workspace that it serves."""

    url: str
    workspace: Workspace


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Serve a small study on a free port, as `exemplary app` does; stopped at the end of the module."""
    root = tmp_path_factory.mktemp("served")
    tiny_study(root, crop_px=160)
    with serving(Workspace(root / "workspace")) as found:
        yield found


@contextlib.contextmanager
def serving(workspace: Workspace) -> Iterator[Dashboard]:
    """Serve a workspace on a free port until the end of the block."""
    port = free_port()
    command = app_command(port=port, address="localhost", headless=True)
    with (workspace.root.parent / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=app_environment(Settings(workspace.root)), stdout=log, stderr=log)
    url = f"http://localhost:{port}"
    try:
        wait_until(lambda: _is_healthy(f"{url}/api/exemplary/health", server), "the dashboard")
        yield Dashboard(url, workspace)
    finally:
        server.terminate()
        server.wait(20)


def _is_healthy(url: str, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, f"the dashboard ended with {server.returncode}"
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200 and b"ok" in reply.read())
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
