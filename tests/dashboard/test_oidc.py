"""Logging in by OpenID Connect, from Streamlit's own routes through a provider to the dashboard's routes; forged and old cookies."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import auth_util, config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app import create_streamlit_middleware
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes

from core.errors import UsageError
from core.roles import NOBODY, Person
from core.services.access_files import access_file
from dashboard import access, oidc
from dashboard.routes import IMAGE_URL, ROUTES
from tests.dashboard.apptest import open_page, words_of
from tests.dashboard.conftest import HOST
from tests.dashboard.provider import CLIENT, Provider, provider
from tests.dashboard.test_routes import exemplar_of
from tests.studies import Workplace

SECRET = "0123456789abcdef" * 2
TEAM = """
login = "oidc"
[roles.admin]
emails = ["ada@example.org"]
[roles.viewer]
claims.groups = ["lab"]
[names]
"ada@example.org" = "Ada"
"""
ADA = {"sub": "1", "email": "ada@example.org", "email_verified": True, "name": "Ada L."}


def write_secrets(path: Path, *, server: str, secret: str = SECRET) -> None:
    """Let Streamlit find these secrets, as it finds `.streamlit/secrets.toml`."""
    lines = {"redirect_uri": f"{HOST}/oauth2callback", "cookie_secret": secret, "client_id": CLIENT, "client_secret": "x"}
    lines["server_metadata_url"] = f"{server}/.well-known/openid-configuration"
    path.write_text("[auth]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items()))
    config.set_option("secrets.files", [str(path)])
    secrets_singleton._reset()


@pytest.fixture
def served_by(served: Workplace, tmp_path: Path) -> Iterator[Provider]:
    """Serve a study whose people a provider knows; return the provider."""
    before = config.get_option("secrets.files")
    access_file(served.workspace).write_text(TEAM)
    with provider() as found:
        write_secrets(tmp_path / "secrets.toml", server=found.url)
        yield found
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


@pytest.fixture
def client(served_by: Provider) -> TestClient:
    """Return a browser's stand-in: the dashboard's routes with Streamlit's own for logging in."""
    app = Starlette(routes=[*ROUTES, *create_auth_routes("")], middleware=create_streamlit_middleware())
    return TestClient(app, base_url=HOST, follow_redirects=False)


def log_in(client: TestClient) -> None:
    """Go where `st.login` sends a browser, to the provider, and back."""
    sent = client.get("/auth/login", params={"provider": auth_util.encode_provider_token("default")})
    at_provider = httpx2.get(sent.headers["location"])
    back = client.get(at_provider.headers["location"])
    assert back.status_code == 302


def signed(claims: dict[str, object], *, secret: str = SECRET, name: str = oidc.COOKIE) -> dict[str, str]:
    """Return cookies as Streamlit sets them."""
    content = {"origin": HOST, "is_logged_in": True, "provider": "default", **claims}
    return {oidc.COOKIE: create_signed_value(secret, name, json.dumps(content)).decode()}


def test_from_the_provider_to_the_routes(client: TestClient, served_by: Provider, served: Workplace) -> None:
    """Who comes back from the provider has the role and the pseudonym of the settings, in every route; before, and after leaving, none."""
    image = f"{IMAGE_URL}/{exemplar_of(served)[0]}"
    assert client.get(image).status_code == 401
    served_by.claims = ADA
    log_in(client)
    assert client.get(image).status_code == 200
    assert access.identified(dict(client.cookies)) == Person("Ada", "admin")
    client.get("/auth/logout")
    assert client.get(image).status_code == 401


def test_a_stranger_of_the_provider_is_refused(client: TestClient, served_by: Provider, served: Workplace) -> None:
    """Somebody whom the provider knows and the settings do not has no role: 401, whatever their address says unverified."""
    for claims in ({"sub": "2", "email": "eve@example.org", "email_verified": True}, ADA | {"email_verified": False}):
        served_by.claims = claims
        log_in(client)
        assert client.get(f"{IMAGE_URL}/{exemplar_of(served)[0]}").status_code == 401
        assert access.identified(dict(client.cookies)).role is None


