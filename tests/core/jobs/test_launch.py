"""Commands that are started for somebody: they outlive who started them, one at a time, and end as they are asked to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import StoreBusy, StoreError, UnknownName
from core.jobs import launch, process, watch
from core.jobs.job import working
from core.jobs.launch import Launched
from core.jobs.pace import reports
from core.store.workspace import Workspace
from tests.processes import kill, output_of, python, wait_until
from tests.studies import write_photos

STUBBORN = """
import signal, sys, time
from pathlib import Path
from core.jobs import launch
from core.store.workspace import Workspace
with launch.attended(Workspace(Path(sys.argv[1])), int(sys.argv[2])) as job:
    signal.signal(signal.SIGINT, (lambda *_: None) if sys.argv[3] == "stubborn" else signal.default_int_handler)
    for done in range(100000):
        job.report(done, 100000, "mining images")
        if done == 3:
            print("at work", flush=True)
        time.sleep(0.01)
"""
STARTER = """
import sys
from pathlib import Path
from core.jobs import launch
from core.store.workspace import Workspace
print(launch.launch(Workspace(Path(sys.argv[1])), sys.argv[2:], about="index", asked_by="ada"))
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos", n=8)
    return tmp_path / "photos"


@pytest.fixture
def place(empty_workspace: Workspace) -> Iterator[Workspace]:
    """Return an empty workspace; what works there at the end is ended, but for this process, which may stand for a job's."""
    yield empty_workspace
    for one in launch.alive(empty_workspace):
        if one.process is not None and one.process.pid != os.getpid():
            process.kill_group(one.process)


def noted(workspace: Workspace, number: int, *, arguments: tuple[str, ...] = ("mine",), ago_s: float = 0.0) -> Path:
    """Leave what starting a command does before its process is there."""
    folder = workspace.jobs / "started" / f"{number:04d}"
    folder.mkdir(parents=True)
    asked_at = datetime.now(UTC) - timedelta(seconds=ago_s)
    asked = {"arguments": arguments, "about": "mine", "study": "", "asked_by": None, "asked_at": str(asked_at), "expected_s": None}
    (folder / "asked.json").write_text(json.dumps(asked))
    return folder


def at_work(workspace: Workspace, number: int, manner: str = "polite") -> subprocess.Popen[str]:
    """Return the process of a noted command, once it works."""
    child = python(STUBBORN, workspace.root, number, manner)
    assert child.stdout is not None and child.stdout.readline() == "at work\n"
    return child


def ended(workspace: Workspace, number: int) -> Launched:
    wait_until(lambda: not launch.launched(workspace, number).is_alive, f"job {number} to end")
    return launch.launched(workspace, number)


def test_an_empty_workspace_has_none(empty_workspace: Workspace) -> None:
    """Looking creates nothing, and an unknown number is refused in a sentence."""
    assert launch.launches(empty_workspace) == launch.alive(empty_workspace) == launch.elsewhere(empty_workspace) == ()
    with pytest.raises(UnknownName, match="no job called '7'"):
        launch.launched(empty_workspace, 7)
    with pytest.raises(StoreError, match="--job is given"), launch.attended(empty_workspace, 7):
        pass
    assert not empty_workspace.root.exists()


def test_a_command_outlives_who_started_it(place: Workspace, photos: Path) -> None:
    """The starting process has ended; the command works in a session of its own, says what it did, and is seen as done."""
    number = int(output_of(python(STARTER, place.root, "index", photos, "--name", "started")))
    done = ended(place, number)
    assert (done.state, done.number, done.asked.asked_by, done.asked.arguments[0]) == ("done", 1, "ada", "index")
    assert done.process is not None and done.began_at is not None and done.ended_at is not None and done.pace is None
    assert "8 images" in launch.log_of(place, number)
    progress = reports(place.jobs / "started" / "0001" / "progress.jsonl")
    assert any((one.state, one.done, one.total) == ("running", 8, 8) for one in progress), "what bars show is not told"
    assert list(place.catalogue.glob("*.duckdb"))


