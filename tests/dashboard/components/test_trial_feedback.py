"""A block of trials in the browser: what participants are told of their answers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.components.trial_sittings import Sitting


@pytest.mark.browser
def test_feedback_comes_with_the_acknowledgement(page: Page, gallery_url: str) -> None:
    """No frame before the answer is stored; then a frame on the correct image and a word beside the chosen one."""
    sitting = Sitting(page, gallery_url, feedback="trial", n=2, feedback_ms=3000).open()
    sitting.wait_for(0)
    sitting.fail_with(503, 503)
    page.keyboard.press("1")  # the fake server calls the lower image of trial 0 correct
    page.wait_for_timeout(700)  # longer than the pause: it is the acknowledgement that is missing
    expect(page.locator(".slot.correct")).to_have_count(0)
    lower = page.get_by_role("group", name="Lower image")
    expect(lower.locator(".slot.correct")).to_be_visible()
    expect(page.get_by_role("group", name="Upper image")).to_contain_text("Not this one")
    page.get_by_role("button", name="Continue").click()
    sitting.press("1", first=1)
    expect(page.get_by_role("group", name="Upper image")).to_contain_text("Correct")


@pytest.mark.browser
def test_a_wrong_practice_answer_is_explained(page: Page, gallery_url: str) -> None:
    """With feedback on blocks a practice trial tells which image was right and why, and stays until Enter; a main trial tells nothing."""
    sitting = Sitting(page, gallery_url, feedback="block", n=2, feedback_ms=0).open()
    sitting.press("1")
    explanation = page.locator(".explanation")
    expect(explanation).to_contain_text("The lower image is the right one")
    page.wait_for_timeout(400)
    page.keyboard.press("2")
    assert page.locator(".stage").get_attribute("data-trial") == "0"
    page.keyboard.press("Enter")
    sitting.wait_for(1)
    expect(explanation).to_be_hidden()
    page.keyboard.press("4")
    sitting.expect_finished(2)
    assert page.locator(".slot.correct").count() == 0
    assert [a["trial_index"] for a in sitting.stored(2)] == [0, 1]


# Counts the moments at which anything on the page, in shadow roots too, wears the frame of the right image, a verdict or a reason.
WATCH_FOR_VERDICTS = """window.verdicts = 0;
const told = ".slot.correct, .verdict:not(:empty), .explanation:not([hidden])";
const tells = (node) =>
  [...node.querySelectorAll("*")].some((child) => child.matches(told) || (child.shadowRoot && tells(child.shadowRoot)));
setInterval(() => { if (document.body && tells(document.body)) window.verdicts += 1; }, 10);"""


@pytest.mark.browser
def test_without_feedback_nothing_tells_the_right_side(page: Page, gallery_url: str) -> None:
    """Neither a reply nor anything on the page says which query was right, in practice or later."""
    replies: list[dict[str, Any]] = []
    page.on("response", lambda response: replies.append(response.json()) if response.url.endswith("/test/answers") else None)
    page.add_init_script(WATCH_FOR_VERDICTS)
    sitting = Sitting(page, gallery_url, n=3).open()
    sitting.press("1", "5", "3")
    sitting.expect_finished(3)
    assert [reply["correct"] for reply in replies] == [None, None, None]
    assert page.evaluate("window.verdicts") == 0


@pytest.mark.browser
def test_the_running_score_counts_main_trials(page: Page, gallery_url: str) -> None:
    """It goes on from what was right before, practice apart, and is told with the answer."""
    sitting = Sitting(page, gallery_url, feedback="trial", n=4, score=1, feedback_ms=0).open()
    sitting.wait_for(0)
    score = page.locator(".score")
    expect(score).to_have_text("3 of 4 correct")
    page.keyboard.press("4")
    sitting.press("1", first=1)
    expect(score).to_have_text("4 of 5 correct")
    sitting.press("1", first=2)
    expect(score).to_have_text("4 of 6 correct")
