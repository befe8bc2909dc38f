"""Walls of images: choosing a unit, enlarging an exemplar."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.browser
def test_a_click_and_enter_choose_a_unit(page: Page, gallery_url: str) -> None:
    """The tile that was clicked, or focused and entered, is returned by its unit; the same one can be chosen again."""
    page.goto(f"{gallery_url}/?view=grid")
    page.get_by_role("button", name="mixed4b:3", exact=True).click()
    expect(page.get_by_text("selected mixed4b:3 1 times")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="mixed4b:4", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("selected mixed4b:4 2 times")).to_be_visible(timeout=15_000)
    page.keyboard.press("Enter")
    expect(page.get_by_text("selected mixed4b:4 3 times")).to_be_visible(timeout=15_000)


@pytest.mark.browser
def test_the_wall_has_its_shape_before_the_images(page: Page, gallery_url: str) -> None:
    """Nothing moves while images arrive: with all images withheld, every picture is square and of one size."""
    page.route("**/test/images/*", lambda route: route.abort())
    page.goto(f"{gallery_url}/?view=grid")
    page.wait_for_selector(".tile")
    boxes = [box for picture in page.locator(".picture img, .placeholder").all()[:16] if (box := picture.bounding_box())]
    assert len({round(box["width"], 1) for box in boxes}) == 1
    assert all(abs(box["width"] - box["height"]) < 1 for box in boxes)


@pytest.mark.browser
def test_images_below_the_fold_wait(page: Page, gallery_url: str) -> None:
    """A unit without a render says so; images far below are not requested before they are near."""
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url) if "/test/images/" in request.url else None)
    page.set_viewport_size({"width": 700, "height": 400})
    page.goto(f"{gallery_url}/?view=grid&n=400")
    expect(page.get_by_text("not rendered").first).to_be_visible(timeout=15_000)
    page.wait_for_load_state("networkidle")
    assert 0 < len(requested) < 400


@pytest.mark.browser
def test_an_exemplar_is_enlarged_and_closed(page: Page, gallery_url: str) -> None:
    """A click opens the picture with caption and detail, arrows go on and around, Esc closes and returns the focus."""
    page.goto(f"{gallery_url}/?view=exemplars")
    page.get_by_role("button", name="Enlarge: exemplar 1", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("12.30 · rank 1 · church")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("rank 2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("rank 9")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.browser
def test_an_enlarged_image_stays_close_to_its_own_size(page: Page, gallery_url: str) -> None:
    """Enlarging stops at 1.35 times the image's own side, however large the window is."""
    page.goto(f"{gallery_url}/?view=exemplars&native_px=224")
    page.get_by_role("button", name="Enlarge: exemplar 1", exact=True).first.click()
    image = page.get_by_role("dialog").locator("img")
    expect(image).to_be_visible()
    box = image.bounding_box()
    assert box is not None and box["width"] == pytest.approx(302, abs=1)


@pytest.mark.browser
def test_a_mark_is_read_whole(page: Page, gallery_url: str) -> None:
    """A marked image has the mark's words in a frame beside its caption, neither cut off nor over the picture; others have none."""
    page.goto(f"{gallery_url}/?view=exemplars")
    mark = page.get_by_text("falls short", exact=True)
    expect(mark).to_have_count(1)
    expect(mark).to_have_attribute("title", "not beyond")
    inner, outer = mark.bounding_box(), mark.locator("xpath=..").bounding_box()
    assert inner is not None and outer is not None
    assert outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 0.5
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
