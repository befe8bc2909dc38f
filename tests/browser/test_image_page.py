"""A photo of one's own in a real browser: measured by a warm process, its units, the way to them and back to an image."""

from __future__ import annotations

import subprocess

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard
from tests.browser.test_response_view import mined, server  # noqa: F401  fixtures
from tests.studies import encoded

pytestmark = pytest.mark.browser


def test_upload_then_units_then_an_image(page: Page, server: tuple[Dashboard, subprocess.Popen[bytes]]) -> None:  # noqa: F811
    """A photo shows its units; one leads to its page, whose enlarged image leads to its own units; keys go on and Esc closes."""
    from PIL import Image

    found, _ = server
    page.goto(f"{found.url}/image")
    page.get_by_text("The network is ready.").wait_for()
    photo = encoded(Image.new("RGB", (80, 60), (200, 120, 40)), "JPEG")
    page.locator("input[type=file]").set_input_files({"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": photo})
    tile = page.locator(".unit-strip a").first
    unit = (tile.get_attribute("aria-label") or "").partition(",")[0]
    tile.click()
    expect(page.locator("h1")).to_have_text(unit)
    page.locator(".exemplar-grid button.open").first.press("Enter")
    more = page.get_by_role("link", name="Which units does this image excite?")
    expect(more).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).to_be_hidden()
    page.locator("body").press("j")
    expect(page.locator("h1")).not_to_have_text(unit)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()  # its images are drawn after its name
    page.locator(".exemplar-grid button.open").first.click()
    more.click()
    page.wait_for_url("**/image?**")
    expect(page.locator(".unit-strip a").first).to_be_visible()
