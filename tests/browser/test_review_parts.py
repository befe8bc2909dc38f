"""Agreement, assignment, exports and leaving on the page Review, in a real browser, of a study that two reviewers have judged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.reviews import DEFAULT_SCHEME
from core.services.reviews.reviewing import Reviewer, read_events
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from dashboard import review_text
from tests.browser.conftest import Dashboard, serving
from tests.studies import MAIN_UNITS, tiny_study

pytestmark = pytest.mark.browser

RATINGS = {"Ada": (1, 2, 5, 4), "Bo": (1, 3, 5, 5)}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Serve a small study of which two reviewers rated four units."""
    root = tmp_path_factory.mktemp("served")
    study = tiny_study(root, crop_px=160)
    with ResponseStore(Workspace(root / "workspace")) as store:
        for name, ratings in RATINGS.items():
            for unit, rating in zip(MAIN_UNITS, ratings, strict=False):
                Reviewer(store, study, unit, name).give_verdict(DEFAULT_SCHEME, {"interpretable": rating})
            Reviewer(store, study, MAIN_UNITS[0], name).note(f"=words of {name}")
            Reviewer(store, study, MAIN_UNITS[0], name).bookmark(is_on=True)
    with serving(Workspace(root / "workspace")) as found:
        yield found


def saved(page: Page, button: str) -> bytes:
    """Return the file that a button gives."""
    with page.expect_download() as found:
        page.get_by_role("button", name=button).click()
    return Path(found.value.path()).read_bytes()


def test_the_parts_of_the_page(reviewed: Dashboard, page: Page) -> None:
    """How far reviewers agree; units assigned to a colleague; a table and a sheet as files; a reviewer takes out everything."""
    page.goto(f"{reviewed.url}/review")
    page.locator('[data-field="name"]').fill("Ada")
    page.keyboard.press("Enter")
    expect(page.locator(".head b")).to_have_text("Ada")
    part = partial(page.get_by_role, "radio", exact=True)
    part(name="Agreement").click()
    expect(page.get_by_text("4 units with two or more verdicts, 4 units, 2 reviewers")).to_be_visible()
    expect(page.get_by_text("α = 0.89 [", exact=False)).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    part(name="Assign").click()
    page.get_by_role("combobox", name=review_text.ASSIGN_TO).fill("Cy")
    page.keyboard.press("Enter")
    page.get_by_role("spinbutton", name=review_text.ASSIGN_N).fill("3")
    page.get_by_role("button", name=review_text.ASSIGN, exact=True).click()
    expect(page.get_by_text(review_text.ASSIGNED.format(n=3, who="Cy"))).to_be_visible()
    part(name="Export").click()
    rows = list(csv.DictReader(io.StringIO(saved(page, review_text.EXPORTS["csv"]).decode())))
    assert len(rows) == 12 and "'=words of Bo" in {row["words"] for row in rows}
    assert saved(page, review_text.SHEETS["png"]).startswith(b"\x89PNG")
    page.get_by_role("button", name=review_text.LEAVE_ANY).click()
    page.get_by_role("button", name=review_text.LEAVE_SURE.format(name="Ada")).click()
    expect(page.get_by_text(review_text.LEFT.format(n=9))).to_be_visible()
    events = read_events(reviewed.workspace, "tiny/shapes")
    assert {one.author for one in events} == {"Bo"}
