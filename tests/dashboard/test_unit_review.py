"""The review of a unit on its page: what is sent is taken once, refused input is said, and blind mode hides what it must."""

from __future__ import annotations

import json

import pytest
import streamlit as st

from core.reviews import DEFAULT_SCHEME
from core.services.reviewing import Reviewer
from dashboard import resources, review_resources, state
from dashboard.components import review_panel
from dashboard.components.review_panel import Action, Reader
from dashboard.pages import unit_review
from tests.studies import MAIN_UNITS, Workplace

UNIT = MAIN_UNITS[0]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Return what this browser session remembers: a reviewer's name."""
    kept: dict[str, object] = {state.REVIEWER: "Ada"}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def test_an_action_is_taken_once(served: Workplace, session: dict[str, object]) -> None:
    """What the browser sends again, because it saw no acknowledgement, changes nothing."""
    sent = (Action("1", str(UNIT), "note", "words"), Action("2", str(UNIT), "bookmark"))
    assert unit_review.taken(served.study, sent) == sent
    third = Action("3", str(UNIT), "verdict", answers={"interpretable": 4})
    assert unit_review.taken(served.study, (*sent, third)) == (third,)
    review = review_resources.unit_review(served.study, UNIT)
    assert [one.kind for one in review.history] == ["note", "bookmark", "verdict"]
    assert {one.author for one in review.history} == {"Ada"}


def test_refused_actions_are_said(served: Workplace, session: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be stored is said, acknowledged, and does not keep the next from being stored."""
    said: list[str] = []
    monkeypatch.setattr(st, "toast", lambda words, icon: said.append(words))
    unit_review.taken(
        served.study, (Action("1", str(UNIT), "verdict", answers={"interpretable": 9}), Action("2", str(UNIT), "note", "words"))
    )
    assert len(said) == 1 and "from 1 to 5" in said[0]
    assert review_resources.handled() == ["1", "2"]
    assert [one.kind for one in review_resources.unit_review(served.study, UNIT).history] == ["note"]


def test_without_a_name_nothing_is_stored(served: Workplace, session: dict[str, object]) -> None:
    """A name is chosen first; leaving it ends reviewing."""
    session.clear()
    unit_review.taken(served.study, (Action("1", str(UNIT), "note", "words"),))
    assert review_resources.version(served.study) == 0
    unit_review.taken(served.study, (Action("2", str(UNIT), "name", " Bo "), Action("3", str(UNIT), "note", "words")))
    assert [one.author for one in review_resources.unit_review(served.study, UNIT).history] == ["Bo"]
    unit_review.taken(served.study, (Action("4", str(UNIT), "name", ""), Action("5", str(UNIT), "note", "more")))
    assert len(review_resources.unit_review(served.study, UNIT).history) == 1


def sent_to_browser(place: Workplace, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return all that the browser gets, as text."""
    found: list[object] = []

    class Mounted:
        actions = None

    def mount(*, data: object, key: str, on_actions_change: object) -> Mounted:
        found.append(data)
        return Mounted()

    monkeypatch.setattr(review_panel, "_component", lambda: mount)
    review = review_resources.unit_review(place.study, UNIT)
    reader = Reader(name, may_review=True, can_rename=True)
    review_panel.review_panel(review, DEFAULT_SCHEME, reader, known_tags=(), is_queue=False, acknowledged=(), key="k")
    return json.dumps(found[0])


def test_blind_mode_keeps_verdicts_from_the_browser(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the own verdict is given, not a word of others' leaves the server; afterwards all is there."""
    ada = Reviewer(resources.responses(), served.study, UNIT, "Ada")
    ada.give_verdict(DEFAULT_SCHEME, {"interpretable": 4, "responds_to": "secret-words"})
    ada.note("secret-note")
    before = sent_to_browser(served, "Bo", monkeypatch)
    assert "secret" not in before and "Ada" not in before and "One colleague" in before
    Reviewer(resources.responses(), served.study, UNIT, "Bo").give_verdict(DEFAULT_SCHEME, {"interpretable": 2})
    after = sent_to_browser(served, "Bo", monkeypatch)
    assert "secret-words" in after and "secret-note" in after and "One colleague" not in after
