"""The review of a unit on its page: what is sent is taken once, refused input is said, and blind mode hides what it must."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from core.reviews import DEFAULT_SCHEME, ReviewScheme
from core.roles import Person
from core.services.reviews.reviewing import Reviewer
from core.services.units.unit_finding import Filters, Order
from dashboard import access, resources, review_resources, state, wall_resources
from dashboard.components import review_panel
from dashboard.components.review_panel import Action, ActionKind, Reader
from dashboard.pages import unit_review
from tests.studies import MAIN_UNITS, Workplace

UNIT = MAIN_UNITS[0]


def did(key: str, kind: ActionKind, content: str = "", *, by: str | None = "Ada", **more: Any) -> Action:
    return Action(key, str(UNIT), kind, by, content, **more)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Return what this browser session remembers: a reviewer's name."""
    kept: dict[str, object] = {state.REVIEWER: "Ada"}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def test_an_action_is_taken_once(served: Workplace, session: dict[str, object]) -> None:
    """What the browser sends again, because it saw no acknowledgement, changes nothing."""
    sent = (did("1", "note", "words"), did("2", "bookmark"))
    assert unit_review.taken(served.study, sent) == sent
    third = did("3", "verdict", answers={"interpretable": 4})
    assert unit_review.taken(served.study, (*sent, third)) == (third,)
    review = review_resources.unit_review(served.study, UNIT)
    assert [one.kind for one in review.history] == ["note", "bookmark", "verdict"]
    assert {one.author for one in review.history} == {"Ada"}


