"""A log-in's cookie is taken only as it was issued, with its own key, until it is over."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.login_tokens import Login, issue, read, seal_of

KEY = bytes(range(32))
LOGIN = Login("Ada", "reviewer", 1000, "0123456789abcdef", "nonce-one")


def test_a_log_in_is_read_as_it_was_issued() -> None:
    """What was put in comes out until the second it is over, and not from then on."""
    token = issue(LOGIN, KEY)
    assert read(token, KEY, now=999.9) == LOGIN
    assert read(token, KEY, now=1000) is None and read(token, KEY, now=1e9) is None


def test_another_key_does_not_open_it() -> None:
    """A cookie that another dashboard signed proves nothing here."""
    assert read(issue(LOGIN, bytes(32)), KEY, now=0) is None


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_a_changed_role_breaks_the_signature(role: str) -> None:
    """Whoever rewrites the role under the old signature is nobody."""
    content, _, signature = issue(LOGIN, KEY).partition(".")
    fields = json.loads(base64.urlsafe_b64decode(content + "=="))
    fields[1] = role
    forged = base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()
    assert read(f"{forged}.{signature}", KEY, now=0) is None


@given(st.text(max_size=80))
def test_anything_else_is_nobody(text: str) -> None:
    """Whatever a browser sends: no fault, and no log-in."""
    assert read(text, KEY, now=0) is None
    assert read(f"{issue(LOGIN, KEY)}{text}", KEY, now=0) == (LOGIN if text == "" else None)


@given(st.integers(0, 200), st.integers(1, 255))
def test_no_changed_character_is_taken(place: int, change: int) -> None:
    """Each character of the cookie counts."""
    token = issue(LOGIN, KEY)
    place %= len(token)
    changed = token[:place] + chr((ord(token[place]) + change) % 256) + token[place + 1 :]
    assert read(changed, KEY, now=0) is None


def test_content_without_a_role_is_nobody() -> None:
    """A signed cookie of an older form is no log-in, and no fault."""
    odd = Login("Ada", "owner", 1000, "seal", "nonce")  # type: ignore[arg-type]
    assert read(issue(odd, KEY), KEY, now=0) is None


def test_seals_tell_hashes_apart() -> None:
    """Another hash, even of the same passphrase, has another seal, which does not hold the hash."""
    assert seal_of("scrypt:a") != seal_of("scrypt:b") and "scrypt" not in seal_of("scrypt:a")
