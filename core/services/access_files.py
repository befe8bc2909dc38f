"""The workspace's `access.toml` and the key that signs log-ins. No torch."""

from __future__ import annotations

import re
import secrets
import tomllib
from pathlib import Path
from typing import Final

from core.access_settings import AccessSettings, access_of
from core.errors import UsageError
from core.store.workspace import Workspace, write_whole

FILE: Final = "access.toml"
KEY_FILE: Final = "access.key"
KEY_BYTES: Final = 32
PRIVATE: Final = 0o600
HEADER: Final = "# Who may come in, and as what: docs/access.md. Only hashes of passphrases are kept.\n"


def access_file(workspace: Workspace) -> Path:
    """Return where a workspace says how its team gets in."""
    return workspace.root / FILE


def read_access(workspace: Workspace) -> AccessSettings | None:
    """Return how a team gets in; None where nothing is said. Raises UsageError where the file cannot be understood."""
    try:
        return access_of(tomllib.loads(access_file(workspace).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        if access_file(workspace).is_symlink():
            raise UsageError(
                f"{access_file(workspace)} lets nobody in: it leads to a file that is not there; see docs/access.md."
            ) from error
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, OSError) as error:
        raise UsageError(f"{access_file(workspace)} lets nobody in: {_reason(error)}; see docs/access.md.") from error


def signing_key(workspace: Workspace) -> bytes:
    """Return the key that signs log-ins, made the first time; whoever deletes its file ends all log-ins. Raises UsageError."""
    path = workspace.root / KEY_FILE
    try:
        with workspace.lock():
            if not path.exists():
                write_whole(path, secrets.token_hex(KEY_BYTES).encode(), mode=PRIVATE)
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({_reason(error)}); delete it, and all log in anew.") from error
    if len(key) < KEY_BYTES:
        raise UsageError(f"{path} is too short for a key; delete it, and all log in anew.")
    return key


def put_values(workspace: Workspace, values: dict[tuple[str, str], str]) -> AccessSettings:
    """Write texts into `access.toml` by (table, key), "" for the top; the rest of the file stays. Return what it says then.

    Raises UsageError, and writes nothing, where the outcome would not be understood.
    """
    path = access_file(workspace)
    with workspace.lock():
        content = path.read_text(encoding="utf-8") if path.exists() else HEADER
        for (table, key), value in values.items():
            content = _with_line(content, table, key, f'{key} = "{value}"')
        try:
            found = access_of(tomllib.loads(content))
        except (tomllib.TOMLDecodeError, ValueError) as error:
            raise UsageError(f"{path} would let nobody in: {_reason(error)}; see docs/access.md.") from error
        write_whole(path, content.encode(), mode=PRIVATE)
    return found


def _with_line(content: str, table: str, key: str, line: str) -> str:
    """Return TOML in which a table's key has this line: in place of the one it had, else at the table's end."""
    lines = content.splitlines()
    headers = [at for at, one in enumerate(lines) if re.match(r"\s*\[", one)]
    if table:
        begins = next((at + 1 for at in headers if lines[at].partition("#")[0].strip() == f"[{table}]"), None)
        if begins is None:
            return "\n".join([*lines, "", f"[{table}]", line, ""])
    else:
        begins = 0
    ends = next((at for at in headers if at >= begins), len(lines))
    for at in range(begins, ends):
        if re.match(rf"\s*{re.escape(key)}\s*=", lines[at]):
            return "\n".join([*lines[:at], line, *lines[at + 1 :], ""])
    while ends > begins and not lines[ends - 1].strip():
        ends -= 1
    return "\n".join([*lines[:ends], line, *lines[ends:], ""])


def _reason(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error).strip().rstrip(".")


def is_local(address: str) -> bool:
    """Return whether a server that listens on this address is reached from this machine only."""
    return address == "localhost" or address.endswith(".localhost") or address == "::1" or bool(re.fullmatch(r"127(\.\d{1,3}){3}", address))


def check_address(workspace: Workspace, address: str, *, is_open: bool) -> None:
    """Raise UsageError where the dashboard would listen for others and let everybody do everything, unless that is meant (`is_open`)."""
    if is_local(address) or is_open or read_access(workspace) is not None:
        return
    raise UsageError(
        f"On {address} everybody who reaches this machine could do everything: `exemplary access --passphrase admin` sets a log-in, "
        "`--open` does without."
    )
