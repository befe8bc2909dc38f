"""A block of trials in the browser: answers reach the server, whatever becomes of the connection."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, expect

from tests.dashboard.components.trial_sittings import QUEUED, TEXTS, Sitting


@pytest.mark.browser
def test_answers_of_a_session_that_was_left_are_sent(page: Page, gallery_url: str) -> None:
    """An answer that was waiting when its self-test was left is stored once another begins."""
    left = Sitting(page, gallery_url, n=2).open()
    left.wait_for(0)
    left.fail_with(*[503] * 50)
    page.keyboard.press("5")
    left.wait_for(1)
    (queued,) = left.queued()
    other = Sitting(page, gallery_url, n=2).open()
    other.wait_for(0)
    assert left.queued() == [queued]
    left.fail_with()
    another = Sitting(page, gallery_url, n=2).open()
    another.wait_for(0)
    assert [a["response_key"] for a in left.stored(1)] == [queued["response_key"]]
    page.wait_for_function(f"{QUEUED}.length === 0")


@pytest.mark.browser
def test_an_answer_survives_a_failing_server(page: Page, gallery_url: str) -> None:
    """After 503 the answer stays in the browser, a calm note says so, the next trial goes on, and it is stored once."""
    sitting = Sitting(page, gallery_url, n=2).open()
    sitting.wait_for(0)
    sitting.fail_with(503, 503)
    page.keyboard.press("2")
    sitting.wait_for(1)
    expect(page.get_by_text(TEXTS.queue.waiting)).to_be_visible()
    assert [a["trial_index"] for a in sitting.queued()] == [0]
    page.keyboard.press("3")
    sitting.expect_finished(2)
    assert [a["trial_index"] for a in sitting.stored(2)] == [0, 1]
    assert sitting.memory()["attempts"] == 4
    assert sitting.queued() == []


@pytest.mark.browser
def test_a_reload_sends_what_was_queued_and_skips_its_trial(page: Page, gallery_url: str) -> None:
    """An answer that never reached the server is sent after the reload under the same key, and its trial is not asked again."""
    sitting = Sitting(page, gallery_url, n=2).open()
    sitting.wait_for(0)
    sitting.fail_with(*[503] * 50)
    page.keyboard.press("5")
    sitting.wait_for(1)
    (queued,) = sitting.queued()
    page.reload()
    sitting.wait_for(1)
    sitting.fail_with()
    page.keyboard.press("1")
    sitting.expect_finished(2)
    first, second = sitting.stored(2)
    assert (first["trial_index"], first["response_key"]) == (0, queued["response_key"])
    assert second["trial_index"] == 1


@pytest.mark.browser
def test_a_declined_answer_shows_the_servers_sentence(page: Page, gallery_url: str) -> None:
    """A 4xx stops the block with the server's own words; the trial can be answered again."""
    sitting = Sitting(page, gallery_url, n=2).open()
    sitting.wait_for(0)
    sitting.fail_with(422)
    page.keyboard.press("1")
    expect(page.get_by_text("This session has ended.")).to_be_visible()
    assert len(sitting.queued()) == 1
    page.get_by_role("button", name=TEXTS.queue.answer_again).click()
    sitting.press("4", first=1)
    sitting.press("5", first=0)
    sitting.expect_finished(2)
    assert [(a["trial_index"], a["choice"]) for a in sitting.stored(2)] == [(1, "bottom"), (0, "bottom")]


@pytest.mark.browser
def test_a_conflict_counts_as_stored(page: Page, gallery_url: str) -> None:
    """409 says that the trial has an answer: the block goes on and the browser forgets its own."""
    sitting = Sitting(page, gallery_url, n=1).open()
    sitting.wait_for(0)
    sitting.fail_with(409)
    page.keyboard.press("1")
    sitting.expect_finished(1)
    assert sitting.queued() == []


@pytest.mark.browser
def test_a_missing_image_stops_the_block_with_a_sentence(page: Page, gallery_url: str) -> None:
    """A trial is never shown with a hole in it."""
    sitting = Sitting(page, gallery_url, n=3, broken=1).open()
    sitting.press("1")
    expect(page.get_by_text(TEXTS.queue.image_error_title)).to_be_visible()
    page.keyboard.press("1")
    assert [a["trial_index"] for a in sitting.stored(1)] == [0]


@pytest.mark.browser
def test_nothing_is_fetched_from_elsewhere(page: Page, gallery_url: str) -> None:
    """Every request of the page goes to the app's own server."""
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((gallery_url, "data:", "blob:")):
            elsewhere.append(request.url)

    page.on("request", note)
    Sitting(page, gallery_url, n=1).open().wait_for(0)
    assert elsewhere == []
