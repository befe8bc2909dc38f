"""What a browser keeps of a log-in by passphrase: who, which role, until when, signed (HMAC-SHA256) so that nobody else can make one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import astuple, dataclass
from typing import Final, get_args

from core.roles import Role

LONGEST: Final = 1000  # characters; what a browser sends may be anything
_PURPOSE: Final = b"exemplary log-in 1\0"  # a signature for something else is none for this


@dataclass(frozen=True, slots=True)
class Login:
    """A log-in. `expires_at`: seconds since 1970. `seal`: names the passphrase's hash; another passphrase ends the log-ins by the former.
    `nonce`: makes each log-in one of its own, so that logging out of one leaves the others."""

    name: str | None
    role: Role
    expires_at: int
    seal: str
    nonce: str


def issue(login: Login, key: bytes) -> str:
    """Return a log-in as a cookie's value."""
    content = base64.urlsafe_b64encode(json.dumps(astuple(login)).encode()).rstrip(b"=")
    return f"{content.decode()}.{_signature(content, key)}"


def read(token: str, key: bytes, *, now: float) -> Login | None:
    """Return the log-in that a cookie's value holds; None where it was not signed with this key, or is over."""
    content, dot, signature = token.partition(".")
    if not dot or len(token) > LONGEST or not hmac.compare_digest(_signature(content.encode(), key).encode(), signature.encode()):
        return None
    try:
        name, role, expires_at, seal, nonce = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    except (ValueError, TypeError, binascii.Error):
        return None
    return Login(name, role, expires_at, seal, nonce) if role in get_args(Role) and now < expires_at else None


def seal_of(kept: str) -> str:
    """Return a short name of a passphrase's hash, which tells nothing of it."""
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


def _signature(content: bytes, key: bytes) -> str:
    return hmac.new(key, _PURPOSE + content, hashlib.sha256).hexdigest()
