"""Instructions: what a design's pages say, and what a participant's keys and lost connections do there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from core.design_spec import Section
from core.experiment import Trial
from dashboard.components.instructions import WorkedExample, instruction_pages, worked_example
from dashboard.participant_text import participant_text
from tests.dashboard.components.sittings import View
from tests.studies import design, trials_of

ENGLISH = participant_text("en")
EXAMPLE = WorkedExample(("a",) * 9, ("b",) * 9, "c", "d", "bottom", "min-max")


def words(*, example: WorkedExample | None = EXAMPLE, **changes: object) -> str:
    """Return all that the instructions of a changed design say."""
    spec = replace(design(), **changes)  # type: ignore[arg-type]
    pages = instruction_pages(spec, n_trials=24, minutes=3, example=example, words=ENGLISH)
    return "\n".join(f"{page.title}\n{page.body}" for page in pages)


# --- what is said ---------------------------------------------------------------------------------------------------------------


def test_only_what_a_design_shows_is_explained() -> None:
    """References without a none condition; none without references; each kind of feedback; practice and ratings where there are any."""
    usual = words()
    assert "On the left" in usual and "Synthetic references" in usual and "Without references" not in usual
    assert "about 24 trials" in usual and "3 minutes" in usual and "The lower image" not in usual and "the lower image" in usual
    bare = words(example=None, sections=(Section(("none",), "Min-Max-9", (5,)),), feedback="none")
    assert "Without references" in bare and "The reference images" not in bare and "An example" not in bare and "not told" in bare
    rich = words(
        sections=(Section(("natural",), "Max-1", (5,), n_practice=1), Section(("natural",), "Max-9", (5,))), intuitiveness=("end",)
    )
    assert "On the left" not in rich and "announced before each block" in rich and "practice" in rich and "intuitive" in rich


def test_an_example_tells_the_solution_of_its_trial() -> None:
    """It has the trial's images and the side that is right."""
    trial = trials_of(4)[2]
    assert worked_example(trial) == example_of(trial)


def example_of(trial: Trial) -> WorkedExample:
    return WorkedExample(trial.min_references, trial.max_references, trial.query_top, trial.query_bottom, trial.correct, "min-max")


# --- in the browser -------------------------------------------------------------------------------------------------------------


def turn(page: Page, to: int, key: str = "Enter") -> None:
    page.keyboard.press(key)
    page.wait_for_selector(f'.stage[data-page="{to}"]')


@pytest.mark.browser
def test_reading_by_keyboard(page: Page, gallery_url: str) -> None:
    """Keys turn the pages; the solution is shown on its page only; the last page's button stores how long it took, once."""
    view = View(page, gallery_url, "instructions").open("instructions")
    page.wait_for_timeout(700)
    turn(page, 1, "ArrowRight")
    turn(page, 0, "ArrowLeft")
    turn(page, 1, "Space")
    solved = page.locator('.miniature[data-solved="true"] .slot.right')
    expect(solved).to_have_count(0)
    turn(page, 2)
    expect(solved).to_have_count(1)
    page.keyboard.press("ArrowRight")
    view.wait_for("instructions")
    page.keyboard.press("Enter")
    view.expect_finished()
    (event,) = view.stored(1)
    assert event["kind"] == "instructed" and event["session_id"] == view.session and 700 <= event["duration_ms"] < 60_000
    assert view.kept() == []


@pytest.mark.browser
def test_a_held_key_does_not_run_through_the_pages(page: Page, gallery_url: str) -> None:
    """Auto-repeat turns one page."""
    View(page, gallery_url, "instructions").open("instructions")
    page.keyboard.down("Enter")
    page.wait_for_selector('.stage[data-page="1"]')
    page.keyboard.down("Enter")
    page.wait_for_timeout(200)
    assert page.locator(".stage").get_attribute("data-page") == "1"


@pytest.mark.browser
def test_the_buttons_turn_the_pages_too(page: Page, gallery_url: str) -> None:
    """Back has nowhere to go from the first page; with the focus on it, Enter goes back."""
    View(page, gallery_url, "instructions").open("instructions")
    back = page.get_by_role("button", name="Back")
    expect(back).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="The second page")).to_be_visible()
    back.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The first page")).to_be_visible()


@pytest.mark.browser
def test_that_they_were_read_survives_a_reload(page: Page, gallery_url: str) -> None:
    """Where the server does not answer the event stays in the browser; after a reload it is stored under the same key, and nothing is
    asked again."""
    view = View(page, gallery_url, "instructions").open("instructions")
    view.fail_with(*[503] * 50)
    turn(page, 1)
    turn(page, 2)
    page.keyboard.press("Enter")
    view.wait_for("waiting")
    (kept,) = view.kept()
    page.reload()
    view.wait_for("waiting")
    view.fail_with()
    view.expect_finished()
    assert [event["event_key"] for event in view.stored(1)] == [kept["event_key"]]


@pytest.mark.browser
def test_reading_goes_on_after_a_reload(page: Page, gallery_url: str) -> None:
    """The time before a reload counts."""
    view = View(page, gallery_url, "instructions").open("instructions")
    page.wait_for_timeout(1500)
    page.reload()
    view.wait_for("instructions")
    turn(page, 1)
    turn(page, 2)
    page.keyboard.press("Enter")
    view.expect_finished()
    assert view.stored(1)[0]["duration_ms"] >= 1500


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080), (1024, 768), (820, 1180)])
@pytest.mark.parametrize("more", [{}, {"bare": 1, "language": "de"}])
def test_instructions_fit_the_window(page: Page, gallery_url: str, width: int, height: int, more: dict[str, object]) -> None:
    """Text, figure and buttons are inside the window, with and without an example."""
    page.set_viewport_size({"width": width, "height": height})
    View(page, gallery_url, "instructions", **more).open("instructions")
    nodes = [*page.locator(".miniature .slot").all(), *page.locator(".turn button").all(), page.locator(".text")]
    boxes = [box for node in nodes if (box := node.bounding_box())]
    assert len(boxes) == 23
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height for box in boxes)
