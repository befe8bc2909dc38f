"""Where a unit responds, in a real browser: a network of a user's own, its warm process, and its end with the dashboard."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.services.images.indexing import index_folder
from core.services.launching import app_command, app_environment
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
from core.store.workspace import Workspace
from tests.browser.conftest import Dashboard, _is_healthy
from tests.chromium import free_port
from tests.core.services.computed import write_small
from tests.processes import ROOT, wait_until
from tests.studies import write_photos

pytestmark = pytest.mark.browser

UNIT = "/feature-maps?unit=body%3A3"


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace where a small network is mined on 60 photos."""
    root = tmp_path_factory.mktemp("responding")
    write_photos(root / "photos", n=60)
    made = Settings(root / "workspace", device="cpu", threads=2)
    index_folder(made, root / "photos", name="shapes")
    mine(made, MiningRequest(write_small(root / "networks"), "shapes", top_k=30))
    return made


@pytest.fixture
def server(mined: Settings, tmp_path: Path) -> Iterator[tuple[Dashboard, subprocess.Popen[bytes]]]:
    """Serve the workspace in a process that a test may end."""
    port = free_port()
    command = app_command(port=port, address="localhost", headless=True)
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=app_environment(mined), stdout=log, stderr=log)
    url = f"http://localhost:{port}"
    try:
        wait_until(lambda: _is_healthy(f"{url}/api/exemplary/health", process), "the dashboard")
        yield Dashboard(url, Workspace(mined.workspace)), process
    finally:
        process.kill()
        process.wait(20)


def workers(workspace: Workspace) -> list[int]:
    """Return the processes that compute maps for this workspace."""
    lines = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout.splitlines()
    return [int(line.split()[0]) for line in lines if f"map_worker {workspace.root} " in line]


def show(page: Page, what: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(what, exact=True).click()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_person_looks_where_a_unit_responds(page: Page, server: tuple[Dashboard, subprocess.Popen[bytes]], how: signal.Signals) -> None:
    """Images become overlays, then crops; the address names what is shown; a crash is one sentence; the process ends with the dashboard."""
    (dashboard, process), unit = server, UNIT if how == signal.SIGTERM else "/feature-maps?unit=body%3A4"
    page.goto(dashboard.url + unit)
    images = page.locator(".exemplar-grid .open > img:first-child")
    expect(images).to_have_count(18)
    assert workers(dashboard.workspace) == []
    show(page, "Where it responds")
    expect(page.locator(".exemplar-grid .over")).to_have_count(18)
    expect(images).to_have_count(18)
    expect(page.get_by_text("Receptive field: 7 × 7 of 32 × 32 px.")).to_be_visible()
    expect(page.locator(".legend")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"show=Where"))
    show(page, "Crop")
    expect(page.locator(".caption").first).to_contain_text(" px")
    expect(page).to_have_url(re.compile(r"show=Crop"))
    (worker,) = workers(dashboard.workspace)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: workers(dashboard.workspace) == [], "the killed process")
    page.goto(dashboard.url + unit.replace("body", "stem") + "&show=Crop")
    lost = page.get_by_text("ended by signal 9")
    expect(lost).to_be_visible()
    expect(images).to_have_count(18)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".exemplar-grid .over")).to_have_count(18)
    expect(lost).to_have_count(0)
    assert len(workers(dashboard.workspace)) == 1
    process.send_signal(how)
    wait_until(lambda: workers(dashboard.workspace) == [], "the process to end with the dashboard", patience_s=20)
