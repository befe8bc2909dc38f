"""Who looks at a page or asks a route, and what they may: the one place that knows.

Without an `access.toml` in the workspace everybody is admin, under the name that the browser session chose. With one, pages and routes read
the same signed cookie: the one that logging in by passphrase set, or Streamlit's own of `st.login`. No header is trusted.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import unquote

import streamlit as st

from core import login_tokens, roles
from core.access_settings import AccessSettings, name_of, role_of
from core.errors import NotAllowed, StoreError, UnknownName, UsageError
from core.login_tokens import Login, seal_of
from core.roles import NOBODY, Action, Person, Role
from core.services.access_files import access_file, is_local, read_access, signing_key
from core.services.reviews.reviewing import checked_name
from core.slow_down import SlowDown
from core.store.workspace import Workspace
from dashboard import access_text, oidc, resources, state

__all__ = ["Action", "Person", "Role", "identified", "may", "person", "require", "settings"]

COOKIE: Final = "exemplary_login"
NAME_COOKIE: Final = "exemplary_reviewer"  # set by the panel of a unit's review; it proves nothing, and counts only where nobody logs in
WATCH_S: Final = 10.0
EVERYWHERE: Final = "0.0.0.0"  # where Streamlit listens when nobody says where
LOG: Final = logging.getLogger(__name__)

Made = TypeVar("Made")

Mark = tuple[int, ...] | None  # of a file: changes whenever it does


@dataclass(slots=True)
class Memory:
    """What this process remembers of access, and forgets at its end: kept here, since every image that is asked for needs it."""

    read: tuple[Mark, AccessSettings | None] | None = None  # the settings, and of which file
    key: bytes | None = None
    was_configured: bool = False
    ended: set[str] = field(default_factory=set)  # log-ins that were ended
    slow_down: SlowDown = field(default_factory=SlowDown)


_memories: Final[dict[Workspace, Memory]] = {}


def settings() -> AccessSettings | None:
    """Return how a team gets in, as the file says now; None where there is none. Raises UsageError where it cannot be understood, or was
    there and is gone: that nobody needs to log in any more takes a new start."""
    where = resources.workspace()
    kept = _memory(where)
    mark, known = _mark(access_file(where)), kept.read
    if mark is not None:  # also where it cannot be understood: its loss must not open the door
        kept.was_configured = True
    if known is None or known[0] != mark:
        known = kept.read = mark, read_access(where)
    found = known[1]
    if found is None and kept.was_configured:
        raise UsageError(access_text.SETTINGS_GONE.format(file=access_file(where).name))
    return found


def person() -> Person:
    """Return who looks at the page. On localhost without settings everybody may do everything, under the name that this session chose."""
    chosen = settings()
    if chosen is None:
        return Person(_chosen_name(), "admin")
    found = _known(chosen, cookies())
    return Person(None, "participant") if found.role is None and is_invited() else found


def proven() -> Person:
    """Return who looks at the page by their log-in alone, whatever an invitation lets them do; everybody is admin without settings."""
    return identified(cookies())


def may_leave() -> bool:
    """Return whether there is a log-in to end."""
    who = proven()
    return is_configured() and (who.role is not None or who.name is not None)


def may(action: Action) -> bool:
    """Return whether who looks at the page may do this; an invitation or a begun self-test's link lets anybody take part."""
    return roles.may(person(), action) or (action == "take_part" and is_invited())


def require(action: Action) -> None:
    """Raise NotAllowed, with one sentence, where who looks at the page may not do this."""
    if not may(action):
        raise NotAllowed(access_text.refusal(action, person()))


def for_them(make: Callable[[], Made]) -> Callable[[], Made]:
    """Return what makes a file for whoever looks at the page, and refuses once their log-in is over: it is called long after the page was
    drawn, where no page asks who somebody is."""
    proofs, drawn = dict(cookies()), proven()

    def made() -> Made:
        if identified(proofs) != drawn:
            raise NotAllowed(access_text.LOG_IN_FIRST)
        return make()

    return made


def identified(proofs: Mapping[str, str]) -> Person:
    """Return whom a request's cookies prove; nobody where they prove nobody. Without settings everybody is admin, under the name that their
    browser remembers. Raises UsageError."""
    chosen = settings()
    return Person(_remembered(proofs), "admin") if chosen is None else _known(chosen, proofs)


def cookies() -> Mapping[str, str]:
    """Return the cookies that came with the connection of who looks at the page."""
    return st.context.cookies


