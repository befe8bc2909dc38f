"""Every page, judged by what a person sees: on an empty workspace, on a small study, and with an address that names nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.answer_set import AnswerSetCard
from core.domain import Unit
from core.errors import StoreBusy
from core.services.answers.people import collected_of
from core.store.answer_sets import put_answer_set
from core.store.workspace import Workspace
from dashboard import caching, resources, results_text, text
from tests.dashboard.apptest import open_page, words_of
from tests.dashboard.conftest import session_in
from tests.studies import OBSERVER, Workplace, response_to, tiny_study, trials_of

PAGES = ("overview", "feature-maps", "review", "self-test", "results")


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_an_empty_workspace(served_empty: Workspace, name: str) -> None:
    """Without a study every page says so, and how to begin."""
    page = open_page(name)
    assert not page.exception and not page.error
    assert "mined" in words_of(page).lower()
    if name == "overview":
        assert "exemplary" in words_of(page) and page.button


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_a_study(served: Workplace, name: str) -> None:
    """Every page of a study is drawn without an error."""
    page = open_page(name)
    assert not page.exception and not page.error
    assert words_of(page) or name == "feature-maps"  # drawn by the browser


def test_the_overview_counts(served: Workplace) -> None:
    """The study's figures and the observers' contrast are on the first page."""
    words = words_of(open_page("overview"))
    for number in ("120", "20", "180"):
        assert number in words
    assert "+50.0 points" in words


def test_results_before_and_after_answers(served: Workplace) -> None:
    """Nobody's results are not zero, and no report is made of them; with answers the counts are shown."""
    nobodys = words_of(open_page("results"))
    assert text.NOBODY_YET["people"] in nobodys and "main answers" not in nobodys and results_text.REPORT not in nobodys
    store = resources.responses()
    store.add_session(session_in(served), trials_of())
    for trial in trials_of():
        store.add_response("session-0", response_to(trial, right=trial.condition == "natural"))
    words = words_of(open_page("results"))
    assert "8 of 8 main answers" in words and "+100.0 points" in words


def two_people(place: Workplace) -> None:
    """Let Ada be right in all trials, and Bob with natural references only."""
    store, session = resources.responses(), session_in(place)
    for number, (who, right) in enumerate((("Ada", ("natural", "synthetic")), ("Bob", ("natural",)))):
        name = f"session-{number}"
        store.add_session(replace(session, session_id=name, participant=who, participant_number=number + 1), trials_of())
        for trial in trials_of():
            store.add_response(name, response_to(trial, right=trial.condition in right, key=f"{name}-{trial.index:04d}"))


def beside(**query: str) -> tuple[list[list[str]], str]:
    """Return the cells of the table of people and observers, header first, and the page's words."""
    page = open_page("results", section="People and observers", **query)
    assert not page.exception
    table = next(one.value for one in page.dataframe if results_text.ANSWERED_BY in one.value.columns)
    return [list(table.columns), *table.astype(str).values.tolist()], words_of(page)


def test_people_beside_observers_are_those_of_the_filters(served: Workplace) -> None:
    """Who and which rules narrow people's row and what agreement is with, and the page says that observers stay; conditions narrow both."""
    two_people(served)
    (_, people, observer), words = beside()
    assert people[2].startswith("50.0 %") and "Narrowed" not in words
    (_, bob, same), words = beside(who="Bob")
    assert bob[2].startswith("0.0 %") and same == observer and "Narrowed by participant: people's answers only" in words
    (header, *rows), words = beside(condition="natural")
    assert "synthetic" not in header and "natural" in header and len(rows) == 2
    assert "Narrowed to the condition natural: people and observers alike." in words
    _, words = beside(rules="exemplary")
    assert "Narrowed by exclusion rules: people's answers only" in words


def test_a_set_of_simulated_people_is_beside_observers_itself(served: Workplace) -> None:
    """Its row bears its name, and the numbers of its answers; the study's people do not stand in for them."""
    two_people(served)
    given = collected_of(resources.responses(), served.study)
    bob = tuple(one for one in given.answers if one.respondent == "Bob")
    card = AnswerSetCard("robots", "simulated", served.study.key, datetime(2026, 1, 1, tzinfo=UTC))
    put_answer_set(served.workspace, card, replace(given, answers=bob))
    (_, people, observer), _ = beside(answers="Simulated people", set="robots")
    assert people[0] == "Simulated people: robots" and people[2].startswith("0.0 %") and observer[0] == OBSERVER


def test_exclusion_rules_are_in_the_address(served: Workplace) -> None:
    """Rules on catch trials and negative times are named on the button; the difference without rules that leave people out stands below."""
    two_people(served)
    page = open_page("results", rules="exemplary", catch="80", negative="true")
    assert not page.exception
    buttons = [one.proto.popover.label for one in page.get("popover")]
    assert "Exclusion rules: **exemplary, catch ≥ 80 %, negative times kept**" in buttons
    words = words_of(page)
    assert "proportion correct on catch trials below 0.8" in words and "Without these rules: natural − synthetic +50.0 points" in words
    assert "negative reaction times are left out" not in words
    assert "Without these rules" not in words_of(open_page("results", negative="true"))


def test_a_unit_has_a_view_of_its_own(served: Workplace) -> None:
    """A link to a unit shows it: name, branch, numbers, both extremes, and where nothing is rendered how to make it."""
    page = open_page("feature-maps", unit="mixed3a:2")
    assert not page.exception and "mixed3a:2" in [title.value for title in page.title]
    assert "3x3" in words_of(page) and "120" in words_of(page)
    unrendered = words_of(open_page("feature-maps", unit="conv2d2:1"))
    assert "exemplary synthesize --network tiny --units conv2d2:1" in unrendered


