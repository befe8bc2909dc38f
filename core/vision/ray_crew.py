"""The workers of a Ray cluster as the driver sees them: connected to, borrowed one by one, replaced where they are lost. Not Ray itself:
what they do is in ray_worker.py."""

from __future__ import annotations

import importlib.util
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from core.errors import ExemplaryError, NetworkError, UsageError
from core.settings import keep_ray_private
from core.vision.ray_losses import MAX_LOSSES, WorkLost, last_line
from core.vision.ray_worker import Order, Worker
from core.vision.workers import POLL_S

KNOCK_S = 15.0  # that a cluster is given to answer
KNOCK = "import sys, ray; ray.init(sys.argv[1], log_to_driver=False, logging_level='ERROR'); ray.shutdown()"


def check_reachable(address: str | None) -> None:
    """Raise UsageError where Ray is not installed, or no cluster answers at the address (None: one is started later) in KNOCK_S."""
    _check_installed()
    if address is None:
        return
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"{address!r} is not the address of a Ray cluster; give its head's as HOST:PORT, as `ray start --head` says it.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S).close()
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from error
    _knock(address)


def _knock(address: str) -> None:
    """Join the cluster for a moment in a process that can be ended: where none answers, Ray waits for minutes and prints all the while."""
    keep_ray_private(is_local=_is_loopback(address))
    try:
        done = subprocess.run([sys.executable, "-c", KNOCK, address], capture_output=True, timeout=KNOCK_S, check=False)
    except subprocess.TimeoutExpired as late:
        reason = "it asks for another token" if b"AuthToken" in (late.stderr or b"") else f"no answer in {KNOCK_S:.0f} s"
        raise _unreachable(address, reason) from late
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise _unreachable(address, "it asks for another token" if b"AuthToken" in done.stderr else (said or ["no reason given"])[-1])


@contextmanager
def connected(address: str | None, *, n_workers: int) -> Iterator[None]:
    """Be connected to Ray: as this process is already, else to the cluster at `address`, else (None) to one that is started here.

    One that is started here has no dashboard, reports no usage, listens on localhost only and leaves no files but the token that Ray
    keeps in ~/.ray. To join a cluster, this machine must be one of its nodes. Clusters with token authentication (all that are started
    where a token lies, unless RAY_AUTH_MODE says otherwise) want theirs in ~/.ray/auth_token here, or where RAY_AUTH_TOKEN_PATH says.
    """
    _check_installed()
    keep_ray_private(is_local=address is None or _is_loopback(address))
    import ray

    if ray.is_initialized():
        yield
        return
    with TemporaryDirectory(prefix="exemplary-ray-", dir="/tmp", ignore_cleanup_errors=True) as folder:  # short: its sockets lie there
        try:
            _connect(ray, address, {"num_cpus": n_workers, "include_dashboard": False, "_temp_dir": folder} if address is None else {})
            yield
        finally:
            ray.shutdown()


def _connect(ray: Any, address: str | None, local: dict[str, Any]) -> None:
    at_terminate = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address or "local", log_to_driver=False, logging_level="ERROR", **local)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        if address is None:
            raise UsageError(f"Ray cannot be started on this machine ({last_line(error)}); give the --address of a cluster.") from error
        raise _unreachable(address, last_line(error)) from error
    finally:
        if threading.current_thread() is threading.main_thread() and at_terminate is not None:
            signal.signal(signal.SIGTERM, at_terminate)  # ray.init takes it
    host = ray.util.get_node_ip_address()
    if local and host not in ("127.0.0.1", "::1"):
        raise UsageError(
            f"A Ray started here would listen on {host}, as Ray was imported before; start it yourself and give its --address."
        )


def _is_loopback(address: str) -> bool:
    return address.rpartition(":")[0].strip("[]") in ("localhost", "127.0.0.1", "::1")


def _check_installed() -> None:
    if importlib.util.find_spec("ray") is None:
        raise UsageError("The engine ray needs its package, which is not installed; install `exemplary[ray]`.")


def _unreachable(address: str, reason: str) -> UsageError:
    return UsageError(
        f"There is no Ray cluster at {address} that lets this machine in ({reason.rstrip('.')}); start it there (`ray start --head`), "
        "correct --address, or put its token into ~/.ray/auth_token."
    )


