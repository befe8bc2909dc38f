"""The dashboard as people start it, on a small study, and a headless Chromium; no Chromium is a failure in CI and a skip elsewhere."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.services.launching import app_command, app_environment
from core.settings import Settings
from core.store.workspace import Workspace
from tests.processes import ROOT, wait_until
from tests.studies import tiny_study

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 60_000
WINDOW = {"width": 1440, "height": 900}


class Dashboard(NamedTuple):
    """A running dashboard and the workspace that it serves."""

    url: str
    workspace: Workspace


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Serve a small study on a free port, as `exemplary app` does; stopped at the end of the module."""
    root = tmp_path_factory.mktemp("served")
    tiny_study(root, crop_px=160)
    workspace = Workspace(root / "workspace")
    port = _free_port()
    command = app_command(port=port, address="localhost", headless=True)
    with (root / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=app_environment(Settings(workspace.root)), stdout=log, stderr=log)
    url = f"http://localhost:{port}"
    try:
        wait_until(lambda: _is_healthy(f"{url}/api/exemplary/health", server), "the dashboard")
        yield Dashboard(url, workspace)
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Launch Chromium once."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "no Chromium on this machine: install chromium to run the browser tests"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Open a fresh window; errors of scripts on the page fail the test."""
    context = chromium.new_context(viewport=WINDOW)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def _is_healthy(url: str, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, f"the dashboard ended with {server.returncode}"
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200 and b"ok" in reply.read())
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
