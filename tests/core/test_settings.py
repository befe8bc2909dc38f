"""Machine facts: the argument wins over the environment, the environment over the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import WORKSPACE_VARIABLE, read_settings


def test_the_workspace_comes_from_argument_then_environment_then_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most specific word counts; the path is absolute."""
    monkeypatch.chdir(tmp_path)
    assert read_settings().workspace == tmp_path / "workspace"
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(tmp_path / "named"))
    assert read_settings().workspace == tmp_path / "named"
    assert read_settings("given").workspace == tmp_path / "given"


def test_a_home_folder_is_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A tilde names the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings("~/studies").workspace == tmp_path / "studies"


def test_threads_are_at_least_one() -> None:
    """There is always a core to compute on; reading settings creates nothing."""
    settings = read_settings("not-made")
    assert settings.threads >= 1 and settings.device == "auto"
    assert not settings.workspace.exists()