def test_two_at_once_work_one_after_the_other(place: Workspace, photos: Path) -> None:
    """Asked at the same moment they get two numbers, and the later begins when the earlier has ended."""
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(launch.launch, place, ["index", str(photos), "--name", name], about=name) for name in ("a", "b")]
        numbers = sorted(one.result() for one in asked)
    first, second = (ended(place, number) for number in numbers)
    assert numbers == [1, 2] and (first.state, second.state) == ("done", "done")
    assert first.ended_at is not None and second.began_at is not None and first.ended_at <= second.began_at


def test_the_same_command_is_not_started_twice(place: Workspace) -> None:
    """A second click is refused with the number of the job that does it; once that has ended, it is free again."""
    child = at_work(place, int(noted(place, 1, arguments=("mine", "--layers", "a")).name))
    with pytest.raises(StoreBusy, match="Job 1 does exactly this and is running"):
        launch.launch(place, ["mine", "--layers", "a"], about="mine")
    kill(child)
    assert launch.launch(place, ["mine", "--layers", "a"], about="mine") == 2


def test_the_same_command_asked_twice_at_the_same_moment_is_started_once(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look whether it works already and its note nobody else looks: one starts, the others are told its number."""
    look = launch.alive

    def looked(workspace: Workspace) -> tuple[Launched, ...]:
        found = look(workspace)
        time.sleep(0.05)
        return found

    def asked(_: int) -> int | str:
        try:
            return launch.launch(place, ["index", str(place.root / "nothing"), "--name", "x"], about="index")
        except StoreBusy as busy:
            return str(busy)[: len("Job 1")]

    with working(place, "mine-1", spec={}):
        monkeypatch.setattr(launch, "alive", looked)
        with ThreadPoolExecutor(4) as pool:
            assert sorted(map(str, pool.map(asked, range(4)))) == ["1", "Job 1", "Job 1", "Job 1"]
        monkeypatch.undo()
        assert launch.stop(place, 1)
    ended(place, 1)


def test_a_job_waits_for_one_of_a_terminal(place: Workspace, photos: Path) -> None:
    """While a command that was typed works in the workspace, a started one waits, says for what, and can be taken out of the queue."""
    with working(place, "mine-1", spec={}):
        number = launch.launch(place, ["index", str(photos), "--name", "later"], about="index")
        wait_until(lambda: (last := launch.launched(place, number).last) and last.label == "waits for mine-1", "the job to wait")
        assert launch.launched(place, number).state == "queued"
        assert [one.name for one in launch.elsewhere(place)] == ["mine-1"]
        assert launch.stop(place, number, asked_by="ada")
        assert ended(place, number).state == "stopped"
    assert not list(place.catalogue.glob("*.duckdb"))


def test_progress_and_a_polite_stop(place: Workspace) -> None:
    """While it works rate and time left are told; asked to stop it ends by itself, and nothing is there to be told any more."""
    noted(place, 1)
    child = at_work(place, 1)
    wait_until(lambda: launch.launched(place, 1).pace, "a pace")
    seen = launch.launched(place, 1)
    assert seen.state == "running" and seen.pace is not None and 0 < seen.pace.rate <= 110 and seen.pace.left_s > 100
    assert not seen.can_be_killed and not launch.kill(place, 1) and launch.stop(place, 1, asked_by="ada")
    child.communicate(timeout=30)
    seen = launch.launched(place, 1)
    assert seen.state == "stopped" and seen.stop_asked_at is not None and not launch.stop(place, 1)


def test_a_job_that_does_not_stop_can_be_ended_after_a_while(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given its grace; then it can be ended at once, and counts as stopped, since somebody asked for that."""
    noted(place, 1)
    child = at_work(place, 1, "stubborn")
    assert launch.stop(place, 1) and not launch.kill(place, 1)
    assert child.poll() is None
    monkeypatch.setattr(launch, "GRACE_S", 0.0)
    assert launch.launched(place, 1).can_be_killed and launch.kill(place, 1)
    child.communicate(timeout=30)
    assert child.returncode == -signal.SIGKILL and launch.launched(place, 1).state == "stopped"


def test_a_dead_process_is_noticed(place: Workspace) -> None:
    """Killed without a word, a job is interrupted, and the next one does not wait for it."""
    noted(place, 1)
    kill(at_work(place, 1))
    assert launch.launched(place, 1).state == "interrupted" and launch.alive(place) == ()
    noted(place, 2)
    kill(at_work(place, 2))


def test_a_recycled_number_is_not_the_job(place: Workspace) -> None:
    """After a restart of the machine another process may bear the number: the job is interrupted, and that process is never signalled."""
    folder = noted(place, 1)
    kill(at_work(place, 1))
    other = python("import time; print('up', flush=True); time.sleep(600)")
    assert other.stdout is not None and other.stdout.readline() == "up\n"
    mark = json.loads((folder / "process.json").read_text())
    (folder / "process.json").write_text(json.dumps({**mark, "pid": other.pid}))
    assert launch.launched(place, 1).state == "interrupted"
    assert not launch.stop(place, 1) and not launch.kill(place, 1) and other.poll() is None
    kill(other)


def test_a_job_without_a_process_yet_waits_and_is_given_up(place: Workspace) -> None:
    """Between asking and the process's first breath a job waits; where that never comes it is interrupted."""
    noted(place, 1)
    noted(place, 2, ago_s=launch.GRACE_S + 1)
    assert [(one.number, one.state) for one in launch.launches(place)] == [(2, "interrupted"), (1, "queued")]
    assert [one.number for one in launch.launches(place, most=1)] == [2]


def test_many_that_ended_later_hide_none_that_works(place: Workspace) -> None:
    """However many have ended since, a job that works is seen."""
    noted(place, 1)
    for number in range(2, 202):
        line = {"at": str(datetime.now(UTC)), "state": "done", "done": 0, "total": 0, "label": ""}
        (noted(place, number) / "progress.jsonl").write_text(json.dumps(line) + "\n")
    assert [one.number for one in launch.alive(place)] == [1]
    with pytest.raises(StoreBusy, match="Job 1 does exactly this"):
        launch.launch(place, ["mine"], about="mine")


def test_a_failure_is_told(place: Workspace) -> None:
    """A command that cannot be done has failed, and its sentence is both its last word and in its log."""
    number = launch.launch(place, ["index", str(place.root / "nothing"), "--name", "x"], about="index")
    seen = ended(place, number)
    assert seen.state == "failed" and seen.last is not None and "nothing" in seen.last.label
    assert "nothing" in launch.log_of(place, number)


def test_a_log_shows_a_redrawn_line_once(place: Workspace) -> None:
    """Of a bar that was drawn over and over only its last state is shown; a job that has printed nothing has no log."""
    folder = noted(place, 1)
    assert launch.log_of(place, 1) == ""
    (folder / "log.txt").write_bytes(b"begin\n 1%\r 50%\r100%\nend \xff\n")
    assert launch.log_of(place, 1) == "begin\n100%\nend �"


def test_what_a_started_job_works_on_is_not_elsewhere(place: Workspace) -> None:
    """A job at work in the process of a started command is that command's, not one of a terminal."""
    folder = noted(place, 1)
    with working(place, "mine-1", spec={}):
        assert [one.name for one in launch.elsewhere(place)] == ["mine-1"] == [one.name for one in watch.running(place)]
        mark = process.own_mark()
        (folder / "process.json").write_text(json.dumps({"pid": os.getpid(), "began": mark.began}))
        assert launch.elsewhere(place) == ()
