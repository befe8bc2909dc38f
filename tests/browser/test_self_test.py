"""What a person does: take a whole self-test by keyboard, see it arrive in the results, look at units; in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.design_spec import UnitList
from core.services.experiment import designs
from core.services.experiment.design_requests import DesignRequest
from core.services.studies import choose_study
from core.store.design_files import save_design
from core.store.publication import CatalogueReader
from tests.browser.conftest import Dashboard
from tests.chromium import IS_TOO_WIDE
from tests.processes import ROOT, wait_until

pytestmark = pytest.mark.browser

ANNOUNCED = '.stage[data-phase="announcement"]'
INSTRUCTED = '.stage[data-phase="instructions"]'
N_TRIALS = 12
RELOADED_BEFORE = 4
IS_TOO_HIGH = """() => [document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')]
    .some((node) => node.scrollHeight > node.clientHeight + 1)"""


def enrol(page: Page, url: str, *, start: str = "Start the self-test") -> None:
    """Go to the address and start what stands there, to the first page of the instructions."""
    page.goto(url)
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name=start).click()
    page.wait_for_selector(INSTRUCTED)


def read_instructions(page: Page, *, last: str = "Begin") -> None:
    """Turn all pages by key, to the first thing that comes after them."""
    number = 0
    while True:
        page.wait_for_selector(f'{INSTRUCTED}[data-page="{number}"]')
        is_last = page.get_by_role("button", name=last).count() > 0
        page.keyboard.press("Enter")
        if is_last:
            break
        number += 1
    page.wait_for_selector(ANNOUNCED)


def begin(page: Page, url: str) -> None:
    """Start six trials a condition, natural and synthetic references, without practice, and read the instructions."""
    page.goto(f"{url}/self-test")
    page.get_by_test_id("stButtonGroup").get_by_text("6", exact=True).click()
    page.get_by_test_id("stCheckbox").locator("label").first.click()
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    read_instructions(page)


def wait_for_trial(page: Page, index: int) -> None:
    """Return when this trial takes answers, whatever stands before it (a break and an announcement, one after the other)."""
    answering = f'.stage[data-phase="answering"][data-trial="{index}"]'
    page.wait_for_selector(f"{ANNOUNCED}, {answering}")
    while page.locator(ANNOUNCED).count():
        page.wait_for_timeout(400)  # the rest of a double press is none
        page.keyboard.press("Space")
        page.wait_for_selector(f"{ANNOUNCED}, {answering}")
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
    expect(watching.get_by_text("Nobody has answered yet").first).to_be_visible()
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
    expect(page.get_by_text("92 ± 2 %")).to_be_visible()
    expect(watching.get_by_text(f"{N_TRIALS} of {N_TRIALS} main answers").first).to_be_visible()
    accuracy = results_by_command(dashboard)["people"]["accuracy"]
    assert {condition: accuracy[condition]["n_trials"] for condition in accuracy} == {"natural": 6, "synthetic": 6}


@pytest.fixture(scope="module")
def designs_saved(dashboard: Dashboard) -> None:
    """Save two short designs: one with ratings before and after that tells nothing, one in which practice goes on until it is right."""
    reader = CatalogueReader(dashboard.workspace)
    spec = designs.build(reader, choose_study(reader, key=None), DesignRequest(n_main=4, n_practice=2, pause_ms=0, feedback_ms=0))
    rated = UnitList("rated", "intuitiveness", next(one.units for one in spec.units if one.role == "practice")[:2])
    silent = replace(spec, name="silent", feedback="none", intuitiveness=("begin", "end"), units=(*spec.units, rated))
    save_design(dashboard.workspace, silent)
    save_design(dashboard.workspace, replace(spec, name="until-right", practice_until_right=True))


def rate_all(page: Page, n: int) -> None:
    """Start a moment's ratings and give each by keyboard."""
    page.keyboard.press("Space")
    for place in range(n):
        page.wait_for_selector(f'.stage[data-phase="rating"][data-place="{place}"]')
        page.keyboard.press("PageUp")
        page.keyboard.press("Enter")


@pytest.mark.usefixtures("designs_saved")
def test_a_silent_design_with_ratings(page: Page, dashboard: Dashboard) -> None:
    """Instructions, ratings, trials and ratings follow each other; no reply and nothing on screen tells which answers were right."""
    replies: list[dict[str, Any]] = []
    page.on("response", lambda response: replies.append(response.json()) if response.url.endswith("/answers") else None)
    enrol(page, f"{dashboard.url}/self-test?design=silent")
    read_instructions(page)
    expect(page.get_by_role("heading", name="Before the trials")).to_be_visible()
    rate_all(page, 2)
    expect(page.get_by_role("heading", name="Practice: Natural references")).to_be_visible()
    for index in range(12):
        wait_for_trial(page, index)
        assert page.locator(".slot.correct").count() == 0
        page.keyboard.press("1")
    expect(page.get_by_role("heading", name="After the trials")).to_be_visible()
    rate_all(page, 2)
    expect(page.get_by_text("92 ± 2 %")).to_be_visible()
    assert len(replies) == 12 and {reply["correct"] for reply in replies} == {None}


@pytest.mark.usefixtures("designs_saved")
def test_practice_goes_on_until_it_is_right(page: Page, dashboard: Dashboard) -> None:
    """A wrong practice answer (one of two, since the right sides are balanced) is explained, and all come back as round 2."""
    enrol(page, f"{dashboard.url}/self-test?design=until-right")
    read_instructions(page)
    explaining = page.locator('.stage[data-phase="explaining"]')
    for index in range(2):
        wait_for_trial(page, index)
        page.keyboard.press("1")
        following = page.locator(f'.stage[data-phase="answering"][data-trial="{index + 1}"]')
        expect(explaining.or_(following).or_(page.locator(ANNOUNCED))).to_be_visible()
        if explaining.count():
            page.wait_for_timeout(400)  # the rest of a double press is none
            page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Practice, round 2: Natural references")).to_be_visible()


def test_a_self_test_in_german_is_left_and_deleted(page: Page, dashboard: Dashboard) -> None:
    """The address chooses the language; the personal link leads back to where one was; two clicks delete everything."""
    enrol(page, f"{dashboard.url}/self-test?language=de", start="Selbsttest starten")
    expect(page.get_by_role("heading", name="Worum es geht")).to_be_visible()
    read_instructions(page, last="Beginnen")
    page.get_by_role("button", name="Unterbrechen").click()
    link = page.get_by_test_id("stCode").inner_text()
    page.get_by_role("button", name="Verlassen").click()
    expect(page.get_by_role("heading", name="Selbsttest")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="Übung")).to_be_visible()
    page.get_by_role("button", name="Unterbrechen").click()
    page.get_by_role("button", name="Meine Antworten löschen").click()
    page.get_by_role("button", name="Ja, löschen").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("gelöscht")
    page.goto(link)
    expect(page.get_by_test_id("stAlert")).to_contain_text("not in the workspace any more")


def test_a_session_deleted_in_another_window_is_over(page: Page, dashboard: Dashboard) -> None:
    """The window that still shows a trial sends its answer, is told that the session is gone, says so, and keeps nothing of it."""
    begin(page, dashboard.url)
    wait_for_trial(page, 0)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Stop").click()
    other.get_by_role("button", name="Delete my answers").click()
    other.get_by_role("button", name="Yes, delete them").click()
    expect(other.get_by_test_id("stAlert")).to_contain_text("deleted")
    page.keyboard.press("1")
    expect(page.get_by_test_id("stAlert")).to_contain_text("not in the workspace any more")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('exemplary:answer')).length") == 0


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
