"""The wall of units in a browser: filter, sort, search, a deep link, the map by keyboard."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard

WALL = "feature-maps?rendered=false"


def tiles(page: Page) -> list[str]:
    return [str(one.get_attribute("data-unit")) for one in page.locator(".unit-grid .tile").all()]


def test_filter_sort_and_search_are_in_the_address(page: Page, dashboard: Dashboard) -> None:
    """What is chosen narrows the wall, and its address shows the same to somebody else."""
    page.goto(f"{dashboard.url}/{WALL}")
    expect(page.locator(".unit-grid .tile")).to_have_count(20)
    page.get_by_role("checkbox", name=re.compile("^dead")).check()
    expect(page.locator(".unit-grid .tile")).to_have_count(1)
    expect(page).to_have_url(re.compile("life=dead"))
    page.get_by_role("checkbox", name=re.compile("^dead")).uncheck()
    expect(page.locator(".unit-grid .tile")).to_have_count(20)
    page.get_by_label("Search").fill("mixed4a")
    page.get_by_label("Search").press("Enter")
    expect(page.locator(".unit-grid .tile")).to_have_count(8)
    page.get_by_role("combobox", name="Sorted by").click()
    page.get_by_role("option", name="Highest activation", exact=True).click()
    expect(page.locator(".unit-grid .score").first).to_contain_text("Highest activation")
    values = [float(words.rsplit(" ", 1)[1]) for words in page.locator(".unit-grid .score").all_inner_texts()]
    assert values == sorted(values, reverse=True) and len(values) == 8
    expect(page).to_have_url(re.compile("sort=Highest"))
    shown = tiles(page)
    page.goto(page.url)
    expect(page.locator(".unit-grid .tile")).to_have_count(8)
    assert tiles(page) == shown


def test_a_range_is_added_narrowed_and_removed(page: Page, dashboard: Dashboard) -> None:
    """Its histogram appears, its ends leave the units between them, and without it all are back."""
    page.goto(f"{dashboard.url}/{WALL}")
    page.get_by_label("Add a range").select_option("Class selectivity")
    least = page.get_by_label("Class selectivity from")
    least.fill("0.9")
    least.press("Tab")
    expect(page).to_have_url(re.compile(r"where=selectivity(%3A|:)0\.9"))
    expect(page.locator(".unit-grid .tile")).not_to_have_count(20)
    page.get_by_role("button", name="Remove this range").click()
    expect(page.locator(".unit-grid .tile")).to_have_count(20)


def test_the_map_narrows_by_keyboard(page: Page, dashboard: Dashboard) -> None:
    """Arrow keys go from place to place, Enter narrows to it and keeps the focus, Enter again shows all."""
    page.goto(f"{dashboard.url}/{WALL}")
    page.get_by_role("button", name=re.compile("^mixed3a, branch 1x1")).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".unit-grid .tile")).to_have_count(3)
    assert tiles(page) == ["mixed4a:2", "mixed4a:3", "mixed4a:4"]
    expect(page).to_have_url(re.compile("layer=mixed4a.*branch=3x3|branch=3x3.*layer=mixed4a"))
    expect(page.get_by_role("button", name=re.compile("^mixed4a, branch 3x3"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".unit-grid .tile")).to_have_count(20)


def test_a_deep_link_opens_a_unit_and_leads_back(page: Page, dashboard: Dashboard) -> None:
    """A unit's address shows it; a tile of the wall leads to such an address."""
    page.goto(f"{dashboard.url}/feature-maps?unit=mixed3a:2")
    expect(page.get_by_role("heading", name="mixed3a:2")).to_be_visible()
    page.goto(f"{dashboard.url}/{WALL}&search=mixed3a:2")
    page.locator(".unit-grid .tile").first.click()
    expect(page).to_have_url(re.compile("unit=mixed3a"))
    expect(page.get_by_role("heading", name="mixed3a:2")).to_be_visible()
