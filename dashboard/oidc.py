"""What an identity provider says of somebody who came by `st.login`: read from Streamlit's own signed cookie, for pages and routes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st
from streamlit import auth_util
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core.errors import UsageError
from dashboard import access_text

COOKIE: Final = USER_COOKIE_NAME
SHORTEST_SECRET: Final = 32
DEFAULT: Final = "default"  # Streamlit's name for the provider that stands in [auth] itself


def claims_of(cookies: Mapping[str, str], *, hours: float) -> Mapping[str, Any] | None:
    """Return what the provider said; None without a cookie that this dashboard signed, for its own address, in the last `hours`."""
    secret, origin = get_cookie_secret(), auth_util.get_origin_from_redirect_uri()
    if len(secret) < SHORTEST_SECRET or origin is None:
        return None

    def part(name: str) -> bytes | None:
        return decode_signed_value(secret, name, cookies.get(name, "").encode("latin-1", "replace"), max_age_days=hours / 24)

    content = auth_util.get_cookie_with_chunks(part, COOKIE)
    try:
        claims = json.loads(content) if content else None
    except ValueError:
        return None
    is_ours = isinstance(claims, dict) and claims.get("origin") == origin and claims.get("is_logged_in") is True
    return claims if is_ours else None


def check(provider: str | None) -> None:
    """Raise UsageError, with one sentence, where the dashboard's secrets do not say how to reach the provider."""
    if not auth_util.is_authlib_installed():
        raise UsageError(access_text.NO_AUTHLIB)
    try:
        auth_util.validate_auth_credentials(provider or DEFAULT)
    except (StreamlitAuthError, StreamlitMissingAuthlibError) as error:
        raise UsageError(access_text.NO_PROVIDER.format(error=" ".join(str(error).split()))) from error
    if len(get_cookie_secret()) < SHORTEST_SECRET:
        raise UsageError(access_text.SHORT_SECRET.format(n=SHORTEST_SECRET))


def log_in(provider: str | None) -> None:
    """Send the browser to the provider."""
    st.login(provider)
