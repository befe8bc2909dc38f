"""A job from the page in a browser: a unit is rendered while nobody looks, and its images are there afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.jobs import launch
from core.services.images.indexing import index_folder
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.store.workspace import Workspace
from tests.browser.conftest import Dashboard, serving
from tests.processes import wait_until
from tests.studies import settings_of, write_photos

UNIT = "feature-maps?study=demo/shapes&unit=mixed3a:5"


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Serve a study of one layer of the embedded network, without synthetic images."""
    root = tmp_path_factory.mktemp("mined")
    workspace = Workspace(root / "workspace")
    write_photos(root / "photos", n=60)
    index_folder(settings_of(workspace), root / "photos", name="shapes")
    mine(settings_of(workspace), MiningRequest("demo", "shapes", layers=("mixed3a",), top_k=30))
    with serving(workspace) as found:
        yield found


def test_a_unit_is_rendered_from_its_page_with_the_browser_closed(page: Page, mined: Dashboard) -> None:
    """Its cost is told, its progress shown; the page is left, and afterwards shows the images without a new start of the dashboard."""
    page.goto(f"{mined.url}/{UNIT}")
    page.get_by_role("button", name="Render this unit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("18 images of 64 steps")
    dialog.get_by_label("Images an extreme").fill("2")
    dialog.get_by_label("Steps").fill("24")
    dialog.get_by_label("Steps").press("Enter")
    expect(dialog).to_contain_text("4 images of 24 steps")
    dialog.get_by_role("button", name="Render").click()
    expect(page.get_by_text("Job 1 · render mixed3a:5")).to_be_visible()
    expect(page.get_by_role("button", name="Render this unit")).to_have_count(0)
    expect(page.get_by_text(re.compile("starts|synthesising mixed3a")).first).to_be_visible()
    page.goto("about:blank")
    wait_until(lambda: not launch.alive(mined.workspace), "the job to end", patience_s=240)
    job = launch.launched(mined.workspace, 1)
    assert job.state == "done", launch.log_of(mined.workspace, 1)
    page.goto(f"{mined.url}/{UNIT}")
    expect(page.get_by_alt_text("synthetic max image 1")).to_be_visible()
    page.goto(f"{mined.url}/jobs")
    expect(page.get_by_text("Job 1 · render mixed3a:5")).to_be_visible()
