"""Jobs: one process each, progress that others can read, stopping on request, and an honest state after any kind of death."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import ExemplaryError, Interrupted, StoreBusy
from core.jobs import job as job_module
from core.jobs import watch
from core.jobs.job import Job, working
from core.store.workspace import Workspace
from tests.processes import kill, python

WORKER = """
import sys, time
from pathlib import Path
from core.jobs.job import working
from core.store.workspace import Workspace
with working(Workspace(Path(sys.argv[1])), "mine-1", spec={"network": "tiny"}) as job:
    for done in range(100000):
        job.report(done, 100000, "mining images")
        if done == 3:
            print("at work", flush=True)
        time.sleep(0.01)
"""


def only(workspace: Workspace) -> watch.JobStatus:
    (status,) = watch.statuses(workspace)
    return status


def finish(workspace: Workspace, name: str, *, done: int = 3) -> None:
    with working(workspace, name, spec={}) as job:
        job.report(done, done, "ranking layers")


def test_an_empty_workspace_has_no_jobs(empty_workspace: Workspace) -> None:
    """Looking for jobs creates nothing."""
    assert watch.statuses(empty_workspace) == watch.running(empty_workspace) == ()
    assert not empty_workspace.root.exists()


def test_a_finished_job_is_done(empty_workspace: Workspace) -> None:
    """Spec, progress and end are on disk; the caller sees every report."""
    seen: list[tuple[int, int, str]] = []
    with working(empty_workspace, "mine-1", spec={"network": "tiny"}, progress=lambda *report: seen.append(report)) as job:
        assert [one.state for one in watch.running(empty_workspace)] == ["running"]
        for done in range(1, 6):
            job.report(done, 5, "mining images")
    assert only(empty_workspace).state == "done" and watch.running(empty_workspace) == ()
    assert seen == [(done, 5, "mining images") for done in range(1, 6)]
    folder = empty_workspace.jobs / "mine-1"
    assert json.loads((folder / "spec.json").read_text()) == {"network": "tiny"}
    lines = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    assert [line["state"] for line in lines] == ["running"] * (len(lines) - 1) + ["done"]
    assert (lines[-2]["done"], lines[-2]["total"], lines[-2]["label"]) == (5, 5, "mining images")


def test_progress_on_disk_is_not_written_at_every_report(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports in quick succession are told to the caller, not all to the disk; the last one is."""
    monkeypatch.setattr(job_module, "REPORT_INTERVAL_S", 1000.0)
    with working(empty_workspace, "mine-1", spec={}) as job:
        for done in range(1, 1001):
            job.report(done, 1000, "mining images")
    assert len((empty_workspace.jobs / "mine-1" / "progress.jsonl").read_text().splitlines()) <= 5


@pytest.mark.parametrize(
    ("error", "state", "label"),
    [
        (ExemplaryError("The weights are gone."), "failed", "The weights are gone."),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError"),
        (KeyboardInterrupt(), "stopped", "resumes"),
        (Interrupted("Stopped."), "stopped", "resumes"),
    ],
)
def test_how_a_job_ended_is_told(empty_workspace: Workspace, error: BaseException, state: str, label: str) -> None:
    """Errors reach the caller, and whoever watches learns the reason."""
    with pytest.raises(type(error)), working(empty_workspace, "mine-1", spec={}):
        raise error
    assert only(empty_workspace).state == state and label in only(empty_workspace).label
    finish(empty_workspace, "mine-1")
    assert only(empty_workspace).state == "done"


def test_an_interrupt_in_the_middle_of_a_query_is_one(empty_workspace: Workspace) -> None:
    """DuckDB makes a RuntimeError of Ctrl-C: the job was stopped, it has not failed; another RuntimeError is what it says."""
    with pytest.raises(KeyboardInterrupt), working(empty_workspace, "mine-1", spec={}):
        raise RuntimeError("Query interrupted")
    assert only(empty_workspace).state == "stopped"
    with pytest.raises(RuntimeError, match="Query planned"), working(empty_workspace, "mine-1", spec={}):
        raise RuntimeError("Query planned")
    assert only(empty_workspace).state == "failed"


