"""The list of pages, what each takes, and the way to a page by its name in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import access, access_text, text
from dashboard.access import Action

Render = Callable[[], None]
ACCOUNT: Final = "account"
PAGE_ACTIONS: Final[Mapping[str, Action]] = {
    "overview": "browse",
    "feature-maps": "browse",
    "image": "browse",
    "compare": "browse",
    "review": "review",
    "self-test": "take_part",
    "results": "see_results",
    "jobs": "run_jobs",
}


@cache
def render_functions() -> dict[str, Render]:
    """Return each page's render function; imported on first use, since pages link to each other through this module."""
    from dashboard.pages import compare, entry, feature_maps, image, jobs, overview, results, review, self_test

    return {
        "overview": overview.render,
        "feature-maps": feature_maps.render,
        "image": image.render,
        "compare": compare.render,
        "review": review.render,
        "self-test": self_test.render,
        "results": results.render,
        "jobs": jobs.render,
        ACCOUNT: entry.render,
    }


def pages() -> dict[str, list[StreamlitPage]]:
    """Return all pages, the overview first and default; those that one may not open are not listed, and say why where they are asked for.

    Where people log in, the last group bears their name and leads to their account.
    """
    found = {"": [link(name) for name in text.PAGE_TITLES]}
    if access.is_configured():
        who = access.person()
        found[who.name or (access_text.ROLE_NAMES[who.role].capitalize() if who.role else access_text.LOG_IN)] = [_account()]
    return found


def link(name: str) -> StreamlitPage:
    """Return the page of this name, for the navigation or to switch to."""
    may_open = may_open_page(name)
    render = render_functions()[name] if may_open else partial(_refusal, name)
    return st.Page(
        render,
        title=text.PAGE_TITLES[name],
        url_path=name,
        default=name == "overview",
        help=text.PAGE_HELP[name],
        visibility="visible" if may_open else "hidden",
    )


def may_open_page(name: str) -> bool:
    """Return whether who looks may open this page."""
    return access.may(PAGE_ACTIONS[name])


def _account() -> StreamlitPage:
    is_known = access.may_leave()
    title = access_text.ACCOUNT if is_known else access_text.LOG_IN
    return st.Page(
        render_functions()[ACCOUNT],
        title=title,
        url_path=ACCOUNT,
        help=access_text.PAGE_HELP,
        visibility="visible" if is_known else "hidden",
    )


def _refusal(name: str) -> None:
    from dashboard.pages import entry

    entry.render_refusal(name)
