"""A workspace's `access.toml` and the key that signs log-ins."""

from __future__ import annotations

import re
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import UsageError
from core.services.access_files import access_file, check_address, is_local, put_values, read_access, signing_key
from core.store.workspace import Workspace

HASH = "scrypt:15:8:3:" + "a" * 22 + ":" + "b" * 43
OTHER = HASH.replace("a", "c")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a workspace without anything."""
    return Workspace(tmp_path / "workspace")


def test_without_a_file_nothing_is_said(workspace: Workspace) -> None:
    """A workspace of one's own needs no settings."""
    assert read_access(workspace) is None


@pytest.mark.parametrize("content", [b"login = ", b"\xff", b'login = "none"', b""])
def test_a_file_that_cannot_be_understood_lets_nobody_in(workspace: Workspace, content: bytes) -> None:
    """A malformed file is one sentence that names it, never an open door."""
    workspace.root.mkdir()
    access_file(workspace).write_bytes(content)
    with pytest.raises(UsageError, match=r"access.toml lets nobody in: .*docs/access.md"):
        read_access(workspace)


def test_a_folder_in_its_place_lets_nobody_in(workspace: Workspace) -> None:
    """What cannot be read is refused too."""
    access_file(workspace).mkdir(parents=True)
    with pytest.raises(UsageError, match="lets nobody in"):
        read_access(workspace)


def test_the_key_is_made_once_and_private(workspace: Workspace) -> None:
    """Ten that ask at once get one key; only the owner can read its file; without the file there is another key."""
    with ThreadPoolExecutor(10) as pool:
        keys = set(pool.map(lambda _: signing_key(workspace), range(10)))
    (key,) = keys
    path = workspace.root / "access.key"
    assert len(key) == 32 and stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    assert signing_key(workspace) != key


@pytest.mark.parametrize("content", ["", "abcd", "no key at all", "ab" * 31])
def test_a_damaged_key_is_said(workspace: Workspace, content: str) -> None:
    """A key that is cut or no key is refused: with a short one log-ins could be forged."""
    workspace.root.mkdir()
    (workspace.root / "access.key").write_text(content)
    with pytest.raises(UsageError, match="delete it"):
        signing_key(workspace)


def test_values_are_put_and_the_rest_stays(workspace: Workspace) -> None:
    """A role's line is added or replaced; comments, other lines and tables stay as they were; the file is the owner's alone."""
    put_values(workspace, {("", "login"): "passphrase", ("passphrases", "admin"): HASH})
    path = access_file(workspace)
    path.write_text(path.read_text() + '\n# mine\n[names]\n"ada@example.org" = "Ada"\n')
    found = put_values(workspace, {("passphrases", "viewer"): OTHER, ("passphrases", "admin"): OTHER, ("", "participants"): "open"})
    assert dict(found.passphrases) == {"admin": OTHER, "viewer": OTHER} and found.participants == "open"
    content = path.read_text()
    assert "# mine" in content and content.count("[passphrases]") == 1 and tomllib.loads(content)["names"] == {"ada@example.org": "Ada"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert put_values(workspace, {("", "login"): "passphrase"}) == found and path.read_text() == content


def test_what_would_not_be_understood_is_not_written(workspace: Workspace) -> None:
    """A change that would shut everybody out is refused, and the file stays."""
    put_values(workspace, {("", "login"): "passphrase", ("passphrases", "admin"): HASH})
    before = access_file(workspace).read_text()
    with pytest.raises(UsageError, match="would let nobody in"):
        put_values(workspace, {("", "participants"): "link"})
    assert access_file(workspace).read_text() == before


@pytest.mark.parametrize(
    ("address", "expected"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("0.0.0.0", False), ("::", False), ("192.0.2.7", False),
     ("127.0.0.1.example.org", False), ("localhost.example.org", False), ("", False)],
)  # fmt: skip
def test_which_addresses_are_this_machines_only(address: str, expected: bool) -> None:
    """Only loopback addresses are; a name that begins like one is not."""
    assert is_local(address) is expected


def test_listening_for_others_takes_a_log_in_or_a_word(workspace: Workspace) -> None:
    """Elsewhere than on localhost the dashboard is refused without settings, unless that is meant; with settings it may."""
    check_address(workspace, "localhost", is_open=False)
    with pytest.raises(UsageError, match=re.escape("exemplary access --passphrase admin")):
        check_address(workspace, "0.0.0.0", is_open=False)
    check_address(workspace, "0.0.0.0", is_open=True)
    put_values(workspace, {("", "login"): "passphrase", ("passphrases", "admin"): HASH})
    check_address(workspace, "0.0.0.0", is_open=False)
