"""A block of trials: what reaches the browser, and what a participant's keys, clicks and lost connections do there."""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from core.design_spec import Condition, Feedback, Scheme
from core.experiment import TrialKind
from dashboard.components import trial as trial_module
from dashboard.components.stage import component_key
from dashboard.components.trial import TrialView, trial_block
from dashboard.participant_text import participant_text

TEXTS = participant_text("en")
ANSWERING = '.stage[data-phase="answering"]'
QUEUED = "Object.entries(localStorage).filter(([name]) => name.startsWith('exemplary:answer:')).map(([, text]) => JSON.parse(text))"


def view(index: int = 0, *, condition: Condition = "natural", scheme: Scheme = "Min-Max-9", kind: TrialKind = "main") -> TrialView:
    return TrialView(index, condition, scheme, kind, ("a",) * 9, ("b",) * 9, "top", "bottom")


def mounted(monkeypatch: pytest.MonkeyPatch, *trials: TrialView, **changes: Any) -> dict[str, Any]:
    """Return what trial_block hands to the browser."""
    seen: dict[str, Any] = {}

    class Result:
        finished = None

    def mount(**arguments: Any) -> Result:
        seen.update(arguments)
        return Result()

    monkeypatch.setattr(trial_module, "_component", lambda: mount)
    arguments: dict[str, Any] = {"session_id": "s", "answer_url": "/answers", "image_url": "/images/", "feedback": "trial"}
    arguments |= {"pause_ms": 500, "feedback_ms": 1500, "total": 12, "offset": 3, "key": "k", "texts": TEXTS}
    result = trial_block(trials=trials, **(arguments | changes))
    assert not result.finished
    return dict(seen["data"])


# --- what reaches the browser ---------------------------------------------------------------------------------------------------


def test_main_and_catch_trials_look_alike_in_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the payload tells a catch trial from a main one, or which side is correct."""
    main, catch = mounted(monkeypatch, view(kind="main"), view(kind="catch"))["trials"]
    assert main == catch
    assert set(main) == {"index", "sides", "practice", "feedback", "min", "max", "top", "bottom"}


@pytest.mark.parametrize(
    ("condition", "scheme", "n_min", "n_max"),
    [("natural", "Min-Max-9", 9, 9), ("synthetic", "Max-9", 0, 9), ("none", "Min-Max-9", 0, 0)],
)
def test_only_the_references_of_the_scheme_are_sent(
    monkeypatch: pytest.MonkeyPatch, condition: Condition, scheme: Scheme, n_min: int, n_max: int
) -> None:
    """A reference image that is not shown is not even addressed."""
    (trial,) = mounted(monkeypatch, view(condition=condition, scheme=scheme))["trials"]
    assert (len(trial["min"]), len(trial["max"])) == (n_min, n_max)


def test_a_block_keeps_its_name_while_answered_trials_drop_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rerun with the remaining trials does not restart the block in the browser."""
    whole = mounted(monkeypatch, view(4), view(5), view(6))
    rest = mounted(monkeypatch, view(6), offset=5)
    assert whole["block"] == rest["block"] != mounted(monkeypatch, view(7))["block"]


def test_no_trials_mount_nothing() -> None:
    """A block without open trials is not drawn and not finished: the page goes on by itself."""
    times = {"pause_ms": 0, "feedback_ms": 0, "total": 0, "offset": 0}
    result = trial_block(session_id="s", trials=(), answer_url="/a", image_url="/i", feedback="none", key="k", texts=TEXTS, **times)
    assert (result.finished, result.n_answered) == (False, 0)


@pytest.mark.parametrize(("feedback", "told"), [("trial", [True, True]), ("block", [True, False]), ("none", [False, False])])
def test_which_answers_are_told(monkeypatch: pytest.MonkeyPatch, feedback: Feedback, told: list[bool]) -> None:
    """With feedback on blocks only practice shows the right image."""
    trials = mounted(monkeypatch, view(kind="practice"), view(kind="main"), feedback=feedback)["trials"]
    assert [trial["feedback"] for trial in trials] == told


def test_a_session_with_two_underscores_has_a_key() -> None:
    """Streamlit refuses keys with two underscores in a row, and a session's random id may have them."""
    assert component_key("trials/a__b_c") == "trials/a..b.c"


# --- in the browser -------------------------------------------------------------------------------------------------------------


class Sitting:
    """A participant's window on the gallery's trial page, and the fake server's memory of the session."""

    def __init__(self, page: Page, url: str, *, feedback: Feedback = "none", **query: object) -> None:
        self.page, self.url = page, url
        self.session = f"{'plain' if feedback == 'none' else f'{feedback}-feedback'}-{uuid.uuid4().hex[:8]}"
        words = "&".join(f"{name}={value}" for name, value in query.items())
        self.address = f"{url}/?view=trial&session={self.session}&{words}"

    def open(self) -> Sitting:
        self.page.goto(self.address)
        return self

    def wait_for(self, trial: int) -> None:
        self.page.wait_for_selector(f'{ANSWERING}[data-trial="{trial}"]')

    def press(self, *keys: str, first: int = 0) -> None:
        """Answer one trial with every key, waiting for each trial."""
        for trial, key in enumerate(keys, start=first):
            self.wait_for(trial)
            self.page.keyboard.press(key)

    def fail_with(self, *statuses: int) -> None:
        self.page.request.post(f"{self.url}/test/control/{self.session}", data=json.dumps(statuses))

    def memory(self) -> dict[str, Any]:
        return dict(self.page.request.get(f"{self.url}/test/control/{self.session}").json())

    def stored(self, n: int) -> list[dict[str, Any]]:
        """Return the stored answers once there are n of them: the browser does not wait for the server, so a test must."""
        deadline = time.monotonic() + 20
        while len(answers := self.memory()["stored"]) < n and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        return list(answers)

    def queued(self) -> list[dict[str, Any]]:
        return list(self.page.evaluate(QUEUED))

    def expect_finished(self, answers: int) -> None:
        expect(self.page.get_by_text(re.compile(f"finished 1 times, {answers} answers"))).to_be_visible(timeout=20_000)


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
def test_a_missing_image_stops_the_block_with_a_sentence(page: Page, gallery_url: str) -> None:
    """A trial is never shown with a hole in it."""
    sitting = Sitting(page, gallery_url, n=3, broken=1).open()
    sitting.press("1")
    expect(page.get_by_text(TEXTS.queue.image_error_title)).to_be_visible()
    page.keyboard.press("1")
    assert [a["trial_index"] for a in sitting.stored(1)] == [0]


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