@pytest.mark.parametrize("unit", ["mixed9z:3", "mixed3a:800", "mixed3a", "<script>", "mixed3a:x", ":"])
def test_an_unknown_unit_is_a_sentence(served: Workplace, unit: str) -> None:
    """An address that names no unit shows our sentence, with the name that came and no traceback."""
    page = open_page("feature-maps", unit=unit)
    assert not page.exception
    (error,) = page.error
    assert unit.partition(":")[0] in error.value and len(error.value) < 400
    page.button[0].click().run()
    assert not page.exception and not page.error


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("n_images", [16, 30])
def test_small_image_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, n_images: int) -> None:
    """With too few images for a trial, pages still show what there is, and say what is missing."""
    tiny_study(tmp_path, n_images=n_images, top_k=12, reserved=(), main=(Unit("mixed3a", 0),), n_renders=2, observed=False)
    monkeypatch.setenv("EXEMPLARY_WORKSPACE", str(tmp_path / "workspace"))
    caching.forget_all()
    page = open_page(name)
    assert not page.exception
    assert not page.error
    if name == "self-test":
        assert page.title and page.info and page.button


def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXEMPLARY_WORKSPACE", str(tmp_path / "workspace"))
    caching.forget_all()


@pytest.fixture
def two_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_study(tmp_path, network="older", n_renders=0, observed=False)
    tiny_study(tmp_path, network="newer")
    serve(tmp_path, monkeypatch)


@pytest.mark.usefixtures("two_studies")
def test_the_address_names_the_study() -> None:
    """A link to a unit is of its study; without one the newest is shown; a study that is not there is passed over."""
    assert "older/shapes" in words_of(open_page("feature-maps", study="older/shapes", unit="mixed3a:2"))
    assert "newer/shapes" in words_of(open_page("feature-maps", unit="mixed3a:2"))
    assert "newer/shapes" in words_of(open_page("feature-maps", study="no/such", unit="mixed3a:2"))
    for name in PAGES:
        page = open_page(name, study="older/shapes")
        assert not page.exception and ("**older**" in words_of(page) or name == "feature-maps")


@pytest.mark.usefixtures("two_studies")
def test_another_study_is_chosen_on_the_overview() -> None:
    """The choice counts more than the address that led here, and stays."""
    page = open_page("overview", study="older/shapes")
    assert page.selectbox(key="study").value == "older/shapes"
    page.selectbox(key="study").select("newer/shapes").run()
    assert not page.exception and "**newer**" in words_of(page)
    page.run()
    assert "**newer**" in words_of(page)


def held(*arguments: object) -> None:
    raise StoreBusy("responses.duckdb is held by process 7.")


def test_the_overview_while_the_answers_are_held(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where people's answers cannot be read that is said; everything else stays."""
    monkeypatch.setattr(resources, "responses", held)
    page = open_page("overview")
    assert not page.exception and "process 7" in page.error[0].value
    words = words_of(page)
    assert "Images 120" in words and "Synthetic images 180" in words and "exemplary mine" in words and len(page.button) == 3


def test_results_of_one_design(served: Workplace) -> None:
    """Where people took two designs, one can be chosen, and its link shows it: only its answers are counted."""
    store = resources.responses()
    first = session_in(served)
    for number, name in enumerate(("quick", "mine")):
        session = replace(first, session_id=f"session-{number}", design=replace(first.design, name=name))
        store.add_session(session, trials_of(4))
        for trial in trials_of(4)[: 4 - number]:
            store.add_response(session.session_id, response_to(trial, key=f"{name}-of-trial-{trial.index}"))
    assert "7 of 7 main answers" in words_of(open_page("results"))
    assert "3 of 7 main answers" in words_of(open_page("results", of="mine"))


def test_results_stay_while_the_answers_are_held(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was drawn keeps what it showed, below the sentence; a new one has only the sentence."""
    page = open_page("results")
    monkeypatch.setattr(resources, "responses", held)
    page.run()
    assert not page.exception and len(page.error) == 1 and text.NOBODY_YET["people"] in words_of(page)
    assert text.NOBODY_YET["people"] not in words_of(open_page("results"))


def test_a_unit_says_how_well_it_is_explained(served: Workplace) -> None:
    """By every observer, labelled with what it is, and by people, each with interval and n."""
    assert (
        f"**{OBSERVER} (biased witness)**: natural 100\u00a0% [34\u00a0%, 100\u00a0%] of 2 · synthetic 50\u00a0% [9\u00a0%, 91\u00a0%] of 2"
        in words_of(open_page("feature-maps", unit="mixed3a:0"))
    )
    store = resources.responses()
    store.add_session(session_in(served), trials_of())
    for trial in trials_of():
        store.add_response("session-0", response_to(trial))
    assert "**People**: natural 100\u00a0% [21\u00a0%, 100\u00a0%] of 1 by 1" in words_of(open_page("feature-maps", unit="mixed3a:0"))


def test_the_embedded_study_goes_on_being_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded study without renders or observers offers to go on; once whole, or another study, does not."""
    tiny_study(tmp_path, network="demo", image_set="world", n_renders=0, observed=False)
    serve(tmp_path, monkeypatch)
    page = open_page("overview")
    assert not page.exception and text.GO_ON_BUILDING in [button.label for button in page.button]
    tiny_study(tmp_path, network="demo", image_set="world")
    caching.forget_all()
    assert text.GO_ON_BUILDING not in [button.label for button in open_page("overview").button]
