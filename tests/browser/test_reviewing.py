"""Reviewing in a real browser: two reviewers at once see each other's changes, blind first; the queue is worked through by keys alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.reviews import fold
from core.services.reviews.reviewing import read_events
from tests.browser.conftest import Dashboard
from tests.chromium import PATIENCE_MS, WINDOW

pytestmark = pytest.mark.browser

STUDY = "tiny/shapes"
SEEN_WITHIN_S = 10.0  # within 3 s on a machine that does nothing else
UNIT = "mixed4a:0"


@pytest.fixture
def other(chromium: Browser) -> Iterator[Page]:
    """Open a second browser with its own storage."""
    context = chromium.new_context(viewport=WINDOW)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def begin(page: Page, url: str, name: str) -> None:
    """Open a page and say who reviews."""
    page.goto(url)
    page.locator('[data-field="name"]').fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".head b")).to_have_text(name)


def arrive(page: Page) -> str:
    """Wait until the panel is the one of the unit in the heading; return the unit."""
    expect(page.locator(".review-panel:not(.is-leaving)")).to_be_visible()
    unit = page.locator("h3").first.inner_text()
    expect(page.locator(".review-panel")).to_have_attribute("data-unit", unit)
    return unit


def test_two_reviewers_at_once(dashboard: Dashboard, page: Page, other: Page) -> None:
    """Others' verdicts are hidden until the own one is given; then what a colleague does appears within three seconds, and what is being
    typed stays."""
    url = f"{dashboard.url}/feature-maps?unit={UNIT}"
    begin(page, url, "Ada")
    begin(other, url, "Bo")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page.locator(".give")).to_be_disabled()
    expect(other.locator(".blind")).to_contain_text("One colleague has")
    assert "Ada" not in other.locator(".review-panel").inner_text()
    other.keyboard.press("2")
    other.keyboard.press("Enter")
    expect(other.locator(".other")).to_contain_text("Ada")
    other.keyboard.press("n")
    other.keyboard.type("half a no")
    began = time.monotonic()
    page.keyboard.press("n")
    page.keyboard.type("stripes")
    page.keyboard.press("Enter")
    expect(other.locator(".note").first).to_contain_text("stripes")
    assert time.monotonic() - began < SEEN_WITHIN_S
    other.keyboard.type("te")
    expect(other.locator('[data-field="note"]')).to_have_value("half a note")
    expect(page.locator(".other")).to_contain_text("Bo")


def test_the_queue_by_keyboard(dashboard: Dashboard, page: Page) -> None:
    """Rating, words, note, tag, bookmark, undo, next, previous and help take no mouse, and a reload goes on where one was."""
    begin(page, f"{dashboard.url}/review?order=Random", "Cy")
    expect(page.get_by_role("radio", name="Random")).to_be_checked()
    heading = page.locator("h3").first
    first = arrive(page)
    press = page.keyboard.press
    press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    for key in ("5", "3", "ArrowDown"):
        press(key)
    page.keyboard.type("dog 12")
    press("Escape")
    press("b")
    press("t")
    page.keyboard.type("Fur coat")
    press("Enter")
    expect(page.locator(".is-tag")).to_contain_text("fur-coat")
    press("Enter")
    expect(heading).not_to_have_text(first)
    second = arrive(page)
    press("1")
    press("2")
    press("Enter")
    expect(heading).not_to_have_text(second)
    arrive(page)
    press("ArrowLeft")
    expect(heading).to_have_text(second)
    arrive(page)
    expect(page.locator(".step.is-chosen").first).to_have_text("1")
    press("u")
    expect(page.locator(".step.is-chosen")).to_have_count(0)
    reviews = {str(unit): review for unit, review in fold(read_events(dashboard.workspace, STUDY)).items()}
    given = reviews[first].verdicts["Cy"]
    assert [given.answer(name) for name in ("interpretable", "faithful", "responds_to")] == [5, 3, "dog 12"]
    assert reviews[first].bookmarked_by == {"Cy"} and tuple(reviews[first].tags) == ("fur-coat",)
    assert not reviews[second].verdicts
    page.reload()
    expect(page.locator(".head b")).to_have_text("Cy")
    expect(heading).to_have_text(second)


def test_no_key_is_lost(dashboard: Dashboard, page: Page) -> None:
    """Keys pressed faster than the server answers are all stored, once."""
    begin(page, f"{dashboard.url}/feature-maps?unit=mixed4a:1", "Di")
    for key in "bbbbb":
        page.keyboard.press(key)
        page.keyboard.press("n")
        page.keyboard.type("x")
        page.keyboard.press("Enter")
    expect(page.locator(".note")).to_have_count(5)
    events = [one.kind for one in read_events(dashboard.workspace, STUDY) if one.author == "Di"]
    assert events.count("note") == 5 and events.count("bookmark") + events.count("unbookmark") == 5
