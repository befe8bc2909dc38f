"""Pages for each role: what is listed, what is refused and how, how participants come in, whose name a review bears."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.roles import Role
from core.services.access_files import access_file
from core.store.workspace import Workspace
from dashboard import access, navigation, resources, state
from dashboard.navigation import PAGE_ACTIONS
from tests.dashboard.apptest import TIMEOUT_S, open_page, words_of
from tests.dashboard.conftest import session_in
from tests.dashboard.teams import INVITATION, cookies_of, write_team
from tests.studies import Workplace, trials_of

LogIn = Callable[[Role | None, str | None], None]
LISTED: dict[Role, list[str]] = {
    "participant": ["self-test"],
    "viewer": ["", "feature-maps", "image", "compare", "results"],
    "reviewer": ["", "feature-maps", "image", "compare", "review", "self-test", "results"],
    "admin": ["", "feature-maps", "image", "compare", "review", "self-test", "results", "jobs"],
}


@pytest.fixture
def log_in(monkeypatch: pytest.MonkeyPatch) -> LogIn:
    """Return what lets the pages of this process see somebody's cookies."""

    def as_somebody(role: Role | None, name: str | None = "Ada") -> None:
        proofs = cookies_of(role, name)
        monkeypatch.setattr(access, "cookies", lambda: proofs)

    return as_somebody


@pytest.fixture
def team(served_empty: Workspace) -> Workspace:
    """Return a served workspace without a study, whose people log in."""
    write_team(served_empty)
    return served_empty


def listed(monkeypatch: pytest.MonkeyPatch, page: str) -> tuple[AppTest, list[str], list[str]]:
    """Open a page; return it, the pages that the navigation lists, and its groups."""
    found: dict[str, list[navigation.StreamlitPage]] = {}
    real = navigation.pages

    def recorded() -> dict[str, list[navigation.StreamlitPage]]:
        found.update(real())
        return found

    monkeypatch.setattr(navigation, "pages", recorded)
    opened = open_page(page)
    return opened, [one.url_path for one in found[""] if one.visibility == "visible"], list(found)


@pytest.mark.parametrize("role", LISTED)
def test_the_navigation_lists_what_one_may_open(team: Workspace, log_in: LogIn, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """Each role finds its pages and its own name, and the account says what it may."""
    log_in(role, "Ada")
    page, names, groups = listed(monkeypatch, "account")
    assert (names, groups) == (LISTED[role], ["", "Ada"])
    assert "You are logged in as **Ada**" in words_of(page) and not page.exception


def test_nobody_finds_only_the_way_in(team: Workspace, log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a log-in no page is listed, and the first is the form."""
    log_in(None, None)
    page, names, _ = listed(monkeypatch, "overview")
    assert names == [] and [one.value for one in page.title] == ["Log in"] and not page.exception


REFUSED = [(None, page) for page in PAGE_ACTIONS if page != "overview"] + [
    (role, page)
    for role, names in LISTED.items()
    for page in PAGE_ACTIONS
    if page not in names and page != "overview"
]  # fmt: skip


@pytest.mark.parametrize(("role", "page"), REFUSED)
def test_a_page_that_one_may_not_open_says_so(team: Workspace, log_in: LogIn, role: Role | None, page: str) -> None:
    """A deep link to it is one sentence that names whose it is, and the way in; nothing of the page is drawn."""
    log_in(role, "Ada")
    opened = open_page(page)
    words = words_of(opened)
    assert not opened.exception and not opened.error and len(opened.title) == 1
    assert opened.title[0].value == ("Log in" if role is None else f"Not for {role}s")
    assert "administrators" in words and ("Log in first." in words) == (role is None)


def test_participants_are_led_to_the_self_test(served: Workplace, log_in: LogIn) -> None:
    """Whoever only takes part finds the self-test behind the first address, and nothing that leads elsewhere."""
    write_team(served.workspace)
    log_in("participant", None)
    page = open_page("overview")
    assert [one.value for one in page.title] == ["Self-test"] and not page.exception


def test_an_invitation_lets_somebody_take_part(served: Workplace, log_in: LogIn) -> None:
    """The link of the invitation opens the self-test without a log-in; a wrong or former one does not."""
    write_team(served.workspace, 'participants = "link"', f'invitation = "{INVITATION}"')
    log_in(None, None)
    assert open_page("self-test", invitation=INVITATION).title[0].value == "Self-test"
    for wrong in ("", INVITATION[:-1], INVITATION + "0", "ü"):
        assert open_page("self-test", invitation=wrong).title[0].value == "Log in"
    refused = open_page("results", invitation=INVITATION)
    assert refused.title[0].value == "Log in" and "Results are for" in words_of(refused)


def test_an_open_study_lets_everybody_take_part(served: Workplace, log_in: LogIn) -> None:
    """Where the settings say so, whoever reaches the self-test takes part, and still sees nothing else."""
    write_team(served.workspace, 'participants = "open"')
    log_in(None, None)
    assert open_page("overview").title[0].value == "Self-test"
    assert open_page("feature-maps").title[0].value == "Log in"


def test_the_link_of_a_begun_self_test_leads_back_to_it(served: Workplace, log_in: LogIn) -> None:
    """A participant's personal link works without a log-in, until the answers are deleted; a guessed one does not."""
    write_team(served.workspace)
    log_in(None, None)
    resources.responses().add_session(session_in(served), trials_of(), [])
    assert "Log in" not in [one.value for one in open_page("self-test", session="session-0").title]
    assert open_page("self-test", session="session-1").title[0].value == "Log in"
    resources.responses().delete_session("session-0")
    assert open_page("self-test", session="session-0").title[0].value == "Log in"


def test_broken_settings_show_their_sentence(team: Workspace, log_in: LogIn) -> None:
    """Where the file cannot be understood, every page is its sentence and nothing else."""
    log_in("admin", "Ada")
    access_file(team).write_text("login = 1")
    for name in ("overview", "results", "account"):
        page = open_page(name)
        assert [one.value for one in page.title] == [] and "lets nobody in" in page.error[0].value


def shown_person() -> None:
    import streamlit as st

    from dashboard import access, state

    st.session_state[state.REVIEWER] = "Mallory"
    who = access.person()
    st.write(f"{who.name}/{who.role}")


def test_the_name_is_the_log_ins(team: Workspace, log_in: LogIn) -> None:
    """Where people log in, the name that a browser session chose is not looked at; without settings it counts."""
    log_in("reviewer", "Ada")
    assert AppTest.from_function(shown_person, default_timeout=TIMEOUT_S).run().markdown[0].value == "Ada/reviewer"
    access_file(team).unlink()
    access.memory().was_configured = False  # a new start
    assert AppTest.from_function(shown_person, default_timeout=TIMEOUT_S).run().markdown[0].value == "Mallory/admin"
    assert state.REVIEWER
