"""`exemplary access` shows how a team gets in, sets passphrases and invites participants."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from core import passphrases
from core.cli import main
from core.passphrases import fits
from core.services.access_files import read_access
from core.store.workspace import Workspace


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least that is taken, so that tests are quick."""
    monkeypatch.setattr(passphrases, "LOG2_N", 14)
    monkeypatch.setattr(passphrases, "PARALLEL", 1)


def run(root: Path, *arguments: str) -> int:
    return main(["--workspace", str(root), "access", *arguments])


def test_a_passphrase_is_made_and_shown_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed fits the hash in the file, and is nowhere else; showing the settings tells no hash."""
    assert run(tmp_path, "--passphrase", "reviewer", "--generate", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    found = read_access(Workspace(tmp_path))
    assert found is not None and fits(said["passphrase"], dict(found.passphrases)["reviewer"])
    assert said["passphrase"] not in (tmp_path / "access.toml").read_text()
    assert run(tmp_path) == 0
    shown = capsys.readouterr().out
    assert "by passphrase, for 12 hours" in shown and "reviewer" in shown and "scrypt" not in shown


def test_a_passphrase_is_read_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line of what is piped in is the passphrase; a short one is refused, and nothing is written."""
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert run(tmp_path, "--passphrase", "admin") == 1 and "12 to 256" in capsys.readouterr().err
    assert not (tmp_path / "access.toml").exists()
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\nmore\n"))
    assert run(tmp_path, "--passphrase", "admin") == 0
    found = read_access(Workspace(tmp_path))
    assert found is not None and fits("correct horse battery", dict(found.passphrases)["admin"])


def test_an_invitation_is_made_anew_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It takes a log-in first; each makes a link of its own, and the former is over."""
    assert run(tmp_path, "--invitation") == 1 and "log-in first" in capsys.readouterr().err
    run(tmp_path, "--passphrase", "admin", "--generate")
    links = []
    for _ in range(2):
        capsys.readouterr()
        assert run(tmp_path, "--invitation", "--json") == 0
        links.append(json.loads(capsys.readouterr().out)["link"])
    found = read_access(Workspace(tmp_path))
    assert found is not None and found.participants == "link" and links[0] != links[1]
    assert links[1] == f"/self-test?invitation={found.invitation}"


def test_settings_are_shown_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing set, a provider's roles, and a mistake: each is one clear answer."""
    assert run(tmp_path) == 0 and "Everybody may do everything" in capsys.readouterr().out
    (tmp_path / "access.toml").write_text('login = "oidc"\ndefault_role = "viewer"\nroles.admin.emails = ["ada@example.org"]\n')
    assert run(tmp_path, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"login": "oidc", "hours": 12.0, "participants": "login", "roles": ["viewer", "admin"]}
    assert run(tmp_path, "--passphrase", "admin", "--generate") == 1 and "by oidc" in capsys.readouterr().err
    (tmp_path / "access.toml").write_text("login = 3\n")
    assert run(tmp_path) == 1 and "lets nobody in" in capsys.readouterr().err
    assert run(tmp_path, "--generate") == 1 and "say whose" in capsys.readouterr().err


def test_the_dashboard_does_not_listen_for_others_unprotected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`exemplary app --address` elsewhere is refused in one sentence while everybody could do everything; `demo` before it builds."""
    for command in ("app", "demo"):
        assert main(["--workspace", str(tmp_path / "new"), command, "--address", "0.0.0.0"]) == 1
        assert "`--open` does without" in capsys.readouterr().err and not (tmp_path / "new").exists()
