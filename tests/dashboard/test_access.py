"""Who somebody is, by the cookies that came: everybody admin without settings, else only what was signed here and is not over."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from core import login_tokens
from core.errors import NotAllowed, UsageError
from core.login_tokens import Login, seal_of
from core.roles import NOBODY, Person, Role
from core.services.access_files import access_file, signing_key
from core.store.workspace import Workspace
from dashboard import access
from tests.dashboard.teams import cookies_of, write_team


@pytest.fixture
def team(served_empty: Workspace) -> Workspace:
    """Return a served workspace whose people log in."""
    write_team(served_empty)
    return served_empty


def test_without_settings_everybody_is_admin(served_empty: Workspace) -> None:
    """On localhost nothing is needed, whatever cookies come."""
    assert access.identified({}) == access.identified({access.COOKIE: "x"}) == Person(None, "admin")
    assert not access.is_configured()


@pytest.mark.parametrize("role", ["viewer", "reviewer", "participant", "admin"])
def test_a_log_in_is_its_name_and_role(team: Workspace, role: Role) -> None:
    """The cookie of a log-in gives back who it was made for; without one somebody is nobody."""
    assert access.identified(cookies_of(role, "Ada")) == Person("Ada", role)
    assert access.identified(cookies_of(role, None)) == Person(None, role)
    assert access.identified({}) == access.identified({access.COOKIE: ""}) == NOBODY


def forged(workspace: Workspace, **changes: object) -> dict[str, str]:
    """Return a cookie signed with the workspace's key, like a new log-in but for `changes`."""
    chosen = access.settings()
    assert chosen is not None
    good = Login("Ada", "admin", int(time.time()) + 60, seal_of(dict(chosen.passphrases)["admin"]), "nonce")
    return {access.COOKIE: login_tokens.issue(replace(good, **changes), signing_key(workspace))}  # type: ignore[arg-type]


def test_what_is_over_or_of_another_passphrase_is_nobody(team: Workspace) -> None:
    """An expired log-in, one of a former passphrase, and one signed elsewhere prove nobody."""
    assert access.identified(forged(team)) == Person("Ada", "admin")
    assert access.identified(forged(team, expires_at=int(time.time()) - 1)) == NOBODY
    assert access.identified(forged(team, seal=seal_of("another hash"))) == NOBODY
    assert access.identified(forged(team, role="viewer")) == NOBODY  # sealed with the admin's passphrase
    elsewhere = login_tokens.issue(Login("Ada", "admin", int(time.time()) + 60, "x", "y"), bytes(32))
    assert access.identified({access.COOKIE: elsewhere}) == NOBODY


def test_a_role_that_lost_its_passphrase_is_over(team: Workspace) -> None:
    """Taking a role's line out of the file ends its log-ins, without a new start."""
    cookies, stays = cookies_of("viewer"), cookies_of("admin")
    path = access_file(team)
    path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.startswith("viewer")))
    assert access.identified(cookies) == NOBODY and access.identified(stays).role == "admin"


def test_an_ended_log_in_stays_ended(team: Workspace) -> None:
    """After logging out the same cookie proves nobody; another log-in of the same person holds."""
    first, second = cookies_of("reviewer"), cookies_of("reviewer")
    assert first != second
    access.end_login(first)
    assert access.identified(first) == NOBODY and access.identified(second) == Person("Ada", "reviewer")
    assert access.identified({**first, "_streamlit_user": "x", "other": "y"}) == NOBODY  # whatever comes beside it
    access.end_login({})
    assert access.identified({}) == NOBODY and access.identified(second).role == "reviewer"


def test_settings_that_vanish_do_not_open_the_door(team: Workspace) -> None:
    """Where the file was, its loss is an error and not everybody's admin role; put back, all is as before."""
    cookies, path = cookies_of("admin"), access_file(team)
    content = path.read_text()
    path.unlink()
    for _ in range(2):
        with pytest.raises(UsageError, match="is gone"):
            access.identified(cookies)
    path.write_text("login = 1")
    with pytest.raises(UsageError, match="lets nobody in"):
        access.identified(cookies)
    path.write_text(content)
    assert access.identified(cookies).role == "admin"


def test_settings_that_were_never_understood_do_not_open_the_door_by_vanishing(served_empty: Workspace) -> None:
    """A file that was broken from the beginning, or leads nowhere, lets nobody in; nor does taking it away."""
    path = access_file(served_empty)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("nowhere.toml")
    with pytest.raises(UsageError, match="leads to a file that is not there"):
        access.identified({})
    path.unlink()
    path.write_text('login = "passphr')
    with pytest.raises(UsageError, match="lets nobody in"):
        access.identified({})
    path.unlink()
    with pytest.raises(UsageError, match="is gone"):
        access.identified({})


def test_files_are_made_only_for_whom_the_page_was_drawn(team: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page's button makes later is refused once the log-in that drew it is over."""
    proofs = cookies_of("reviewer")
    monkeypatch.setattr(access, "cookies", lambda: proofs)
    make = access.for_them(lambda: b"made")
    monkeypatch.setattr(access, "cookies", dict)  # no page asks any more
    assert make() == b"made"
    access.end_login(proofs)
    with pytest.raises(NotAllowed):
        make()


def test_listening_for_others_without_a_log_in_is_logged(
    served_empty: Workspace, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence in the log where everybody could come in from elsewhere; none on localhost, none with settings."""
    for address, is_set, n in (("localhost", False, 0), ("0.0.0.0", False, 1), (None, False, 1), ("0.0.0.0", True, 0)):
        monkeypatch.setattr(access.st, "get_option", lambda name, found=address: found)
        if is_set:
            write_team(served_empty)
        caplog.clear()
        access.warn_where_open()
        assert len(caplog.records) == n and all("everybody who reaches it" in one.getMessage() for one in caplog.records)
