"""The command `access`: how a team gets in; a passphrase for a role, an invitation for participants."""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import sys
from typing import Any

from core.access_settings import AccessSettings
from core.errors import UsageError
from core.passphrases import generated_passphrase, hashed
from core.roles import ROLES
from core.services.access_files import access_file, check_address, put_values, read_access
from core.settings import Settings
from core.store.workspace import Workspace

INVITATION_BYTES = 12


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `access`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--passphrase", choices=ROLES, metavar="ROLE", help=f"set the passphrase of a role: {', '.join(ROLES)}")
    invite = "let whoever has a link take part: write a new invitation, and print the link's end"
    what.add_argument("--invitation", action="store_true", help=invite)
    parser.add_argument("--generate", action="store_true", help="make the passphrase and print it (default: ask for it)")


def run_access(settings: Settings, parsed: argparse.Namespace) -> None:
    """Print how a team gets in, or set a part of it."""
    workspace = Workspace(settings.workspace)
    if parsed.generate and not parsed.passphrase:
        raise UsageError("--generate makes a role's passphrase; say whose: --passphrase reviewer --generate.")
    if parsed.passphrase:
        _set_passphrase(workspace, parsed.passphrase, is_made=parsed.generate, as_json=parsed.json)
    elif parsed.invitation:
        _invite(workspace, as_json=parsed.json)
    else:
        _show(workspace, as_json=parsed.json)


def check_server(settings: Settings, parsed: argparse.Namespace) -> None:
    """Raise UsageError where the dashboard would listen for others and let everybody do everything, unless --open says so."""
    check_address(Workspace(settings.workspace), parsed.address, is_open=parsed.open)


def _set_passphrase(workspace: Workspace, role: str, *, is_made: bool, as_json: bool) -> None:
    held = read_access(workspace)
    if held is not None and held.login != "passphrase":
        raise UsageError(f"{access_file(workspace)} has people log in by {held.login}, not by passphrase; change its `login` first.")
    passphrase = generated_passphrase() if is_made else _asked(role)
    put_values(workspace, {("", "login"): "passphrase", ("passphrases", role): hashed(passphrase)})
    said: dict[str, Any] = {"file": str(access_file(workspace)), "role": role}
    if is_made:
        said["passphrase"] = passphrase
    shown = f"The passphrase of {role}, shown only now: {passphrase}\n" if is_made else ""
    _print(said, f"{shown}{access_file(workspace)} holds its hash; who logged in as {role} with a former one is logged out.", as_json)


def _asked(role: str) -> str:
    """Return the passphrase that was typed twice, or that stands in the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"Passphrase of {role}: ")
    if getpass.getpass("Again: ") != first:
        raise UsageError("The two passphrases differ; nothing was changed.")
    return first


def _invite(workspace: Workspace, *, as_json: bool) -> None:
    if read_access(workspace) is None:
        raise UsageError("Set a log-in first (`exemplary access --passphrase admin`): without one everybody may take part anyway.")
    invitation = secrets.token_urlsafe(INVITATION_BYTES)
    put_values(workspace, {("", "participants"): "link", ("", "invitation"): invitation})
    link = f"/self-test?invitation={invitation}"
    _print({"link": link}, f"Participants come by this link, after the dashboard's address: {link}\nThe former one is over.", as_json)


def _show(workspace: Workspace, *, as_json: bool) -> None:
    found = read_access(workspace)
    if found is None:
        _print({"login": None}, f"Everybody may do everything: there is no {access_file(workspace)}. See docs/access.md.", as_json)
        return
    said = {
        "login": found.login,
        "hours": found.hours,
        "participants": found.participants,
        "roles": [role for role in ROLES if role in _roles(found)],
    }
    lines = (
        f"log-in        by {found.login}, for {found.hours:g} hours",
        f"roles         {', '.join(said['roles'])}",  # type: ignore[arg-type]
        f"participants  {_PARTICIPANTS[found.participants]}",
    )
    _print(said, "\n".join(lines), as_json)


_PARTICIPANTS = {
    "login": "log in, or go on by the link of a self-test that they began",
    "link": "whoever has the invitation's link",
    "open": "whoever reaches the self-test",
}


def _roles(found: AccessSettings) -> set[str | None]:
    if found.login == "passphrase":
        return {role for role, _ in found.passphrases}
    return {*(rule.role for rule in found.rules), found.default_role}


def _print(said: dict[str, Any], words: str, as_json: bool) -> None:
    print(json.dumps(said, indent=1) if as_json else words)
