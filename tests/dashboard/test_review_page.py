"""The page Review shows each role what it may do: nobody assigns without a name, reviewers delete their own only."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.reviews import DEFAULT_SCHEME
from core.roles import Person
from core.services.reviews import review_sheet
from core.services.reviews.reviewing import Reviewer
from dashboard import access, resources, review_books, review_text, state
from dashboard.components.downloads import Download
from dashboard.pages import review_files
from tests.dashboard.apptest import open_page, words_of
from tests.studies import MAIN_UNITS, Workplace


@pytest.fixture
def reviewed(served: Workplace) -> Workplace:
    """Serve a study of which two reviewers, one with a name in Markdown, have judged a unit."""
    for name in ("Ada", "*Bo*"):
        Reviewer(resources.responses(), served.study, MAIN_UNITS[0], name).give_verdict(DEFAULT_SCHEME, {"interpretable": 3})
    return served


def part(name: str) -> AppTest:
    """Return the page with one of its parts open."""
    return open_page("review", **{state.REVIEW_SECTION: review_text.SECTIONS[name]})


def offered(page: AppTest) -> list[str]:
    return [str(one.label) for one in page.button]


def test_who_assigns(reviewed: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """An admin with a name gets the form, one without is asked for it; a reviewer sees who has how much to do."""
    assert review_text.NAME_FIRST in words_of(part("assign"))
    monkeypatch.setattr(access, "person", lambda: Person("Ada", "reviewer"))
    page = part("assign")
    assert not page.exception and len(page.dataframe) == 1
    assert review_text.ASSIGN not in offered(page) and review_text.NAME_FIRST not in words_of(page)
    monkeypatch.setattr(access, "person", lambda: Person("Ada", "admin"))
    page = part("assign")
    assert review_text.ASSIGN in offered(page)
    page.selectbox[0].set_value("*Bo*")
    next(one for one in page.button if one.label == review_text.ASSIGN).click().run()
    events = resources.responses().review_events(reviewed.study.key)
    assert {(one.author, one.content) for one in events if one.kind == "assign"} == {("Ada", "*Bo*")}


def test_who_deletes_what(reviewed: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reviewer takes out their own; an admin may choose anybody; names are shown as they are written."""
    monkeypatch.setattr(access, "person", lambda: Person("Ada", "reviewer"))
    page = part("export")
    assert not page.exception and [one.label for one in page.selectbox if one.label == review_text.WHO] == []
    assert review_text.LEAVE_SURE.format(name="Ada") in offered(page)
    monkeypatch.setattr(access, "person", lambda: Person("Ada", "admin"))
    page = part("export")
    (who,) = [one for one in page.selectbox if one.label == review_text.WHO]
    assert who.options == ["Ada", "*Bo*"]
    page = who.set_value("*Bo*").run()
    sure = review_text.LEAVE_SURE.format(name=r"\*Bo\*")
    next(one for one in page.button if one.label == sure).click().run()
    assert {one.author for one in resources.responses().review_events(reviewed.study.key)} == {"Ada"}


def test_a_sheet_shows_what_who_drew_the_page_may_see(reviewed: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is made later, where nobody looks at a page: it is blind to whom the page was."""
    monkeypatch.setattr(access, "person", lambda: Person("Ada", "admin"))
    offered: list[Download] = []
    monkeypatch.setattr(review_files, "download_button", lambda file, **_: offered.append(file))
    monkeypatch.setattr(review_sheet, "review_sheet", lambda *given, kind: given[4])
    monkeypatch.setattr(review_books, "blind_reader", lambda: "Cy")
    review_files.export_part(reviewed.study)
    monkeypatch.setattr(review_books, "blind_reader", lambda: None)
    blind, everything = (review_books.seen(reviewed.study.key, reader) for reader in ("Cy", None))
    assert blind != everything
    sheets = [one.make() for one in offered if "_units." in one.file_name]
    assert sheets and all(one == blind for one in sheets)


def test_words_as_written() -> None:
    """What Markdown would read is escaped."""
    assert review_text.as_written("a_b [c](d)") == r"a\_b \[c\]\(d\)" and review_text.as_written("Zoë 2") == "Zoë 2"
    assert review_text.as_written("&lt;") == r"\&lt;"


def test_the_browsers_name(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session knows the name that the browser remembers, also on pages without a panel, until another is chosen or none; no bad one."""
    chosen: dict[str, str | None] = {}
    monkeypatch.setattr(st, "session_state", chosen)
    for cookie, name in (("Zo%C3%AB%20K.", "Zoë K."), ("a%40example.org", None), ("", None)):
        monkeypatch.setattr(st, "context", SimpleNamespace(cookies={access.NAME_COOKIE: cookie}))
        assert access.person() == access.identified({access.NAME_COOKIE: cookie}) == Person(name, "admin")
    monkeypatch.setattr(st, "context", SimpleNamespace(cookies={access.NAME_COOKIE: "Ada"}))
    for kept in ("Bo", None):
        chosen[state.REVIEWER] = kept
        assert access.person().name == kept
