"""A process is never taken for another one, whatever its number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from core.jobs import process
from core.jobs.process import ProcessMark, mark_of
from tests.processes import wait_until

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def sleeper() -> subprocess.Popen[bytes]:
    child = subprocess.Popen(SLEEP, stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout is not None and child.stdout.readline() == b"up\n"
    return child


def marked(child: subprocess.Popen[bytes]) -> ProcessMark:
    found = mark_of(child.pid)
    assert found is not None
    return found


def finish(child: subprocess.Popen[bytes]) -> int:
    assert child.stdout is not None
    child.stdout.close()
    return child.wait(30)


def test_a_mark_holds_as_long_as_its_process() -> None:
    """It is the same each time it is asked for, alive until the end, and none of a process that has ended, fetched or not."""
    child = sleeper()
    mark = marked(child)
    assert mark_of(child.pid) == mark and process.is_alive(mark) and process.own_mark().pid == os.getpid()
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and nobody has fetched its status
    assert mark_of(child.pid) is None and not process.is_alive(mark)
    finish(child)
    assert mark_of(child.pid) is None


def test_ps_tells_the_same_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without /proc a process is known by when `ps` says that it began."""
    monkeypatch.setattr(process, "BOOT", process.PROC / "not-there")
    child = sleeper()
    mark = marked(child)
    assert process.is_alive(mark) and str(child.pid) not in mark.began
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.is_alive(mark)
    finish(child)
    assert mark_of(child.pid) is None


def test_a_recycled_number_is_never_signalled() -> None:
    """A living process of the right number that began at another time, or in another run of the machine, is left alone."""
    child = sleeper()
    mark = marked(child)
    boot, _, began = mark.began.partition(" ")
    for other in (replace(mark, began=f"{boot} {int(began) + 1}"), replace(mark, began=f"other-boot {began}")):
        assert not process.is_alive(other) and not process.interrupt(other) and not process.kill_group(other)
    assert child.poll() is None
    assert process.interrupt(mark)
    assert finish(child) != 0
    assert not process.interrupt(mark) and not process.kill_group(mark)


def test_a_group_is_ended_with_its_children() -> None:
    """A process that leads its group ends with all that it started."""
    code = "import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    child = subprocess.Popen(
        [sys.executable, "-c", code + "print(c.pid, flush=True); time.sleep(600)"], stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout is not None
    grandchild = mark_of(int(child.stdout.readline()))
    assert grandchild is not None and process.kill_group(marked(child))
    assert finish(child) == -signal.SIGKILL
    wait_until(lambda: not process.is_alive(grandchild), "the grandchild to end")


@pytest.mark.parametrize("ends_before", ["getpgid", "killpg"])
def test_one_that_ends_this_moment_was_not_there(monkeypatch: pytest.MonkeyPatch, ends_before: str) -> None:
    """A process that ends between the look and the signal is no error."""

    def gone(*_: int) -> int:
        raise ProcessLookupError

    monkeypatch.setattr(process, "is_alive", lambda mark: True)
    monkeypatch.setattr(os, "getpgid", lambda pid: pid)
    monkeypatch.setattr(os, "killpg", gone)
    monkeypatch.setattr(os, ends_before, gone)
    assert not process.kill_group(ProcessMark(4_000_000, "never"))


def test_only_the_process_is_ended_where_it_leads_no_group() -> None:
    """A process in the group of somebody else takes nobody along: this test lives on."""
    child = subprocess.Popen(SLEEP, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"up\n"
    assert process.kill_group(marked(child)) and finish(child) == -signal.SIGKILL