def test_refused_actions_are_said(served: Workplace, session: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be stored is said, acknowledged, and does not keep the next from being stored."""
    said: list[str] = []
    monkeypatch.setattr(st, "toast", lambda words, icon: said.append(words))
    sent = (did("1", "verdict", answers={"interpretable": 9}, go="next"), did("2", "note", "words"))
    assert [one.go for one in unit_review.taken(served.study, sent)] == ["", ""], "a refused verdict stays with its unit"
    assert len(said) == 1 and "from 1 to 5" in said[0]
    assert review_resources.handled() == ["1", "2"]
    assert [one.kind for one in review_resources.unit_review(served.study, UNIT).history] == ["note"]


def test_without_a_name_nothing_is_stored(served: Workplace, session: dict[str, object]) -> None:
    """What is done waits in the browser until the name is known: after a new start of the server it is told anew, and nothing is lost."""
    session.clear()
    waiting = did("1", "note", "words", by="Bo")
    assert unit_review.taken(served.study, (waiting,)) == () and review_resources.handled() == []
    assert review_resources.version(served.study) == 0
    unit_review.taken(served.study, (did("2", "name", " Bo ", by=None), waiting))
    assert [one.author for one in review_resources.unit_review(served.study, UNIT).history] == ["Bo"]
    unit_review.taken(served.study, (did("4", "name", "", by="Bo"), did("5", "note", "more", by="Bo")))
    assert len(review_resources.unit_review(served.study, UNIT).history) == 1


def test_nothing_is_stored_under_another_name(served: Workplace, session: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done as somebody else is refused, and said."""
    said: list[str] = []
    monkeypatch.setattr(st, "toast", lambda words, icon: said.append(words))
    unit_review.taken(served.study, (did("1", "note", "words", by="Bo"),))
    assert review_resources.version(served.study) == 0 and "Bo" in said[0] and "Ada" in said[0]


def test_sent_again_to_another_session(served: Workplace, session: dict[str, object]) -> None:
    """An action that was stored before its session ended is stored once, though the next session does not remember it."""
    sent = (did("1", "note", "one"), did("2", "note", "two"), did("3", "undo"))
    unit_review.taken(served.study, sent)
    session.pop(state.REVIEW_HANDLED)
    unit_review.taken(served.study, sent)
    review = review_resources.unit_review(served.study, UNIT)
    assert [one.words for one in review.notes] == ["one"] and len(review.history) == 3


def test_who_may_not_review(served: Workplace, session: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer's actions are refused, whatever the browser sends; where people log in nobody chooses a name."""
    said: list[str] = []
    monkeypatch.setattr(st, "toast", lambda words, icon: said.append(words))
    monkeypatch.setattr(access, "is_configured", lambda: True)
    monkeypatch.setattr(access, "person", lambda: Person("Ada", "viewer"))
    unit_review.taken(served.study, (did("1", "note", "words"), did("2", "name", "Bo")))
    assert review_resources.version(served.study) == 0 and len(said) == 1
    assert session[state.REVIEWER] == "Ada"


def test_a_tag_of_this_unit_alone_is_not_offered(served: Workplace, session: dict[str, object]) -> None:
    """Tags that are offered are those of other units: one that only this unit has would tell what others said of it."""
    Reviewer(resources.responses(), served.study, UNIT, "Bo").tag("secret")
    Reviewer(resources.responses(), served.study, MAIN_UNITS[1], "Bo").tag("dogs")
    assert review_resources.known_tags(served.study, UNIT) == ("dogs",)
    Reviewer(resources.responses(), served.study, MAIN_UNITS[1], "Bo").tag("secret")
    assert set(review_resources.known_tags(served.study, UNIT)) == {"dogs", "secret"}


def test_the_blind_see_nothing_beside_the_panel(served: Workplace, session: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall's filters, measures and search know nothing of what others said of a unit before the own verdict; a viewer sees all."""
    ada, bo = (Reviewer(resources.responses(), served.study, UNIT, name) for name in ("Ada", "Bo"))
    bo.give_verdict(DEFAULT_SCHEME, {"interpretable": 5, "responds_to": "secret-words"})
    Reviewer(resources.responses(), served.study, UNIT, "Cy").give_verdict(DEFAULT_SCHEME, {"interpretable": 1})
    bo.note("secret-note")
    bo.tag("secret-tag")
    before = wall_resources.finder(served.study, None)
    found = before.find(Filters(search="secret"), Order())
    assert before.reviews is not None and not len(found.rows) and not found.tags and "rating-interpretable" not in before.measures
    assert found.statuses == {"unreviewed": 0, "reviewed": 0, "disputed": 0}
    assert before.find(Filters(), Order()).statuses["reviewed"] == 1
    with monkeypatch.context() as looking:
        looking.setattr(access, "person", lambda: Person("Ada", "viewer"))
        assert "secret-tag" in wall_resources.finder(served.study, None).find(Filters(), Order()).tags
    ada.give_verdict(DEFAULT_SCHEME, {"interpretable": 2})
    after = wall_resources.finder(served.study, None)
    assert len(after.find(Filters(search="secret"), Order()).rows) == 1 and "rating-interpretable" in after.measures
    assert after.find(Filters(), Order()).statuses["disputed"] == 1


def sent_to_browser(
    place: Workplace, name: str, monkeypatch: pytest.MonkeyPatch, *, scheme: ReviewScheme = DEFAULT_SCHEME, is_blind: bool = True
) -> str:
    """Return all that the browser gets, as text."""
    found: list[object] = []

    class Mounted:
        actions = None

    def mount(*, data: object, key: str, on_actions_change: object) -> Mounted:
        found.append(data)
        return Mounted()

    monkeypatch.setattr(review_panel, "_component", lambda: mount)
    review = review_resources.unit_review(place.study, UNIT)
    reader = Reader(name, may_review=True, can_rename=True, is_blind=is_blind)
    review_panel.review_panel(review, scheme, reader, known_tags=(), is_queue=False, acknowledged=(), key="k")
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


def test_the_own_verdict_on_a_scheme_that_was_changed(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers to questions that are not asked any more, or on another scale, do not stand in the form: they could not be given again."""
    ada = Reviewer(resources.responses(), served.study, UNIT, "Ada")
    ada.give_verdict(DEFAULT_SCHEME, {"interpretable": 4, "faithful": 2, "responds_to": "snouts"})
    longer = replace(DEFAULT_SCHEME.questions[0], high=9)
    changed = ReviewScheme((longer, DEFAULT_SCHEME.questions[2]))
    sent = json.loads(sent_to_browser(served, "Ada", monkeypatch, scheme=changed))
    assert sent["mine"] == {"responds_to": "snouts"}
    ada.give_verdict(changed, sent["mine"])


def test_words_are_never_markup() -> None:
    """The panel's scripts make elements and set text: nothing that reviewers write is read as HTML."""
    script = "".join((review_panel.ASSETS / f"{one}.js").read_text(encoding="utf-8") for one in review_panel.SCRIPTS)
    assert "textContent" in script
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write", script)
