"""Every page in both themes: axe-core finds no serious violation of WCAG 2.1 A or AA, one h1, and `?` opens the page's keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.domain import Unit
from core.services.studies import choose_study
from core.services.units.units import unit_view
from core.store.publication import CatalogueReader
from tests.browser.conftest import Dashboard
from tests.browser.test_self_test import ANNOUNCED, INSTRUCTED, enrol, read_instructions, wait_for_trial

pytestmark = pytest.mark.browser

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
GRAVE: Final = ("serious", "critical")
GROUNDS: Final = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 22, 22)"}
ALLOWED: Final[frozenset[tuple[str, str]]] = frozenset()  # (rule, selector) of what lies in Streamlit's own frontend, each with its reason
HELP: Final = "dialog.card"
TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its address, and what is there once it is drawn."""

    address: str
    drawn: str


PLACES: Final = {
    "overview": Place("", "text=What to do next"),
    "wall": Place("feature-maps?rendered=false", ".unit-grid .tile"),
    "unit": Place("feature-maps?unit=mixed4a:1", "text=Similar units"),
    "unit, nothing rendered": Place("feature-maps?unit=mixed3a:6", "text=Similar units"),
    "no image": Place("image", "text=A photo of your own"),
    "image": Place("image?image={image}", ".unit-strip a"),
    "nothing compared": Place("compare", "text=Add"),
    "compared": Place("compare?units=mixed4a:1,mixed4a:2", "text=All on one activation axis."),
    "queue": Place("review", ".name-form"),
    "agreement": Place("review?part=Agreement", "text=Ratings and correct answers"),
    "assigning": Place("review?part=Assign", "text=Nobody has reviewed yet."),
    "exports": Place("review?part=Export", "text=Reviews as CSV"),
    "self-test": Place("self-test", "text=Start the self-test"),
    "results of nobody": Place("results", "text=Nobody has answered yet."),
    "results": Place("results?answers=Observers", "text=Accuracy by condition"),
    "jobs": Place("jobs", "h1"),
}


def grave(page: Page) -> list[str]:
    """Return the serious violations of what the page shows now, a line each."""
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    return [line for one in violations if one["impact"] in GRAVE for line in lines_of(one)]


def lasting(page: Page) -> list[str]:
    """Return the violations that stay: while a part of a page is drawn anew, Streamlit lets it be pale for a moment."""
    for _ in range(TRIES):
        if not (found := grave(page)):
            break
        page.wait_for_timeout(500)
    return found


def lines_of(violation: dict[str, Any]) -> list[str]:
    nodes = [node for node in violation["nodes"] if (violation["id"], str(node["target"][-1])) not in ALLOWED]
    return [f"{violation['id']}: {node['html'][:160]} ({node['failureSummary']})" for node in nodes]


def expect_accessible(page: Page) -> None:
    """Look at the page in both themes; the second follows the system's without a reload."""
    for scheme, ground in GROUNDS.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".stApp")).to_have_css("background-color", ground)
        assert lasting(page) == [], scheme


def open_place(page: Page, dashboard: Dashboard, place: Place) -> None:
    """Open a page and wait until all of it is drawn."""
    page.goto(f"{dashboard.url}/{place.address.format(image=an_image(dashboard))}")
    page.locator(place.drawn).first.wait_for()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def an_image(dashboard: Dashboard) -> str:
    reader = CatalogueReader(dashboard.workspace)
    return unit_view(reader, choose_study(reader), Unit("mixed4a", 1), n_exemplars=1).max_exemplars[0].address


@pytest.mark.parametrize("name", PLACES)
def test_pages(page: Page, dashboard: Dashboard, name: str) -> None:
    """A page has one h1, a sign in the corner that leads to its keys, and no serious violation in either theme."""
    open_place(page, dashboard, PLACES[name])
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_role("button", name="Keyboard")).to_be_visible()
    expect_accessible(page)


def test_self_test_under_way(page: Page, dashboard: Dashboard) -> None:
    """Instructions, an announcement and a trial are accessible; no sign lies over them, and `?` opens nothing while a time is measured."""
    enrol(page, f"{dashboard.url}/self-test")
    assert page.locator(INSTRUCTED).count() == 1
    expect_accessible(page)
    read_instructions(page)
    assert page.locator(ANNOUNCED).count() == 1
    expect_accessible(page)
    wait_for_trial(page, 0)
    page.keyboard.press("?")
    expect(page.locator(HELP)).to_have_count(0)
    expect_accessible(page)


def test_what_axe_would_find(page: Page, dashboard: Dashboard) -> None:
    """Words that are too pale, a nameless field and an image without words are found, also within a component."""
    open_place(page, dashboard, PLACES["queue"])
    page.evaluate("""() => {
        const faults = '<p style="color: #999; background: #fff">pale</p><input><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">';
        document.querySelector(".stMain").insertAdjacentHTML("beforeend", faults);
        const host = [...document.querySelectorAll("*")].find((node) => node.shadowRoot?.querySelector(".name-form"));
        host.shadowRoot.querySelector(".name-form").insertAdjacentHTML("beforeend", "<button></button>");
    }""")
    rules = {line.partition(":")[0] for line in lasting(page)}
    assert rules == {"button-name", "color-contrast", "image-alt", "label"}


def test_keyboard_help(page: Page, dashboard: Dashboard) -> None:
    """`?` opens the keys of the page, the focus stays within and comes back, Escape closes; in a field it is a question mark."""
    open_place(page, dashboard, PLACES["unit"])
    help_ = page.locator(HELP)
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("?")
    expect(help_).to_be_visible()
    expect(help_).to_contain_text("next unit")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => document.activeElement.shadowRoot?.activeElement?.closest('dialog') != null || document.activeElement === document.body"
        )
    address = page.url
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    expect(page.get_by_role("button", name="Compare")).to_be_focused()
    assert page.url == address
    page.get_by_role("button", name="Keyboard").click()
    expect(help_).to_be_visible()
    page.keyboard.press("?")
    expect(help_).to_be_hidden()
    name = page.locator('[data-field="name"]')
    name.press("?")
    expect(name).to_have_value("?")
    expect(help_).to_be_hidden()
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Results").click()
    expect(page.get_by_role("heading", name="Results")).to_be_visible()
    page.locator("body").press("?")
    expect(help_).to_be_visible()
    expect(help_).not_to_contain_text("next unit")
