"""Several studies on the overview: what each has, how it stands, and a click that looks at another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain import Study
from core.errors import StoreError
from core.services.results.results import Comparison
from core.settings import WORKSPACE_VARIABLE
from core.store.observations import put_observations
from core.store.workspace import Workspace
from dashboard import caching, resources, studies_text
from tests.dashboard.apptest import open_page, words_of
from tests.studies import MAIN_UNITS, OBSERVER, observations, observer_card, tiny_study


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, Study, Study]:
    """Serve two studies, of which only the newer has synthetic images and an observer's answers."""
    older = tiny_study(tmp_path, network="older", n_renders=0, observed=False)
    newer = tiny_study(tmp_path, network="newer")
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(tmp_path / "workspace"))
    caching.forget_all()
    return Workspace(tmp_path / "workspace"), older, newer


def test_studies_stand_beside_each_other(two: tuple[Workspace, Study, Study]) -> None:
    """Each has its row; a click on the other's name looks at it; without an observer in common it is told how to have one."""
    page = open_page("overview")
    words = words_of(page)
    assert not page.exception and studies_text.TITLE in words and studies_text.NO_OBSERVER in words
    assert "**newer/shapes** :gray-badge[shown here]" in words and "natural **100 %**" not in words
    page.button(key="study/older/shapes").click().run()
    assert "**older/shapes** :gray-badge[shown here]" in words_of(page) and page.selectbox(key="study").value == "older/shapes"
    assert "older/shapes" in words_of(page.run())


def test_an_observer_in_common_is_compared(two: tuple[Workspace, Study, Study]) -> None:
    """Once it has answered both, its proportions stand in both rows with intervals and n, and what it is is said."""
    workspace, older, _ = two
    put_observations(workspace, observer_card(older), observations(MAIN_UNITS))
    words = words_of(open_page("overview"))
    assert f"Observer: **{OBSERVER}** ({studies_text.BIASED})" in words
    assert words.count("natural **100 %** :small[:gray[") == 2 and words.count("synthetic **50 %** :small[:gray[") == 2
    assert "n = 16]]" in words


def test_one_study_has_nobody_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The section is not there where there is one study only."""
    tiny_study(tmp_path)
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(tmp_path / "workspace"))
    caching.forget_all()
    page = open_page("overview")
    assert not page.exception and studies_text.TITLE not in words_of(page)


def test_answers_that_cannot_be_read_leave_the_other_study(two: tuple[Workspace, Study, Study], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with one is said with its name; the counts of both stay."""
    known = resources.comparison

    def held(study: Study, *, design: str | None = None) -> Comparison:
        if study.key == "older/shapes":
            raise StoreError("The file is torn.")
        return known(study, design=design)

    monkeypatch.setattr(resources, "comparison", held)
    page = open_page("overview")
    assert not page.exception and [one.value for one in page.warning] == ["older/shapes: The file is torn."]
    assert "**newer/shapes**" in words_of(page) and page.button(key="study/older/shapes").label == "older/shapes"
