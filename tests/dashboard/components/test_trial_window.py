"""A block of trials in the browser: its size, language and theme, and reruns around it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.components.trial_sittings import Sitting


@pytest.mark.browser
def test_a_trial_in_german(page: Page, gallery_url: str) -> None:
    """Question, keys and names of the images are in the session's language."""
    Sitting(page, gallery_url, n=1, language="de").open().wait_for(0)
    expect(page.get_by_text("Welches der beiden Bilder in der Mitte aktiviert die Einheit stark")).to_be_visible()
    expect(page.get_by_role("button", name="Unteres Bild: sicher (Taste 6)")).to_be_visible()
    expect(page.get_by_text("Durchgang 1 von 1")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1024, 768), (820, 1180)])
def test_a_trial_on_a_tablet(chromium: Browser, gallery_url: str, width: int, height: int) -> None:
    """Every button is large enough for a finger, and all images fit without scrolling."""
    context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    page = context.new_page()
    sitting = Sitting(page, gallery_url, n=1).open()
    sitting.wait_for(0)
    buttons = [box for button in page.locator(".answer").all() if (box := button.bounding_box())]
    images = [box for image in page.locator(".stage img").all() if (box := image.bounding_box())]
    assert len(buttons) == 6 and min(box["width"] for box in buttons) >= 40 and min(box["height"] for box in buttons) >= 44
    assert len(images) == 20 and all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in images)
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in (*images, *buttons))
    page.get_by_role("button", name="Upper image: sure (key 3)").tap()
    sitting.expect_finished(1)
    context.close()


@pytest.mark.browser
def test_a_rerun_and_typing_leave_the_block_alone(page: Page, gallery_url: str) -> None:
    """A rerun of the page does not restart the block, and digits typed into a field are not answers."""
    sitting = Sitting(page, gallery_url, n=3, extras=1).open()
    sitting.press("1")
    sitting.wait_for(1)
    page.get_by_role("button", name="Rerun").click()
    page.get_by_label("A field").fill("3")
    page.get_by_label("A field").press("3")
    page.get_by_label("A field").press("Enter")
    page.wait_for_timeout(800)
    sitting.wait_for(1)
    assert [a["trial_index"] for a in sitting.stored(1)] == [0]


@pytest.mark.browser
def test_a_change_of_theme_leaves_the_block_alone(page: Page, gallery_url: str) -> None:
    """Light to dark recolours the stage; the trial on it stays, and its answer counts."""
    sitting = Sitting(page, gallery_url, n=2).open()
    sitting.press("1")
    sitting.wait_for(1)
    ground = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    before = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{ground} !== {json.dumps(before)}")
    page.wait_for_timeout(500)
    sitting.press("2", first=1)
    sitting.expect_finished(2)
    assert [a["trial_index"] for a in sitting.stored(2)] == [0, 1]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080), (1024, 768)])
@pytest.mark.parametrize("scheme", ["Min-Max-9", "Max-1"])
def test_a_trial_fits_the_window(page: Page, gallery_url: str, width: int, height: int, scheme: str) -> None:
    """The stage ends inside the window; references are of one size and never larger than the queries, in every scheme alike."""
    page.set_viewport_size({"width": width, "height": height})
    Sitting(page, gallery_url, n=1, scheme=scheme).open().wait_for(0)
    boxes = [box for image in page.locator(".references img").all() if image.is_visible() and (box := image.bounding_box())]
    queries = [box for image in page.locator(".query img").all() if (box := image.bounding_box())]
    (reference,) = {round(box["width"]) for box in boxes} | {round(box["height"]) for box in boxes}
    assert {round(box["width"]) for box in queries} == {round(box["height"]) for box in queries}
    assert round(queries[0]["width"]) >= reference
    assert reference == {1440: 178, 1920: 224, 1024: 123}[width]
    stage = page.locator(".stage").bounding_box()
    assert stage and stage["y"] + stage["height"] <= height
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
