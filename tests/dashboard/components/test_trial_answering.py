"""A block of trials in the browser: a participant's keys, clicks and taps, and what is measured of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.components.trial_sittings import ANSWERING, Sitting


@pytest.mark.browser
def test_a_block_by_keyboard(page: Page, gallery_url: str) -> None:
    """Digits and keypad answer side and confidence in one act; a double press counts once; the end is told to Python once."""
    sitting = Sitting(page, gallery_url, n=3).open()
    sitting.wait_for(0)
    page.keyboard.press("1")
    page.keyboard.press("1")
    sitting.press("Numpad5", "6", first=1)
    sitting.expect_finished(3)
    answers = sitting.stored(3)
    assert [(a["trial_index"], a["choice"], a["confidence"]) for a in answers] == [(0, "top", 1), (1, "bottom", 2), (2, "bottom", 3)]
    assert {a["input_device"] for a in answers} == {"keyboard"}
    assert {a["screen"] for a in answers} == {"1440x900@1"}
    assert all(a["reaction_time_ms"] > 0 and a["shown_ms"] >= 0 and a["was_hidden"] is False for a in answers)
    assert len({a["response_key"] for a in answers}) == 3
    assert sitting.queued() == []


@pytest.mark.browser
def test_a_key_held_down_or_with_a_modifier_answers_nothing(page: Page, gallery_url: str) -> None:
    """Auto-repeat of a held key does not run through the block; Ctrl+1 belongs to the browser."""
    sitting = Sitting(page, gallery_url, n=3).open()
    sitting.wait_for(0)
    page.keyboard.press("Control+2")
    page.keyboard.down("3")
    sitting.wait_for(1)
    page.wait_for_timeout(500)
    page.keyboard.down("3")  # Chromium marks a second down without an up as auto-repeat
    page.wait_for_timeout(300)
    page.keyboard.up("3")
    assert [(a["trial_index"], a["confidence"]) for a in sitting.stored(1)] == [(0, 3)]


@pytest.mark.browser
def test_a_block_by_mouse(page: Page, gallery_url: str) -> None:
    """The buttons answer as the keys do and say that it was a mouse."""
    sitting = Sitting(page, gallery_url, n=1).open()
    sitting.wait_for(0)
    page.get_by_role("button", name="Lower image: sure (key 6)").click()
    sitting.expect_finished(1)
    (answer,) = sitting.stored(1)
    assert (answer["choice"], answer["confidence"], answer["input_device"]) == ("bottom", 3, "mouse")


@pytest.mark.browser
def test_a_tap_is_told_from_a_click(chromium: Browser, gallery_url: str) -> None:
    """On a tablet the input device is touch."""
    context = chromium.new_context(viewport={"width": 1024, "height": 768}, has_touch=True)
    sitting = Sitting(context.new_page(), gallery_url, n=1).open()
    sitting.wait_for(0)
    sitting.page.get_by_role("button", name="Upper image: guessing (key 1)").tap()
    sitting.expect_finished(1)
    assert [(a["choice"], a["input_device"]) for a in sitting.stored(1)] == [("top", "touch")]
    context.close()


# Presses 2 half a second after trial 1 was painted; returns the interval by the page's own clock.
PRESS_LATER = """async () => {
  const roots = (node) => [...node.querySelectorAll("*")].map((child) => child.shadowRoot).filter(Boolean);
  const find = (node) => node.querySelector(".stage") ?? roots(node).map(find).find(Boolean);
  const stage = find(document);
  const painted = () => stage.dataset.phase === "painted" && stage.dataset.trial === "1";
  const onset = await new Promise((resolve) => {
    new MutationObserver(() => painted() && resolve(performance.now())).observe(stage, { attributes: true });
    window.dispatchEvent(new KeyboardEvent("keydown", { code: "Digit1", key: "1" }));
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const event = new KeyboardEvent("keydown", { code: "Digit2", key: "2" });
  window.dispatchEvent(event);
  return event.timeStamp - onset;
}"""


@pytest.mark.browser
def test_the_reaction_time_is_that_between_paint_and_key(page: Page, gallery_url: str) -> None:
    """Measured by the page's clock from outside the component, it agrees within a frame (three on a busy machine)."""
    sitting = Sitting(page, gallery_url, n=3).open()
    sitting.wait_for(0)
    interval = page.evaluate(PRESS_LATER)
    answer = sitting.stored(2)[1]
    assert answer["reaction_time_ms"] == pytest.approx(interval, abs=50)


@pytest.mark.browser
def test_a_trial_during_which_the_tab_was_hidden_says_so(page: Page, gallery_url: str) -> None:
    """Only the trial under way is marked."""
    sitting = Sitting(page, gallery_url, n=2).open()
    sitting.wait_for(0)
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("delete document.hidden")
    sitting.press("1", "2")
    sitting.expect_finished(2)
    assert [a["was_hidden"] for a in sitting.stored(2)] == [True, False]


@pytest.mark.browser
def test_the_announcement_waits_for_space(page: Page, gallery_url: str) -> None:
    """Before the start no key answers; Space begins the first trial."""
    sitting = Sitting(page, gallery_url, n=2, announce=1).open()
    expect(page.get_by_role("heading", name="Natural images")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Space")
    sitting.press("4")
    sitting.wait_for(1)
    assert [a["choice"] for a in sitting.stored(1)] == ["bottom"]


@pytest.mark.browser
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_leaving_by_keyboard_from_an_announcement(page: Page, gallery_url: str, key: str) -> None:
    """A button of the page around the block keeps its own Enter and Space: the block does not begin."""
    Sitting(page, gallery_url, n=2, announce=1, extras=1).open()
    page.wait_for_selector('.stage[data-phase="announcement"]')
    page.get_by_role("button", name="Rerun").focus()
    page.keyboard.press(key)
    expect(page.get_by_text("Pressed 1 times")).to_be_visible()
    assert page.locator(".stage").get_attribute("data-phase") == "announcement"
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Space")
    page.wait_for_selector(f'{ANSWERING}[data-trial="0"]')


@pytest.mark.browser
def test_dropped_frames_are_counted(page: Page, gallery_url: str) -> None:
    """A trial during which the page stood still says so."""
    sitting = Sitting(page, gallery_url, n=2).open()
    sitting.wait_for(0)
    page.wait_for_timeout(500)
    page.evaluate("() => { const end = performance.now() + 300; while (performance.now() < end); }")
    page.wait_for_timeout(200)
    sitting.press("1", "2")
    first, second = (answer["n_dropped_frames"] for answer in sitting.stored(2))
    assert first >= 1 and second >= 0


@pytest.mark.browser
def test_cards_come_one_after_the_other(page: Page, gallery_url: str) -> None:
    """A break and an announcement each take a press of their own: the rest of a double press is none."""
    sitting = Sitting(page, gallery_url, n=1, announce=2).open()
    expect(page.get_by_role("heading", name="Block complete")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="Natural images")).to_be_visible()
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    sitting.wait_for(0)
