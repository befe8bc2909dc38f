"""`exemplary jobs`: the same that the page shows, in a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli import main
from core.jobs import launch
from core.jobs.job import working
from core.store.workspace import Workspace
from tests.processes import wait_until


def said(capsys: pytest.CaptureFixture[str], workspace: Workspace, *arguments: str) -> str:
    """Return what `exemplary jobs` prints, after the command ended well."""
    assert main(["--workspace", str(workspace.root), "jobs", *arguments]) == 0
    return capsys.readouterr().out


def test_an_empty_workspace_has_no_jobs(empty_workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """That is said; an unknown number is refused in a sentence."""
    assert "nothing works" in said(capsys, empty_workspace)
    assert json.loads(said(capsys, empty_workspace, "--json")) == {"jobs": [], "elsewhere": []}
    assert main(["--workspace", str(empty_workspace.root), "jobs", "--log", "3"]) == 1
    assert "no job called '3'" in capsys.readouterr().err


def test_what_was_started_is_listed_logged_and_cancelled(
    empty_workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A waiting job says for what; cancelled it is stopped; what failed says why, in the list and in its log."""
    with working(empty_workspace, "mine-1", spec={}) as job:
        job.report(3, 9, "mining images")
        number = launch.launch(empty_workspace, ["index", str(tmp_path / "nothing"), "--name", "x"], about="index x", asked_by="ada")
        wait_until(lambda: "waits for mine-1" in said(capsys, empty_workspace), "the job to wait")
        listed = said(capsys, empty_workspace)
        assert "queued" in listed and "asked by ada" in listed and "mine-1: mining images (3 of 9), started elsewhere" in listed
        assert "is to be cancelled first" in said(capsys, empty_workspace, "--kill", str(number))
        assert "was asked to stop" in said(capsys, empty_workspace, "--cancel", str(number))
        wait_until(lambda: not launch.launched(empty_workspace, number).is_alive, "the job to stop")
    assert "was not told: it is stopped" in said(capsys, empty_workspace, "--cancel", str(number))
    number = launch.launch(empty_workspace, ["index", str(tmp_path / "nothing"), "--name", "x"], about="index x")
    wait_until(lambda: not launch.launched(empty_workspace, number).is_alive, "the job to fail")
    (failed, stopped) = json.loads(said(capsys, empty_workspace, "--json"))["jobs"]
    assert (failed["state"], stopped["state"], stopped["asked_by"]) == ("failed", "stopped", "ada")
    assert "nothing" in failed["progress"]["label"] and failed["progress"]["label"] in said(capsys, empty_workspace, "--log", str(number))