class _Starved(WorkLost):
    """Ray ended a worker because its machine ran out of memory."""


class Crew:
    """Workers with the network loaded, to borrow one by one; those that are lost are replaced. Its methods may be called in any thread."""

    def __init__(self, order: Order, n_workers: int) -> None:
        import ray

        self._order = order
        gpu = order.device == "cuda"
        self._hired = ray.remote(Worker).options(num_cpus=0 if gpu else 1, num_gpus=1 if gpu else 0)
        self._ready: SimpleQueue[Any] = SimpleQueue()  # of workers, and of what kept one from loading
        self._guard = threading.Lock()
        self._workers: list[Any] = []
        self._is_dismissed = False
        self._losses = 0  # in a row, while loading
        for _ in range(n_workers):
            self._hire()

    def do(self, method: str, *arguments: Any, waiting: Callable[[], None]) -> Any:
        """Return what a free worker's method gives, of another where one is lost over it.

        `waiting` is called again and again meanwhile; what it raises ends the wait.
        """
        sent = pickle.dumps(arguments)
        for _ in range(MAX_LOSSES):
            worker = self._borrowed(waiting)
            try:
                result = _result(getattr(worker, method).remote(sent).future(), waiting)
            except WorkLost as lost:
                self._replace(worker)
                if isinstance(lost, _Starved):
                    raise MemoryError(str(lost)) from lost
                reason = str(lost)
            except BaseException:
                self._ready.put(worker)
                raise
            else:
                self._ready.put(worker)
                return result
        raise UsageError(f"{MAX_LOSSES} workers of Ray were lost over the same work ({reason}); Ray's logs say why.")

    def dismiss(self) -> None:
        """Kill all workers, whatever they do."""
        with self._guard:
            self._is_dismissed = True
            workers, self._workers = self._workers, []
        for worker in workers:
            _kill(worker)

    def _borrowed(self, waiting: Callable[[], None]) -> Any:
        while True:
            waiting()
            try:
                found = self._ready.get(timeout=POLL_S)
            except Empty:
                continue
            if not isinstance(found, Exception):
                return found
            self._on_not_loaded(found)

    def _on_not_loaded(self, error: Exception) -> None:
        with self._guard:
            self._losses += 1
        if isinstance(error, WorkLost) and self._losses < MAX_LOSSES:
            self._hire()
            return
        self._ready.put(error)  # the other threads shall see it too
        if isinstance(error, ExemplaryError):
            raise error
        raise NetworkError(f"No worker of Ray can load {self._order.name} ({last_line(error)}); it needs Exemplary there.") from error

    def _hire(self) -> None:
        with self._guard:
            if self._is_dismissed:
                return
            worker = self._hired.remote()
            self._workers.append(worker)
        worker.load.remote(pickle.dumps((self._order,))).future().add_done_callback(partial(self._on_loaded, worker))

    def _on_loaded(self, worker: Any, loaded: Future[bytes]) -> None:
        try:
            _unpacked(loaded)
        except Exception as error:
            self._ready.put(error)
        else:
            self._losses = 0
            self._ready.put(worker)

    def _replace(self, worker: Any) -> None:
        with self._guard:
            if worker in self._workers:
                self._workers.remove(worker)
        _kill(worker)
        self._hire()


def _result(future: Future[bytes], waiting: Callable[[], None]) -> Any:
    while not wait([future], timeout=POLL_S).done:
        waiting()
    return _unpacked(future)


def _unpacked(future: Future[bytes]) -> Any:
    """Return a worker's result. Raises the error that it sent instead, and WorkLost where it is gone."""
    from ray import exceptions

    try:
        result = pickle.loads(future.result())
    except exceptions.OutOfMemoryError as error:
        raise _Starved("its machine ran out of memory") from error
    except (exceptions.RayActorError, exceptions.NodeDiedError, exceptions.ObjectLostError) as error:
        raise WorkLost(last_line(error)) from error
    if isinstance(result, Exception):
        raise result
    return result


def _kill(worker: Any) -> None:
    import ray

    if ray.is_initialized():
        ray.kill(worker)
