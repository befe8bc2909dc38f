"""Grids of images: enlarging an exemplar, marks, pictures laid over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


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


# --- pictures laid over -------------------------------------------------------------------------------------------------------


def positions(page: Page) -> list[tuple[float, float]]:
    """Return where the images and captions of the first grid are."""
    nodes = page.locator(".exemplar-grid").first.locator(".open > img:first-child, .caption").all()
    return [(round(box["x"]), round(box["y"])) for node in nodes if (box := node.bounding_box())]


def lay_over(page: Page) -> None:
    page.get_by_test_id("stCheckbox").first.locator("label").first.click()


@pytest.mark.browser
def test_a_picture_is_laid_over_without_moving_anything(page: Page, gallery_url: str) -> None:
    """The images stay in the page, the same nodes at the same places; the picture covers its image exactly, with a caption of its own."""
    page.goto(f"{gallery_url}/?view=exemplars&over=good")
    grid = page.locator(".exemplar-grid").first
    expect(grid.locator(".open")).to_have_count(9)
    grid.evaluate("(node) => node.querySelectorAll('img').forEach((image) => (image.dataset.mine = 'yes'))")
    before = positions(page)
    lay_over(page)
    expect(grid.locator(".over")).to_have_count(9)
    expect(grid.locator(".caption").first).to_have_text("12.30 laid over")
    assert positions(page) == before and grid.locator(".open img[data-mine=yes]").count() == 9
    inner, outer = grid.locator(".over").first.bounding_box(), grid.locator(".open img").first.bounding_box()
    assert inner == outer
    lay_over(page)
    expect(grid.locator(".over")).to_have_count(0)
    assert positions(page) == before


@pytest.mark.browser
def test_an_image_stays_until_the_picture_is_there(page: Page, gallery_url: str) -> None:
    """While the picture is on its way the image is shown; one that never comes leaves the image, with a word."""
    page.route("**/test/images/s-over-*", lambda route: None)  # never answered
    page.goto(f"{gallery_url}/?view=exemplars&over=good")
    grid = page.locator(".exemplar-grid").first
    expect(grid.locator(".open")).to_have_count(9)
    lay_over(page)
    expect(grid.locator(".caption").first).to_have_text("12.30 laid over")
    assert grid.locator(".over").count() == 0
    page.goto(f"{gallery_url}/?view=exemplars&over=broken")
    lay_over(page)
    expect(page.locator(".open").first).to_have_attribute("title", "This picture could not be drawn.")
    assert page.locator(".over").count() == 0


@pytest.mark.browser
def test_a_picture_laid_over_is_enlarged(page: Page, gallery_url: str) -> None:
    """The enlarged view shows what the grid shows."""
    page.goto(f"{gallery_url}/?view=exemplars&over=good")
    expect(page.locator(".exemplar-grid").first.locator(".open")).to_have_count(9)
    lay_over(page)
    expect(page.locator(".exemplar-grid").first.locator(".over")).to_have_count(9)
    page.get_by_role("button", name="Enlarge: exemplar 2", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("laid over · rank 2")
    assert "s-over-natural-1" in str(dialog.locator("img").get_attribute("src"))


@pytest.mark.browser
@pytest.mark.parametrize("over", ["good", "awaited"])
def test_a_scale_has_its_place_before_its_numbers(page: Page, gallery_url: str, over: str) -> None:
    """The scale stands below the grid, its numbers at its ends; where they are awaited their place is kept."""
    page.goto(f"{gallery_url}/?view=exemplars&over={over}")
    legend = page.locator(".exemplar-grid").first.locator(".legend")
    expect(legend).to_be_visible()
    assert legend.inner_text().split() == (["−3.5", "0", "3.5"] if over == "good" else [])
    box, grid = legend.bounding_box(), page.locator(".exemplar-grid").first.locator(".cells").bounding_box()
    assert box is not None and grid is not None
    assert box["height"] == 32 and box["y"] >= grid["y"] + grid["height"] and box["width"] <= grid["width"]
