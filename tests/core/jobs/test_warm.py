"""A warm process over its whole life: started when asked, reused, mourned, started anew, and gone with its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import WorkerLost
from core.jobs.warm import WarmProcess
from tests.processes import ROOT, kill, python, wait_until

ANSWERER = """
import os, sys, time
from core.jobs.warm import serve
print("said on standard output: no answer")

def answer(request):
    word = request.decode()
    if word == "pid":
        return str(os.getpid()).encode()
    if word.startswith("sleep"):
        time.sleep(float(word[5:]))
    if word == "crash":
        os.kill(os.getpid(), 9)
    if word == "exit":
        sys.exit(3)
    if word == "leave":
        os._exit(0)
    return request[::-1]

serve(int(sys.argv[2]), answer, idle_s=float(sys.argv[1]))
"""
OWNER = f"""
import sys
from core.jobs.warm import WarmProcess
process = WarmProcess([sys.executable, "-c", {ANSWERER!r}, "600"], task="answers", log=__import__("pathlib").Path(sys.argv[1]))
print(process.ask(b"pid", timeout_s=60).decode(), flush=True)
if sys.argv[2] == "busy":
    process.ask(b"sleep60", timeout_s=60)
sys.stdin.read()
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "log.txt"


@pytest.fixture
def process(log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmProcess]:
    yield from _process(log, monkeypatch, idle_s=600)


@pytest.fixture
def impatient(log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmProcess]:
    """A process that ends as soon as it has been idle for a moment."""
    yield from _process(log, monkeypatch, idle_s=0.2)


def _process(log: Path, monkeypatch: pytest.MonkeyPatch, idle_s: float) -> Iterator[WarmProcess]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = WarmProcess([sys.executable, "-c", ANSWERER, str(idle_s)], task="turns words around", log=log)
    yield made
    made.stop()


def is_alive(pid: int) -> bool:
    """Return whether the process runs; one that has ended and was not waited for does not."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(found) and not found.startswith("Z")


def ask(process: WarmProcess, word: str, timeout_s: float = 60) -> str:
    return process.ask(word.encode(), timeout_s=timeout_s).decode()


def test_it_starts_when_it_is_asked_and_stays(process: WarmProcess, log: Path) -> None:
    """Nothing runs before the first question; the second is answered by the same process; what it prints is in the log."""
    assert process.pid is None and not log.exists()
    first = ask(process, "pid")
    assert ask(process, "abc") == "cba"
    assert ask(process, "pid") == first == str(process.pid)
    process.stop()
    assert "said on standard output" in log.read_text()


@pytest.mark.parametrize(("word", "how"), [("crash", "signal 9"), ("exit", "status 3")])
def test_a_crash_is_a_sentence_and_the_next_question_starts_anew(process: WarmProcess, word: str, how: str, log: Path) -> None:
    """Who asked is told how the process ended and where its words are; the next question finds a new process."""
    former = ask(process, "pid")
    with pytest.raises(WorkerLost, match=how) as lost:
        ask(process, word)
    assert str(log) in str(lost.value) and str(lost.value).startswith("The process that turns words around ended")
    assert ask(process, "pid") != former


def test_one_that_was_killed_meanwhile_is_mourned_once(process: WarmProcess) -> None:
    """A process killed between two questions is noticed at the next one, and replaced at the one after."""
    pid = int(ask(process, "pid"))
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the killed process")
    with pytest.raises(WorkerLost, match="signal 9"):
        ask(process, "abc")
    assert ask(process, "abc") == "cba"


def test_an_idle_process_ends_and_nobody_notices(impatient: WarmProcess) -> None:
    """After a while without questions the process is gone; the next question is answered all the same, by another one."""
    assert ask(impatient, "pid")
    wait_until(lambda: impatient.pid is None, "the idle process to end")
    assert ask(impatient, "abc") == "cba"


def test_one_that_always_leaves_is_lost(process: WarmProcess) -> None:
    """A process that ends well instead of answering is not asked for ever."""
    with pytest.raises(WorkerLost, match="before it answered"):
        ask(process, "leave")


def test_a_question_that_takes_too_long_is_given_up(process: WarmProcess) -> None:
    """After its time the process is stopped, not waited for; the next question is not answered with the late answer."""
    pid = int(ask(process, "pid"))
    with pytest.raises(WorkerLost, match=r"within 0\.3 s"):
        ask(process, "sleep60", timeout_s=0.3)
    assert not is_alive(pid)
    assert ask(process, "abc") == "cba"


def test_questions_wait_for_each_other(process: WarmProcess) -> None:
    """Many threads that ask at once each get their own answer, from one process."""
    answers: dict[str, str] = {}
    words = [f"word-{number}" for number in range(12)]
    threads = [threading.Thread(target=lambda word=word: answers.update({word: ask(process, word)})) for word in words]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == {word: word[::-1] for word in words}


def test_a_stop_does_not_wait_for_the_answer(process: WarmProcess) -> None:
    """Stopping ends the process at once, tells whoever waits, and is for good."""
    pid = int(ask(process, "pid"))
    errors: list[str] = []

    def wait() -> None:
        try:
            ask(process, "sleep60")
        except WorkerLost as error:
            errors.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)
    began = time.monotonic()
    process.stop()
    waiting.join(10)
    assert time.monotonic() - began < 5 and len(errors) == 1 and not is_alive(pid)
    with pytest.raises(WorkerLost, match="was stopped"):
        ask(process, "abc")


@pytest.mark.parametrize("doing", ["idle", "busy"])
@pytest.mark.parametrize("how", ["kill", "end"])
def test_it_ends_with_its_owner(tmp_path: Path, doing: str, how: str) -> None:
    """Whether the owner ends or is killed at once, and whether the process is at work or not, it is gone soon after."""
    owner = python(OWNER, tmp_path / "log.txt", doing)
    assert owner.stdout is not None and owner.stdin is not None
    pid = int(owner.stdout.readline())
    assert is_alive(pid)
    if how == "end" and doing == "idle":
        owner.communicate(timeout=60)
    elif how == "end":
        owner.terminate()
        owner.communicate(timeout=60)
    else:
        kill(owner)
    wait_until(lambda: not is_alive(pid), "the process to end with its owner", patience_s=10)
