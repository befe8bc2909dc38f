"""Intuitiveness ratings: what reaches the browser, that 0 must be meant, and that none is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.domain import Unit
from core.experiment import RatingTask
from dashboard.components import intuitiveness as module
from dashboard.components.intuitiveness import intuitiveness_ratings
from dashboard.participant_text import participant_text
from tests.dashboard.components.sittings import View

ENGLISH = participant_text("en")


def test_only_addresses_reach_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the unit nor anything about it is sent; what is rated already is counted."""
    seen: dict[str, Any] = {}

    class Result:
        finished = None

    monkeypatch.setattr(module, "_component", lambda: lambda **arguments: (seen.update(arguments), Result())[1])
    task = RatingTask("end", 2, Unit("mixed4b", 465), ("s",) * 9, ("n",) * 9)
    finished = intuitiveness_ratings(
        session_id="s", tasks=[task], rating_url="/ratings", image_url="/images/", total=3, key="k", texts=ENGLISH
    )
    data = seen["data"]
    assert not finished and data["tasks"] == [{"place": 2, "synthetic": ["s"] * 9, "natural": ["n"] * 9}]
    assert (data["offset"], data["total"], data["moment"], data["title"]) == (2, 3, "end", "After the trials")
    assert "mixed4b" not in repr(data) and "465" not in repr(data)


def test_nothing_to_rate_mounts_nothing() -> None:
    """Without open ratings the page goes on by itself."""
    assert not intuitiveness_ratings(session_id="s", tasks=[], rating_url="/r", image_url="/i", total=3, key="k", texts=ENGLISH)


# --- in the browser -------------------------------------------------------------------------------------------------------------


def begin(page: Page, url: str, **query: object) -> View:
    view = View(page, url, "ratings", **query).open("announcement")
    page.get_by_role("button", name="Start").click()
    return view


def wait_for_rating(page: Page, place: int) -> None:
    page.wait_for_selector(f'.stage[data-phase="rating"][data-place="{place}"]')


@pytest.mark.browser
def test_rating_by_keyboard(page: Page, gallery_url: str) -> None:
    """Arrow keys move the slider, Enter goes on; a slider that was not touched is no answer."""
    view = begin(page, gallery_url)
    wait_for_rating(page, 0)
    go_on = page.get_by_role("button", name="Continue")
    expect(go_on).to_be_disabled()
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert page.locator(".stage").get_attribute("data-place") == "0"
    for key in ("ArrowRight", "ArrowRight", "PageUp"):
        page.keyboard.press(key)
    expect(go_on).to_be_enabled()
    page.keyboard.press("Enter")
    wait_for_rating(page, 1)
    expect(go_on).to_be_disabled()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    view.expect_finished()
    first, second = view.stored(2)
    assert first["rating"] > 2 and second["rating"] == -100
    assert [(one["moment"], one["place"]) for one in (first, second)] == [("begin", 0), ("begin", 1)]
    assert first["reaction_time_ms"] > 0 and first["rating_key"] != second["rating_key"] and view.kept() == []


@pytest.mark.browser
def test_zero_is_an_answer_when_it_is_meant(page: Page, gallery_url: str) -> None:
    """0 is stored after it was confirmed, or moved to."""
    view = begin(page, gallery_url)
    wait_for_rating(page, 0)
    zero = page.get_by_role("button", name="0 is my answer")
    zero.click()
    assert zero.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Continue").click()
    wait_for_rating(page, 1)
    assert zero.get_attribute("aria-pressed") == "false"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Continue").click()
    view.expect_finished()
    assert [one["rating"] for one in view.stored(2)] == [0, 0]


@pytest.mark.browser
def test_a_rating_survives_a_failing_server_and_a_reload(page: Page, gallery_url: str) -> None:
    """It stays in the browser until it is acknowledged, is sent under the same key, and its unit is not asked about again."""
    view = begin(page, gallery_url)
    wait_for_rating(page, 0)
    view.fail_with(*[503] * 50)
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    wait_for_rating(page, 1)
    (kept,) = view.kept()
    page.reload()
    view.wait_for("announcement")
    page.get_by_role("button", name="Start").click()
    wait_for_rating(page, 1)
    view.fail_with()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    view.expect_finished()
    first, second = view.stored(2)
    assert (first["rating_key"], first["rating"], second["rating"]) == (kept["rating_key"], 100, -100)


@pytest.mark.browser
def test_a_declined_rating_is_given_again(page: Page, gallery_url: str) -> None:
    """The server's sentence is shown; the unit can be rated anew."""
    view = begin(page, gallery_url)
    wait_for_rating(page, 0)
    view.fail_with(422)
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This session has ended.")).to_be_visible()
    page.get_by_role("button", name="Answer again").click()
    for place, key in ((1, "ArrowRight"), (0, "ArrowLeft")):
        wait_for_rating(page, place)
        page.locator(".slider").focus()
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    view.expect_finished()
    assert [(one["place"], one["rating"]) for one in view.stored(2)] == [(1, 1), (0, -1)]


@pytest.mark.browser
def test_a_missing_image_is_told(page: Page, gallery_url: str) -> None:
    """Nothing is rated with a hole in it."""
    begin(page, gallery_url, broken=1)
    expect(page.get_by_text("An image did not load")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080), (1024, 768), (820, 1180)])
def test_a_rating_fits_the_window(page: Page, gallery_url: str, width: int, height: int) -> None:
    """Eighteen images of one size, the slider and the buttons are inside the window."""
    page.set_viewport_size({"width": width, "height": height})
    View(page, gallery_url, "ratings", language="de").open("announcement")
    page.get_by_role("button", name="Starten").click()
    wait_for_rating(page, 0)
    images = [box for image in page.locator(".columns img").all() if (box := image.bounding_box())]
    others = [box for node in page.locator(".slider, .rate button").all() if (box := node.bounding_box())]
    assert len(images) == 18 and len({round(size) for box in images for size in (box["width"], box["height"])}) == 1 and len(others) == 3
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in (*images, *others))
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in (*images, *others))
