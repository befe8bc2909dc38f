"""The form that takes a name and a passphrase, and the button that ends a log-in: both talk to a route, since only a reply can set a cookie
that no script reads."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard import access_text

ASSETS: Final = Path(__file__).parent / "assets"
TEXTS: Final = {
    "name": access_text.NAME,
    "name_hint": access_text.NAME_HINT,
    "passphrase": access_text.PASSPHRASE,
    "show": access_text.SHOW,
    "hide": access_text.HIDE,
    "log_in": access_text.LOG_IN,
    "checking": access_text.CHECKING,
    "unreachable": access_text.UNREACHABLE,
}


def login_form(*, url: str, after: str, key: str) -> None:
    """Draw the form. `after`: where the browser goes once it is let in; "": it stays, and loads the page anew."""
    _component()(data={"kind": "login", "url": url, "after": after, "texts": TEXTS}, key=key)


def logout_button(label: str, *, url: str, key: str) -> None:
    """Draw the button; the browser then loads the page anew."""
    _component()(data={"kind": "logout", "url": url, "after": "", "texts": {**TEXTS, "log_out": label}}, key=key)


@cache
def _component() -> Any:
    script, style = ((ASSETS / f"login_form.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("exemplary_login_form", html='<div class="login-form"></div>', css=style, js=script)