def is_configured() -> bool:
    """Return whether people log in, so that nobody chooses their own name."""
    return settings() is not None


def is_invited() -> bool:
    """Return whether who looks at the page may take part without a log-in: by the settings, an invitation, or a begun self-test's link."""
    chosen = settings()
    if chosen is None or chosen.participants == "open":
        return True
    given = st.query_params.get(state.INVITATION) or st.session_state.get(state.INVITATION) or ""
    if chosen.invitation is not None and secrets.compare_digest(str(given).encode(), chosen.invitation.encode()):
        st.session_state[state.INVITATION] = given
        return True
    session_id = state.session_id()
    return session_id is not None and is_session(session_id)


def is_session(session_id: str) -> bool:
    """Return whether a self-test of this secret name was begun, and not deleted."""
    try:
        resources.responses().session(session_id)
    except (UnknownName, StoreError):
        return False
    return True


def new_login(chosen: AccessSettings, role: Role, name: str | None) -> tuple[str, int]:
    """Return the cookie of a new log-in by passphrase, and for how many seconds it holds."""
    lasts_s = round(chosen.hours * 3600)
    login = Login(name, role, round(time.time()) + lasts_s, seal_of(dict(chosen.passphrases)[role]), secrets.token_urlsafe(8))
    return login_tokens.issue(login, _key()), lasts_s


def end_login(proofs: Mapping[str, str]) -> None:
    """End the log-in that these cookies prove, in every tab and for whoever copied them, as long as this process runs."""
    chosen = settings()
    mark = "" if chosen is None else _proven(chosen, proofs)[0]
    if mark:
        memory().ended.add(mark)


def watch() -> None:
    """Draw the page anew once who looks at it is somebody else: the log-in is over, or was ended in another tab."""
    if is_configured() and may_leave():
        _watch(proven())


@st.fragment(run_every=WATCH_S)
def _watch(drawn: Person) -> None:
    try:
        is_same = proven() == drawn
    except UsageError:
        is_same = False
    if not is_same:
        st.rerun()


def warn_where_open() -> None:
    """Log one sentence where the dashboard listens for others than this machine, and lets everybody do everything."""
    try:
        is_open = settings() is None and not is_for_this_machine()
    except UsageError as error:
        LOG.warning(str(error))
        return
    if is_open:
        LOG.warning(access_text.EVERYBODY.format(address=_address()))


def is_for_this_machine() -> bool:
    """Return whether the dashboard listens for this machine only."""
    return is_local(_address())


def _address() -> str:
    return st.get_option("server.address") or EVERYWHERE


def memory() -> Memory:
    """Return what this process remembers of access."""
    return _memory(resources.workspace())


def _chosen_name() -> str | None:
    """Return the name under which this session reviews: chosen in it, else the one that the browser remembers."""
    if state.REVIEWER in st.session_state:
        return st.session_state[state.REVIEWER] or None
    return _remembered(cookies())


def _remembered(given: Mapping[str, str]) -> str | None:
    """Return the name under which a browser says that somebody reviews."""
    try:
        return checked_name(unquote(dict(given).get(NAME_COOKIE, "")))
    except UsageError:
        return None


def _known(chosen: AccessSettings, proofs: Mapping[str, str]) -> Person:
    mark, found = _proven(chosen, proofs)
    return NOBODY if mark in memory().ended else found


def _proven(chosen: AccessSettings, proofs: Mapping[str, str]) -> tuple[str, Person]:
    """Return what names a log-in, however its cookie is written or what comes beside it, and whose it is; "" and nobody for none."""
    if chosen.login == "oidc":
        claims = oidc.claims_of(proofs, hours=chosen.hours)
        if claims is None:
            return "", NOBODY
        mark = hashlib.sha256(json.dumps(claims, sort_keys=True).encode()).hexdigest()
        return mark, Person(name_of(chosen, claims), role_of(chosen, claims))
    login = login_tokens.read(proofs.get(COOKIE, ""), _key(), now=time.time())
    if login is None or seal_of(dict(chosen.passphrases).get(login.role, "")) != login.seal:
        return "", NOBODY
    return login.nonce, Person(login.name, login.role)


def _mark(path: Path) -> Mark:
    """Return what changes whenever a file does; None where there is none."""
    try:
        found = path.stat() if path.exists() else path.lstat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size


def _memory(where: Workspace) -> Memory:
    return _memories.get(where) or _memories.setdefault(where, Memory())


def _key() -> bytes:
    kept = memory()
    if kept.key is None:
        kept.key = signing_key(resources.workspace())
    return kept.key