def test_a_second_process_is_refused(empty_workspace: Workspace) -> None:
    """While one process works on a job, another is told which; jobs of another name run beside it."""
    process = python(WORKER, empty_workspace.root)
    assert process.stdout is not None and process.stdout.readline() == "at work\n"
    try:
        with pytest.raises(StoreBusy, match=str(process.pid)), working(empty_workspace, "mine-1", spec={}):
            pass
        finish(empty_workspace, "mine-2")
        assert [one.name for one in watch.running(empty_workspace)] == ["mine-1"]
        assert only_named(empty_workspace, "mine-1").total == 100_000
    finally:
        kill(process)
    assert only_named(empty_workspace, "mine-1").state == "stopped"
    finish(empty_workspace, "mine-1")
    assert only_named(empty_workspace, "mine-1").state == "done"


def only_named(workspace: Workspace, name: str) -> watch.JobStatus:
    return next(status for status in watch.statuses(workspace) if status.name == name)


def test_a_job_stops_on_request(empty_workspace: Workspace) -> None:
    """A cancelled job ends at its next report; the request does not stop the next run."""
    process = python(WORKER, empty_workspace.root)
    assert process.stdout is not None and process.stdout.readline() == "at work\n"
    watch.cancel(empty_workspace, "mine-1")
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0 and "Stopped on request" in errors
    assert only(empty_workspace).state == "stopped"
    finish(empty_workspace, "mine-1")


def test_a_cancelled_job_raises_interrupted(empty_workspace: Workspace) -> None:
    """Inside the job, a request to stop is our own error."""
    with pytest.raises(Interrupted), working(empty_workspace, "mine-1", spec={}) as job:
        watch.cancel(empty_workspace, "mine-1")
        job.report(5, 5, "mining images")


def test_a_caller_can_stop_its_job(empty_workspace: Workspace) -> None:
    """A progress function that raises ends the job."""

    def stop(done: int, total: int, label: str) -> None:
        raise Interrupted("enough")

    with pytest.raises(Interrupted, match="enough"), working(empty_workspace, "mine-1", spec={}, progress=stop) as job:
        job.report(1, 5, "mining images")


@pytest.mark.parametrize("tail", [b'{"at": "2026', b"\xff\xfe", b"\n\n"])
def test_a_torn_line_of_progress_is_skipped(empty_workspace: Workspace, tail: bytes) -> None:
    """What a kill left half-written is ignored."""
    finish(empty_workspace, "mine-1")
    with (empty_workspace.jobs / "mine-1" / "progress.jsonl").open("ab") as file:
        file.write(tail)
    assert only(empty_workspace).state == "done"


def test_the_most_recent_job_comes_first(empty_workspace: Workspace) -> None:
    """Jobs are listed by their last word; a folder without progress is no job."""
    for name in ("a", "b", "a"):
        finish(empty_workspace, name)
    (empty_workspace.jobs / "empty").mkdir()
    assert [status.name for status in watch.statuses(empty_workspace)] == ["a", "b"]


def test_many_watchers_of_a_dead_job_agree(empty_workspace: Workspace) -> None:
    """Watchers who look at the same moment do not take each other for the job's process."""
    folder = empty_workspace.jobs / "mine-1"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    Job(folder, job_module.silent).record("running", done=1, total=9)
    with ThreadPoolExecutor(8) as pool:
        states = {state for found in pool.map(lambda _: [only(empty_workspace).state for _ in range(60)], range(8)) for state in found}
    assert states == {"stopped"}


def test_a_watcher_does_not_keep_a_job_from_starting(empty_workspace: Workspace) -> None:
    """The moment in which somebody looks whether a job is held is waited out."""
    folder = empty_workspace.jobs / "mine-1"
    folder.mkdir(parents=True)
    with (folder / "lock").open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        threading.Timer(0.05, fcntl.flock, (handle, fcntl.LOCK_UN)).start()
        finish(empty_workspace, "mine-1")
    assert only(empty_workspace).state == "done"


def test_who_works_on_a_job_is_known(empty_workspace: Workspace) -> None:
    """The number in the lock is that of the process that works on it, or did last; of a job that never was there is none."""
    with working(empty_workspace, "mine-1", spec={}):
        assert watch.worker(empty_workspace, "mine-1") == os.getpid()
    assert watch.worker(empty_workspace, "mine-1") == os.getpid()
    assert watch.worker(empty_workspace, "mine-2") is None