def test_many_claims_fill_several_cookies(client: TestClient, served_by: Provider) -> None:
    """A provider that tells of hundreds of groups splits its cookie, and is read all the same."""
    served_by.claims = {"sub": "3", "groups": [*(hashlib.sha256(bytes([n])).hexdigest() for n in range(150)), "lab"]}
    log_in(client)
    assert len([name for name in client.cookies if name.startswith(oidc.COOKIE)]) > 2
    assert access.identified(dict(client.cookies)).role == "viewer"


def test_what_streamlit_did_not_sign_is_nobody(served_by: Provider) -> None:
    """Another secret, another cookie's name as salt, another address, a changed or empty cookie: all prove nobody."""
    assert access.identified(signed(ADA)) == Person("Ada", "admin")
    good = signed(ADA)[oidc.COOKIE]
    forged = [
        signed(ADA, secret=SECRET[::-1]),
        signed(ADA, name="_streamlit_xsrf"),
        signed(ADA | {"origin": "https://elsewhere.example"}),
        signed(ADA | {"is_logged_in": False}),
        {oidc.COOKIE: good[:-1]},
        {oidc.COOKIE: ""},
        {oidc.COOKIE: "ü€" * 9},
        {oidc.COOKIE: create_signed_value(SECRET, oidc.COOKIE, "[1]").decode()},
        {oidc.COOKIE: create_signed_value(SECRET, oidc.COOKIE, "no json").decode()},
        {oidc.COOKIE: create_signed_value(SECRET, oidc.COOKIE, "chunks-3").decode()},
        {access.COOKIE: good},
    ]
    assert [access.identified(cookies) for cookies in forged] == [NOBODY] * len(forged)


def test_a_log_in_lasts_as_long_as_the_settings_say(served_by: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """After twelve hours the provider is asked anew, though Streamlit's cookie would hold for thirty days."""
    cookies, now = signed(ADA), time.time()
    monkeypatch.setattr("time.time", lambda: now + 11.9 * 3600)
    assert access.identified(cookies).role == "admin"
    monkeypatch.setattr("time.time", lambda: now + 12.1 * 3600)
    assert access.identified(cookies) == NOBODY


def test_leaving_ends_the_cookie_for_whoever_copied_it(served_by: Provider) -> None:
    """Once ended, the cookie proves nobody, though its signature holds."""
    cookies = signed(ADA)
    access.end_login(cookies)
    assert access.identified(cookies) == NOBODY and access.identified({**cookies, access.COOKIE: "x"}) == NOBODY
    *others, last = cookies[oidc.COOKIE]
    rewritten = [{oidc.COOKIE: "".join([*others, chr(ord(last) + change)])} for change in (-3, -2, -1, 1, 2, 3)]
    assert [access.identified(one) for one in rewritten] == [NOBODY] * 6  # base64 has several ways to write the last byte


def test_the_page_sends_to_the_provider_and_names_a_stranger(served_by: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a log-in the page has one button; somebody without a role is told so, and may leave; who has one sees the account."""
    said = []
    for proofs in ({}, signed({"sub": "2", "email": "eve@example.org", "email_verified": True}), signed(ADA)):
        monkeypatch.setattr(access, "cookies", lambda found=proofs: found)
        page = open_page("account")
        assert not page.exception and not page.error
        said.append(([one.label for one in page.button], words_of(page)))
    assert [buttons for buttons, _ in said] == [["Log in with your organisation"], ["Log in as somebody else"], ["Log out"]]
    assert "have no role here" in said[1][1] and "eve" in said[1][1] and "You are logged in as **Ada**, administrator" in said[2][1]


def test_secrets_that_are_missing_are_said(served_by: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without [auth], with a short secret, an unknown provider or no Authlib, nobody comes in, and one sentence says why."""
    oidc.check(None)
    with pytest.raises(UsageError, match=r"Nobody can log in: .*docs/access.md"):
        oidc.check("unheard-of")
    write_secrets(tmp_path / "secrets.toml", server=served_by.url, secret="short")
    with pytest.raises(UsageError, match="32 random characters"):
        oidc.check(None)
    assert access.identified(signed(ADA, secret="short")) == NOBODY
    (tmp_path / "secrets.toml").write_text("")
    secrets_singleton._reset()
    with pytest.raises(UsageError, match="Nobody can log in"):
        oidc.check(None)
    assert access.identified(signed(ADA)) == NOBODY
    monkeypatch.setattr(auth_util, "is_authlib_installed", lambda: False)
    with pytest.raises(UsageError, match="pip install 'exemplary"):
        oidc.check(None)
