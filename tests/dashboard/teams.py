"""A team's settings for tests: a passphrase for each role, hashed with the least that is taken, and cookies of each role."""

from __future__ import annotations

from functools import cache
from typing import Final

from core import passphrases
from core.access_settings import AccessSettings
from core.roles import ROLES, Role
from core.services.access_files import access_file, read_access
from core.store.workspace import Workspace
from dashboard import access

PASSPHRASES: Final[dict[Role, str]] = {role: f"passphrase of {role}" for role in ROLES}
LOG2_N: Final = 14
INVITATION: Final = "invited-0123456789"


def write_team(workspace: Workspace, *top: str) -> AccessSettings:
    """Let a workspace's people log in by passphrase; `top`: further lines. Return the settings."""
    lines = [f'{role} = "{hash_of(words)}"' for role, words in PASSPHRASES.items()]
    workspace.root.mkdir(parents=True, exist_ok=True)
    access_file(workspace).write_text("\n".join(['login = "passphrase"', *top, "[passphrases]", *lines]))
    found = read_access(workspace)
    assert found is not None
    return found


def cookies_of(role: Role | None, name: str | None = "Ada") -> dict[str, str]:
    """Return the cookies of somebody who logged in with this role; none for nobody."""
    chosen = access.settings()
    assert chosen is not None
    return {} if role is None else {access.COOKIE: access.new_login(chosen, role, name)[0]}


@cache
def hash_of(words: str) -> str:
    """Return the one hash that tests keep of a passphrase."""
    salt = b"0123456789abcdef"
    made = passphrases._scrypt(words, salt, LOG2_N, 8, 1)
    return f"scrypt:{LOG2_N}:8:1:{passphrases._written(salt)}:{passphrases._written(made)}"
