"""The wall of units in a browser: what is chosen, the address and the tiles go together, before and after the dashboard has started."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Dashboard

WALL = "feature-maps?rendered=false"


def tiles(page: Page) -> list[str]:
    return [str(one.get_attribute("data-unit")) for one in page.locator(".unit-grid .tile").all()]


def shows(page: Page, n: int) -> None:
    expect(page.locator(".unit-grid .tile[data-unit]")).to_have_count(n)


def mounted(page: Page) -> Locator:
    """Return the wall once the dashboard has taken it over."""
    wall = page.get_by_test_id("stMain").locator(".wall-host")
    expect(wall).to_be_visible()
    return wall


def test_filter_sort_and_search_are_in_the_address(page: Page, dashboard: Dashboard) -> None:
    """What is chosen narrows the wall, and its address shows the same to somebody else; back and forward lead through what was chosen."""
    page.goto(f"{dashboard.url}/{WALL}")
    shows(page, 20)
    page.get_by_role("checkbox", name=re.compile("^dead")).check()
    shows(page, 1)
    expect(page).to_have_url(re.compile("life=dead"))
    page.get_by_role("checkbox", name=re.compile("^dead")).uncheck()
    shows(page, 20)
    mounted(page)
    page.get_by_label("Search").fill("mixed4a")
    shows(page, 8)
    page.get_by_label("Sorted by").select_option("Highest activation")
    expect(page.locator(".unit-grid .score").first).to_contain_text("Highest activation")
    values = [float(words.rsplit(" ", 1)[1]) for words in page.locator(".unit-grid .score").all_inner_texts()]
    assert values == sorted(values, reverse=True) and len(values) == 8
    expect(page).to_have_url(re.compile("sort=Highest"))
    shown = tiles(page)
    page.go_back()
    expect(page.locator(".unit-grid .score")).to_have_count(0)
    expect(page.get_by_label("Sorted by")).to_have_value("Layer and channel")
    page.go_forward()
    expect(page.locator(".unit-grid .score")).to_have_count(8)
    page.goto(page.url)
    shows(page, 8)
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
    shows(page, 20)


def test_the_map_narrows_by_keyboard(page: Page, dashboard: Dashboard) -> None:
    """Arrow keys go from place to place, Enter narrows to it and keeps the focus, Enter again shows all."""
    page.goto(f"{dashboard.url}/{WALL}")
    mounted(page)
    page.get_by_role("button", name=re.compile("^mixed3a, branch 1x1")).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    shows(page, 3)
    assert tiles(page) == ["mixed4a:2", "mixed4a:3", "mixed4a:4"]
    expect(page).to_have_url(re.compile("layer=mixed4a.*branch=3x3|branch=3x3.*layer=mixed4a"))
    expect(page.get_by_role("button", name=re.compile("^mixed4a, branch 3x3"))).to_be_focused()
    page.keyboard.press("Enter")
    shows(page, 20)


def test_what_fits_nothing_can_be_cleared(page: Page, dashboard: Dashboard) -> None:
    """An empty wall says so, and its button shows all units again, whatever the address narrowed."""
    page.goto(f"{dashboard.url}/feature-maps?life=dead&layer=mixed4a&search=gold")
    expect(page.get_by_text("No unit fits these filters.")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    shows(page, 20)
    expect(page.get_by_label("Search")).to_have_value("")


def test_a_unit_and_its_neighbours_are_those_of_the_wall(page: Page, dashboard: Dashboard) -> None:
    """A tile leads to its unit, whose neighbours are the wall's; back on the wall, also from another page, it is as it was."""
    page.goto(f"{dashboard.url}/{WALL}&search=mixed3a&sort=Highest+activation")
    shows(page, 8)
    mounted(page)
    shown = tiles(page)
    page.locator(".unit-grid .tile").nth(2).click()
    expect(page).to_have_url(re.compile("unit=mixed3a"))
    expect(page.get_by_role("heading", name=shown[2])).to_be_visible()
    page.get_by_role("button", name=re.compile("^Next")).click()
    expect(page.get_by_role("heading", name=shown[3])).to_be_visible()
    page.get_by_role("button", name="All feature maps").click()
    shows(page, 8)
    assert tiles(page) == shown
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", level=1).first).not_to_have_text("Feature maps")
    page.get_by_role("link", name="Feature maps").first.click()
    shows(page, 8)
    assert tiles(page) == shown
    expect(page).to_have_url(re.compile("search=mixed3a"))


def test_a_deep_link_opens_a_unit(page: Page, dashboard: Dashboard) -> None:
    """A unit's address shows it, and a middle click on a tile leads to such an address."""
    page.goto(f"{dashboard.url}/feature-maps?unit=mixed3a:2")
    expect(page.get_by_role("heading", name="mixed3a:2")).to_be_visible()
    page.goto(f"{dashboard.url}/{WALL}&search=mixed3a:2")
    shows(page, 1)
    assert "unit=mixed3a%3A2" in str(page.locator(".unit-grid .tile").get_attribute("href"))


@pytest.mark.parametrize("width", [1280, 2560])
def test_nothing_moves_when_the_dashboard_takes_over(page: Page, dashboard: Dashboard, width: int) -> None:
    """Before the dashboard has started the wall works; when it has, the same tiles are at the same place, with their pictures."""
    page.set_viewport_size({"width": width, "height": 900})
    page.route("**/_stcore/stream", lambda route: route.abort())
    page.route("**/static/js/index*", lambda route: route.abort())
    page.goto(f"{dashboard.url}/{WALL}")
    shows(page, 20)
    page.get_by_label("Layer", exact=True).select_option("mixed4a")
    shows(page, 8)
    expect(page.get_by_role("heading", level=1, name="Feature maps")).to_be_visible()
    before = [page.locator(selector).first.bounding_box() for selector in (".tile", "h1", ".network-map", "input[type=search]")]
    page.unroute("**/static/js/index*")
    page.reload()
    mounted(page)
    shows(page, 8)
    after = [page.locator(selector).first.bounding_box() for selector in (".tile", "h1", ".network-map", "input[type=search]")]
    assert after == before and None not in after
    assert page.locator("#early").count() == 0


def test_tiles_have_their_shape_before_pictures(page: Page, dashboard: Dashboard) -> None:
    """Nothing moves while images arrive: with all of them withheld, every picture is square and of one size."""
    page.route("**/api/exemplary/thumb/*", lambda route: route.abort())
    page.goto(f"{dashboard.url}/{WALL}")
    shows(page, 20)
    boxes = [box for picture in page.locator(".picture img, .picture .placeholder").all()[:12] if (box := picture.bounding_box())]
    assert len({round(box["width"], 1) for box in boxes}) == 1
    assert all(abs(box["width"] - box["height"]) < 1 for box in boxes)
    expect(page.get_by_text("not rendered").first).to_be_visible()
