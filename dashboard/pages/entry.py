"""Where one logs in and out, and what stands in place of a page that one may not open."""

from __future__ import annotations

import streamlit as st

from core import roles
from core.access_settings import AccessSettings
from core.errors import ExemplaryError
from core.roles import ACTIONS, Person
from dashboard import access, access_text, held_files, oidc, text
from dashboard.access_routes import LOGIN_URL, LOGOUT_URL
from dashboard.components.login_form import login_form, logout_button
from dashboard.navigation import PAGE_ACTIONS, link, may_open_page

WIDTH_PX = 400


def render() -> None:
    """Draw the account: who one is, what one may, the way out; for somebody who is not known, the way in."""
    chosen, who = access.settings(), access.proven()
    with _column():
        if chosen is None:
            st.title(access_text.ACCOUNT)
            st.markdown(access_text.NO_LOG_IN)
        elif who.role is None:
            _way_in(chosen, who, why=access_text.INTRO, after="/")
        else:
            st.title(access_text.ACCOUNT)
            _who(who)
            _rights(who)
            _way_out(chosen, access_text.LOG_OUT)


def render_refusal(name: str) -> None:
    """Draw why one may not open a page, and the way in; who may only take part is led to the self-test from the first page."""
    chosen, who = access.settings(), access.proven()
    if name == "overview" and not may_open_page(name) and may_open_page("self-test"):
        st.switch_page(link("self-test"), query_params=st.query_params.to_dict())
    if chosen is None:
        return
    sentence = access_text.refusal(PAGE_ACTIONS[name], who)
    with _column():
        if who.role is None:
            _way_in(chosen, who, why=access_text.INTRO if name == "overview" else sentence, after="")
            return
        st.title(access_text.NOT_FOR[who.role])
        st.markdown(sentence)
        _elsewhere()
        _way_out(chosen, access_text.OTHER_LOG_IN)


def _elsewhere() -> None:
    """Draw the way to the first page that one may open."""
    page = next((one for one in ("overview", "self-test") if may_open_page(one)), None)
    if page is not None and st.button(access_text.GO_TO.format(page=text.PAGE_TITLES[page]), type="primary", key="elsewhere"):
        st.switch_page(link(page))


def _column() -> st.delta_generator.DeltaGenerator:
    """Return a narrow column in the middle, a little below the navigation."""
    st.space("large")
    outer = st.container(horizontal_alignment="center")
    return outer.container(width=WIDTH_PX, gap="small", key="entry")


def _way_in(chosen: AccessSettings, who: Person, *, why: str, after: str) -> None:
    st.title(access_text.LOG_IN)
    st.markdown(why)
    if who.name is not None:  # the provider knows them, the settings do not
        st.warning(access_text.NO_ROLE.format(name=who.name))
        _way_out(chosen, access_text.OTHER_LOG_IN)
    elif chosen.login == "passphrase":
        login_form(url=LOGIN_URL, after=after, key="login")
    else:
        _by_provider(chosen)
    if chosen.participants != "login" and not access.is_invited():
        st.caption(access_text.PARTICIPANTS_NOTE)


def _by_provider(chosen: AccessSettings) -> None:
    try:
        oidc.check(chosen.provider)
    except ExemplaryError as error:
        st.error(str(error))
        return
    st.button(access_text.BY_PROVIDER, type="primary", width="stretch", on_click=oidc.log_in, args=(chosen.provider,))
    st.caption(access_text.BY_PROVIDER_NOTE)


def _who(who: Person) -> None:
    if who.role is not None:
        role = access_text.ROLE_NAMES[who.role]
        words = access_text.LOGGED_IN_NAMELESS if who.name is None else access_text.LOGGED_IN
        st.markdown(words.format(name=who.name, role=role, a_role=access_text.article(role)))


def _rights(who: Person) -> None:
    may = [access_text.CAN[action] for action in ACTIONS if roles.may(who, action)]
    st.markdown(f"{access_text.MAY}\n" + "\n".join(f"- {one}" for one in may))


def _way_out(chosen: AccessSettings, label: str) -> None:
    if chosen.login == "passphrase":
        logout_button(label, url=LOGOUT_URL, key="logout")
    elif st.button(label, key="logout"):
        access.end_login(access.cookies())
        held_files.let_go()
        st.logout()
