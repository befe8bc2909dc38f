"""What is noted of started commands, and what else may lie there: odd names and records are left out, never a traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.jobs import launch, started
from core.jobs.process import ProcessMark
from core.jobs.started import Asked
from core.store.workspace import Workspace

ASKED = Asked(("mine", "--layers", "a"), "mine a", "tiny/shapes", "ada", datetime(2026, 1, 2, tzinfo=UTC), 90.0)


def changed(folder: Path, **fields: Any) -> None:
    """Write fields of the record anew."""
    path = folder / "asked.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_what_is_noted_is_what_is_read(empty_workspace: Workspace) -> None:
    """All that is asked comes back; who asked and how long it takes may be unknown; each gets the next number."""
    for number, asked in enumerate((ASKED, replace(ASKED, asked_by=None, study="", expected_s=None)), start=1):
        folder = started.note_asked(empty_workspace, asked)
        assert folder == started.folder_of(empty_workspace, number) and started.asked_in(folder) == asked
    mark = ProcessMark(7, "then")
    assert started.process_in(folder) is None and started.stop_asked_in(folder) is None and not started.is_to_stop(folder)
    started.note_process(folder, mark)
    started.note_stop(folder, "ada")
    stop_asked_at = started.stop_asked_in(folder)
    assert started.process_in(folder) == mark and started.is_to_stop(folder) and stop_asked_at is not None
    assert abs((datetime.now(UTC) - stop_asked_at).total_seconds()) < 60


def test_other_names_are_no_commands(empty_workspace: Workspace) -> None:
    """A copy that somebody made beside a command's folder is not looked at; the next number follows the highest."""
    folder = started.note_asked(empty_workspace, ASKED)
    for name in ("0001.bak", "7 copy", "x", ".hidden"):
        (folder.parent / name).mkdir()
    (folder.parent / "9").touch()
    assert [one.number for one in launch.launches(empty_workspace)] == [1]
    with started.turn(empty_workspace):
        assert started.note_asked(empty_workspace, ASKED).name == "0002"
    assert [one.name for one in started.folders(empty_workspace)] == ["0002", "0001"]


def test_a_field_of_a_later_version_is_left_out(empty_workspace: Workspace) -> None:
    """An unknown field is no reason not to show a command."""
    folder = started.note_asked(empty_workspace, ASKED)
    changed(folder, priority=3)
    assert started.asked_in(folder) == ASKED


@pytest.mark.parametrize(
    "fields",
    [
        {"arguments": 5},
        {"arguments": [5]},
        {"about": None},
        {"asked_at": "yesterday"},
        {"asked_at": None},
        {"asked_at": "2026-01-02T00:00:00"},
    ],
    ids=str,
)
def test_a_record_that_cannot_be_understood_is_left_out(empty_workspace: Workspace, fields: dict[str, Any]) -> None:
    """The other commands are listed still."""
    changed(started.note_asked(empty_workspace, ASKED), **fields)
    started.note_asked(empty_workspace, ASKED)
    assert [one.number for one in launch.launches(empty_workspace)] == [2] and launch.alive(empty_workspace) == ()


@pytest.mark.parametrize("content", ["", "[]", "5", "{", '{"pid": "x", "began": 3, "at": 5}', '{"at": "then"}'])
def test_odd_notes_of_processes_and_stops_are_none(empty_workspace: Workspace, content: str) -> None:
    """A command whose notes are torn is shown as one that nobody works on."""
    folder = started.note_asked(empty_workspace, ASKED)
    for name in ("process.json", "stop.json", "progress.jsonl"):
        (folder / name).write_text(content)
    (found,) = launch.launches(empty_workspace)
    assert (found.process, found.stop_asked_at, found.began_at, found.state) == (None, None, None, "stopped")
