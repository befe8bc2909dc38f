"""What a person does: take a whole self-test by keyboard, see it arrive in the results, look at units; in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard
from tests.processes import ROOT, wait_until

pytestmark = pytest.mark.browser

ANNOUNCED = '.stage[data-phase="announcement"]'
N_TRIALS = 12
RELOADED_BEFORE = 4
IS_TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')]
    .some((node) => node.scrollWidth > node.clientWidth + 1)"""
IS_TOO_HIGH = """() => [document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')]
    .some((node) => node.scrollHeight > node.clientHeight + 1)"""


def begin(page: Page, url: str) -> None:
    """Start six trials a condition, natural and synthetic references, without practice."""
    page.goto(f"{url}/self-test")
    page.get_by_test_id("stCheckbox").locator("label").first.click()
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    page.wait_for_selector(ANNOUNCED)


def wait_for_trial(page: Page, index: int) -> None:
    """Return when this trial takes answers, whether or not a block is announced before."""
    answering = f'.stage[data-phase="answering"][data-trial="{index}"]'
    page.wait_for_selector(f"{ANNOUNCED}, {answering}")
    if page.locator(ANNOUNCED).count():
        page.keyboard.press("Space")
    page.wait_for_selector(answering)


def results_by_command(dashboard: Dashboard) -> dict[str, Any]:
    """Return what `exemplary results --json` prints in a process of its own."""
    command = [sys.executable, "-m", "core.cli", "--workspace", str(dashboard.workspace.root), "results", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_whole_self_test_by_keyboard(page: Page, dashboard: Dashboard) -> None:
    """Twelve answers by key, over a reload, are stored once each; an open results page and the command show them while the app runs."""
    watching = page.context.new_page()
    watching.goto(f"{dashboard.url}/results")
    expect(watching.get_by_text("0 main answers").first).to_be_visible()
    begin(page, dashboard.url)
    for index in range(N_TRIALS):
        wait_for_trial(page, index)
        if index == RELOADED_BEFORE:
            page.reload()
            wait_for_trial(page, index)
        assert not page.evaluate(IS_TOO_HIGH) and not page.evaluate(IS_TOO_WIDE), f"trial {index} does not fit the window"
        expect(page.locator(".stage img")).to_have_count(20)
        page.keyboard.press("163425"[index % 6])
    expect(page.get_by_text("of 6 correct").first).to_be_visible()
    expect(page.get_by_text("of 6 correct")).to_have_count(2)
    expect(watching.get_by_text(f"{N_TRIALS} main answers").first).to_be_visible()
    accuracy = results_by_command(dashboard)["people"]["accuracy"]
    assert {condition: accuracy[condition]["n_trials"] for condition in accuracy} == {"natural": 6, "synthetic": 6}


def test_a_link_to_a_unit_shows_it(page: Page, dashboard: Dashboard) -> None:
    """A link names a unit; its images load, natural and synthetic, at their own size."""
    page.goto(f"{dashboard.url}/feature-maps?unit=mixed3a:2")
    expect(page.get_by_role("heading", name="mixed3a:2")).to_be_visible()
    images = page.locator("img[src*='/image/']")
    expect(images).to_have_count(36)
    wait_until(lambda: images.evaluate_all("(nodes) => nodes.filter((node) => node.naturalWidth === 160).length") >= 9, "loaded images")
    assert not page.evaluate(IS_TOO_WIDE)


def test_an_unknown_unit_shows_our_sentence(page: Page, dashboard: Dashboard) -> None:
    """A link to a unit that is not there gives one sentence with near names, and no traceback."""
    page.goto(f"{dashboard.url}/feature-maps?unit=mixed3b:2")
    expect(page.get_by_test_id("stAlert")).to_contain_text("mixed3a")
    assert "Traceback" not in page.inner_text("body")


@pytest.mark.parametrize("address", ["", "feature-maps", "feature-maps?layer=mixed3a", "self-test", "results"])
def test_pages_fit_the_window(page: Page, dashboard: Dashboard, address: str) -> None:
    """At 1440 x 900 no page is wider than the window, and none shows an error."""
    page.goto(f"{dashboard.url}/{address}")
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible()
    expect(page.get_by_test_id("stMain").get_by_role("button").or_(page.locator(".unit-grid, canvas")).first).to_be_visible()
    assert not page.evaluate(IS_TOO_WIDE)
    expect(page.get_by_test_id("stException")).to_have_count(0)
