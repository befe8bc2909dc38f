"""Every page, judged by what a person sees: on an empty workspace, on a small study, and with an address that names nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.domain import Unit
from core.store.workspace import Workspace
from dashboard import resources
from tests.dashboard.apptest import open_page, words_of
from tests.studies import LAYERS, Workplace, activation_matrix, response_to, session_of, tiny_study, trials_of

PAGES = ("overview", "feature-maps", "self-test", "results")


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
    assert words_of(page)


def test_the_overview_counts(served: Workplace) -> None:
    """The study's figures and the observers' contrast are on the first page."""
    words = words_of(open_page("overview"))
    for number in ("120", "20", "180"):
        assert number in words
    assert "+50.0 points" in words


def test_results_before_and_after_answers(served: Workplace) -> None:
    """Nobody's results are not zero; with answers the counts are shown."""
    assert "**People** · 0 main answers" in words_of(open_page("results"))
    store = resources.responses()
    store.add_session(session_of(), trials_of())
    for trial in trials_of():
        store.add_response("session-0", response_to(trial, right=trial.condition == "natural"))
    words = words_of(open_page("results"))
    assert "**People** · 8 main answers" in words and "+100.0 points" in words


def n_units(words: str) -> str:
    return next(line for line in words.splitlines() if line.endswith((" units", " unit")))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "20 units"),
        ({"layer": "mixed3a"}, "8 units"),
        ({"search": "conv2d2:1"}, "1 unit"),
        ({"rendered": "true"}, "10 units"),
        ({"branch": "pool"}, "2 units"),
        ({"layer": "mixed4a", "branch": "1x1"}, "2 units"),
    ],
)
def test_filters_come_from_the_address(served: Workplace, query: dict[str, str], expected: str) -> None:
    """A link to a filtered wall shows what was filtered."""
    page = open_page("feature-maps", **query)
    assert not page.exception
    assert n_units(words_of(page)) == expected


def test_filters_are_chosen_and_cleared(served: Workplace) -> None:
    """Choosing filters narrows the wall; where nothing fits, one button clears them all."""
    page = open_page("feature-maps")
    page.selectbox(key="layer").select("mixed4a").run()
    assert n_units(words_of(page)) == "8 units"
    page.text_input(key="search").input("no such thing").run()
    assert not page.exception and page.info and len(page.button) == 1
    page.button[0].click().run()
    assert not page.exception and n_units(words_of(page)) == "20 units"


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


def test_an_unknown_self_test_is_told(served: Workplace) -> None:
    """A link to a session that is not there says so and offers a new one."""
    page = open_page("self-test", session="no-such-session")
    assert not page.exception and page.warning
    page.button[0].click().run()
    assert not page.exception and not page.warning


def start(page: AppTest, name: str) -> AppTest:
    page.text_input[0].input(name)
    return page.button[0].click().run()


def test_a_self_test_begins_with_one_click(served: Workplace) -> None:
    """A name is offered; the session is stored under it or under the name that was typed."""
    page = open_page("self-test")
    offered = page.text_input[0].value
    page.button[0].click().run()
    assert not page.exception and not page.error and offered
    assert not start(open_page("self-test"), "  Ada  ").exception
    assert resources.responses().n_sessions("tiny/shapes") == 2


def test_a_nameless_self_test_is_not_stored(served: Workplace) -> None:
    """Who deletes the name is asked for one, and nothing is stored."""
    page = start(open_page("self-test"), " ")
    assert not page.exception and page.error
    assert resources.responses().n_sessions("tiny/shapes") == 0


def test_a_finished_self_test_shows_ones_answers(served: Workplace) -> None:
    """After the last answer the summary counts the correct ones of each condition."""
    store = resources.responses()
    store.add_session(session_of(), trials_of())
    for trial in trials_of():
        store.add_response("session-0", response_to(trial, right=trial.index != 0))
    words = words_of(open_page("self-test", session="session-0"))
    assert "3 of 4" in words and "4 of 4" in words


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("n_images", [16, 30])
def test_small_image_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, n_images: int) -> None:
    """With too few images for a trial, pages still show what there is, and say what is missing."""
    tiny_study(tmp_path, n_images=n_images, top_k=12, reserved=(), main=(Unit("mixed3a", 0),), n_renders=2, observed=False)
    monkeypatch.setenv("EXEMPLARY_WORKSPACE", str(tmp_path / "workspace"))
    st.cache_resource.clear()
    page = open_page(name)
    assert not page.exception
    if name != "self-test":
        assert not page.error


def test_a_study_of_few_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer live units than the shortest self-test has trials, the page says what is missing."""
    dead = {layer.name: np.zeros((60, layer.n_channels), dtype=np.float32) for layer in LAYERS}
    dead["mixed3a"][:, :4] = activation_matrix(LAYERS[1], 60)[:, :4]
    tiny_study(tmp_path, n_images=60, reserved=(), n_renders=0, observed=False, matrices=dead)
    monkeypatch.setenv("EXEMPLARY_WORKSPACE", str(tmp_path / "workspace"))
    st.cache_resource.clear()
    page = open_page("self-test")
    assert not page.exception and words_of(page)
