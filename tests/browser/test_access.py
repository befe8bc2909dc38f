"""Logging in, in a real browser: required, refused, accepted, ended; a participant who came by an invitation finds the self-test only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.store.workspace import Workspace
from dashboard.routes import IMAGE_URL
from tests.browser.conftest import Dashboard, serving
from tests.browser.test_accessibility import expect_accessible
from tests.browser.test_self_test import enrol, read_instructions, wait_for_trial
from tests.dashboard.teams import INVITATION, PASSPHRASES, write_team
from tests.studies import tiny_study

pytestmark = pytest.mark.browser

UNAUTHORISED = 401
LOADED = "() => [...document.querySelectorAll('.stage img')].every((image) => image.complete && image.naturalWidth > 0)"
IMAGE = re.compile(r"/image/([0-9a-f]{32})$")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Serve a small study whose people log in, and whose participants come by an invitation."""
    root = tmp_path_factory.mktemp("team")
    tiny_study(root, crop_px=160)
    workspace = Workspace(root / "workspace")
    write_team(workspace, 'participants = "link"', f'invitation = "{INVITATION}"')
    with serving(workspace) as found:
        yield found


def log_in(page: Page, passphrase: str, name: str = "Ada") -> None:
    page.locator('input[name="name"]').fill(name)
    page.locator('input[name="passphrase"]').fill(passphrase)
    page.keyboard.press("Enter")


def test_a_log_in_is_required_refused_accepted_and_ended(team: Dashboard, page: Page) -> None:
    """A deep link asks for a log-in; a wrong passphrase is said, for all to perceive; the right one opens the same page, its images and a
    reload; logging out shuts both."""
    seen: list[str] = []
    page.on("response", lambda reply: seen.append(reply.url) if "/api/exemplary/thumb/" in reply.url and reply.ok else None)
    page.goto(f"{team.url}/feature-maps?unit=mixed4a:0")
    expect(page.locator("h1")).to_have_text("Log in")
    expect(page.get_by_text("Feature maps and images are for")).to_be_visible()
    log_in(page, "a wrong passphrase")
    expect(page.get_by_role("alert")).to_contain_text("opens nothing here")
    expect_accessible(page)
    log_in(page, PASSPHRASES["reviewer"])
    expect(page.locator(".review-panel")).to_contain_text("Ada")
    expect(page.get_by_role("link", name="Results")).to_be_visible()
    expect(page.get_by_role("link", name="Jobs")).to_have_count(0)
    assert "exemplary_login" not in page.evaluate("document.cookie")
    page.reload()
    expect(page.locator(".review-panel")).to_contain_text("Ada")
    page.goto(f"{team.url}/feature-maps")
    page.wait_for_function("() => performance.getEntriesByType('resource').some((one) => one.name.includes('/thumb/'))")
    page.wait_for_timeout(500)
    assert seen and page.request.get(seen[0]).status == 200
    page.goto(f"{team.url}/account")
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("h1")).to_have_text("Log in")
    assert page.request.get(seen[0]).status == UNAUTHORISED


def test_a_participant_finds_the_self_test_only(team: Dashboard, page: Page) -> None:
    """The invitation leads to a self-test whose images load, by its own address only; other pages and the same images elsewhere are shut,
    the personal link goes on without the invitation."""
    shown: list[str] = []
    page.on("request", lambda asked: shown.append(asked.url) if IMAGE.search(asked.url) else None)
    enrol(page, f"{team.url}/self-test?invitation={INVITATION}")
    read_instructions(page)
    wait_for_trial(page, 0)
    page.wait_for_function(LOADED)
    assert shown and not any(IMAGE_URL in url for url in shown)
    address = IMAGE.findall(shown[-1])[0]
    assert page.request.get(shown[-1]).status == 200
    assert page.request.get(f"{team.url}{IMAGE_URL}/{address}").status == UNAUTHORISED
    link = f"{team.url}/self-test?session={shown[-1].split('/session/')[1].split('/')[0]}"
    page.goto(f"{team.url}/results")
    expect(page.locator("h1")).to_have_text("Log in")
    page.goto(link)
    wait_for_trial(page, 0)
