"""A warm process: started when it is first asked, it answers one request after another and ends when nobody asks or its owner ends.

Requests and answers are bytes over a private pair of sockets, whose other end only the owner holds: nothing listens, nobody else can
ask, and when the owner ends, in whatever way, the process reads the end of the stream and ends too. Nothing is unpickled.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from core.errors import WorkerLost

IDLE_S = 600.0
PATIENCE_S = 5.0  # for a killed process to be gone


class WarmProcess:
    """The owner's side. `command` is run with the number of its socket as one more argument; what it prints is appended to `log`.

    Thread-safe: questions wait for each other. `task` completes "The process that ...", in sentences.
    """

    def __init__(self, command: Sequence[str], *, task: str, log: Path) -> None:
        self._command, self._task, self._log = tuple(command), task, log
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[bytes, bytes] | None = None
        self._is_stopped = False

    @property
    def pid(self) -> int | None:
        """The process that was started last and has not ended; None where there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, request: bytes, *, timeout_s: float) -> bytes:
        """Return the answer; the process is started where it is not there.

        Raises WorkerLost where it ends before it answers (not where it had just ended because nobody asked: then it is started again),
        where it takes longer than `timeout_s` (then it is killed), and after `stop`. The next question starts it anew.
        """
        with self._guard:
            try:
                return self._answer(request, timeout_s)
            except _EndedWell:
                pass
            try:
                return self._answer(request, timeout_s)
            except _EndedWell as error:
                raise self._lost("ended before it answered") from error

    def stop(self) -> None:
        """End the process, also in the middle of an answer; nothing can be asked afterwards."""
        self._is_stopped = True
        process = self._process
        if process is not None:
            process.kill()  # whoever waits for an answer is told at once, and lets go of the guard
        with self._guard:
            self._forget()

    def _answer(self, request: bytes, timeout_s: float) -> bytes:
        connection = self._connected()
        try:
            connection.send_bytes(request)
            if connection.poll(timeout_s):
                return connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        self._forget()
        raise self._lost(f"did not answer within {timeout_s:g} s and was stopped")

    def _connected(self) -> Connection[bytes, bytes]:
        if self._is_stopped:
            raise WorkerLost(f"The process that {self._task} was stopped, and what it served has ended.")
        if self._connection is not None and self._process is not None:
            return self._connection
        self._log.parent.mkdir(parents=True, exist_ok=True)
        own, other = Pipe(duplex=True)
        with self._log.open("ab") as log, other:
            handle = other.fileno()
            self._process = subprocess.Popen(
                [*self._command, str(handle)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(handle,),
                start_new_session=True,  # Ctrl-C in a terminal is meant for the owner
            )
        self._connection = own
        return own

    def _ended(self) -> Exception:
        """Forget the process, which let go of its socket; return how it ended: _EndedWell where it may just have been idle for long."""
        process = self._process
        try:
            code = 0 if process is None else process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL  # it lives, but hears nothing more
        self._forget()
        if code == 0 and not self._is_stopped:
            return _EndedWell()
        return self._lost(f"ended by signal {-code}" if code < 0 else f"ended with status {code}")

    def _lost(self, how: str) -> WorkerLost:
        return WorkerLost(f"The process that {self._task} {how} (its words are in {self._log}); asked again, it is started anew.")

    def _forget(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if process is not None:
            process.kill()
            process.wait(PATIENCE_S)
        if connection is not None:
            connection.close()


class _EndedWell(Exception):
    """The process ended with status 0 before it answered, as it does when nobody had asked for long."""


def serve(handle: int, answer: Callable[[bytes], bytes], *, idle_s: float = IDLE_S) -> None:
    """Answer what comes over the socket `handle`, one request after another, until nothing came for `idle_s`: then return.

    When the owner ends or lets go, this process ends at once, even in the middle of an answer.
    """
    connection: Connection[bytes, bytes] = Connection(handle)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, requests), daemon=True, name="listen").start()
    while True:
        try:
            request = requests.get(timeout=idle_s)
        except queue.Empty:
            if connection.poll():  # it has come, but on a busy machine nobody has read it yet
                continue
            return
        connection.send_bytes(answer(request))


def _listen(connection: Connection[bytes, bytes], requests: queue.SimpleQueue[bytes]) -> None:
    while True:
        try:
            requests.put(connection.recv_bytes())
        except (EOFError, OSError):
            os._exit(0)  # the owner is gone: nobody would read the answer
