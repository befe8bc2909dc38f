"""Many people answer at once while a mining job writes, and the server is killed three times: is any answer lost, doubled or late?

Every client does what the page does (dashboard/components/assets/post_queue.js): it fetches a trial's images, sends the answer with a key
of its own, and sends the same again, with growing pauses, until the server says that it is stored.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import statistics
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving import Dashboard, copy_of

from core.experiment import Trial
from core.services import studies
from core.services.experiment import sessions
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.services.experiment.sessions import Enrolment
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

RETRY_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # as the page does
N_KILLS = 3


@dataclass
class Client:
    """One participant's browser: what it sent, and how long each acknowledgement took while the server was there."""

    session_id: str
    trials: tuple[Trial, ...]
    port: int
    think_s: float
    sent: dict[int, dict[str, Any]] = field(default_factory=dict)
    waits_s: list[float] = field(default_factory=list)
    n_retries: int = 0
    n_images: int = 0

    def run(self) -> None:
        """Answer every trial; now and then send an answer twice, as a second tab would."""
        rng = random.Random(self.session_id)
        for trial in self.trials:
            self._see(trial, rng)
            time.sleep(rng.uniform(0.5, 1.5) * self.think_s)
            answer = self._answer(trial, rng)
            self.sent[trial.index] = answer
            self._send(answer)
            if rng.random() < 0.1:
                self._send(answer, is_timed=False)

    def _see(self, trial: Trial, rng: random.Random) -> None:
        for address in (trial.query_top, trial.query_bottom, rng.choice(trial.max_references)):
            try:
                status, _ = self._request("GET", f"/api/exemplary/image/{address}", None)
                self.n_images += status == 200
            except OSError:
                return  # the page would show its sentence and try again; answers are what is counted here

    def _answer(self, trial: Trial, rng: random.Random) -> dict[str, Any]:
        return {
            "response_key": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "session_id": self.session_id,
            "trial_index": trial.index,
            "choice": rng.choice(["top", "bottom"]),
            "confidence": rng.choice([1, 2, 3]),
            "reaction_time_ms": round(rng.uniform(300, 9000), 1),
            "shown_ms": 12.5,
            "input_device": "keyboard",
            "was_hidden": False,
            "screen": "1440x900@1",
            "n_dropped_frames": 0,
        }

    def _send(self, answer: dict[str, Any], *, is_timed: bool = True) -> None:
        failures = 0
        while True:
            began = time.perf_counter()
            try:
                status, reply = self._request("POST", "/api/exemplary/answers", json.dumps(answer).encode())
                if status == 200 and json.loads(reply).get("stored") is True:
                    break
                if status < 500:
                    raise SystemExit(f"An answer was refused with {status}: {reply[:200]!r}")
            except (OSError, http.client.HTTPException):
                pass
            failures += 1
            self.n_retries += 1
            time.sleep(RETRY_S[min(failures, len(RETRY_S)) - 1])
        if is_timed and not failures:
            self.waits_s.append(time.perf_counter() - began)

    def _request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=15)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()


class Mining(threading.Thread):
    """Mining jobs that write into the workspace one after another: the study's maxima, its centres, then ever more exemplars."""

    def __init__(self, workspace: Path) -> None:
        super().__init__(daemon=True)
        study = studies.choose_study(CatalogueReader(Workspace(workspace)))
        self._command = [sys.executable, "-m", "core.cli", "--workspace", str(workspace), "mine", "--network", study.network.name]
        self._command += ["--images", study.image_set.name]
        self._stopped = threading.Event()
        self._n_published = 0

    def run(self) -> None:
        jobs = itertools.chain(
            (["--reduction", "max"], ["--reduction", "centre"]),
            (["--reduction", "max", "--top", str(top)] for top in itertools.count(250, 50)),
        )
        while not self._stopped.is_set():
            job = subprocess.Popen([*self._command, *next(jobs)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while job.poll() is None and not self._stopped.wait(0.2):
                pass
            if job.poll() is None:
                job.terminate()
            self._n_published += job.wait() == 0

    def stop(self) -> int:
        """End the job under way and return how many were finished."""
        self._stopped.set()
        self.join()
        return self._n_published


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what was sent and stored, and print it."""
    with copy_of(arguments.workspace) as workspace:
        server = Dashboard(workspace)
        clients = _enrol(workspace, server.port, arguments)
        server.start()
        mining = Mining(workspace)
        mining.start()
        threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        _kill_in_between(server, clients, arguments.trials)
        for thread in threads:
            thread.join(arguments.limit_s)
        seconds = time.monotonic() - began
        n_published = mining.stop()
        server.stop()
        if any(thread.is_alive() for thread in threads):
            raise SystemExit(f"Clients still wait after {arguments.limit_s} s.")
        found = _compare(workspace, clients)
    waits = sorted(wait for client in clients for wait in client.waits_s)
    found |= {
        "median_ack_ms": statistics.median(waits) * 1e3,
        "p99_ack_ms": waits[int(0.99 * (len(waits) - 1))] * 1e3,
        "n_retries": sum(client.n_retries for client in clients),
        "seconds": seconds,
        "n_published": n_published,
    }
    stored = f"{found['n_stored']:,} of {found['n_sent']:,} answers stored, {found['n_lost']} lost, {found['n_doubled']} doubled"
    waited = f"{found['median_ack_ms']:.0f} ms (median; 99 %: {found['p99_ack_ms']:.0f} ms), {found['n_retries']} retries"
    print(
        f"load: {len(clients)} clients x {arguments.trials} trials in {seconds:.0f} s, the server killed {N_KILLS} times, mining all the "
        f"while ({n_published} jobs published): {stored}, {found['n_changed']} changed; acknowledged after {waited}"
    )
    return found


def _enrol(workspace: Path, port: int, arguments: argparse.Namespace) -> list[Client]:
    """Plan and store the sessions of all clients, and leave the store to the server."""
    place = Workspace(workspace)
    reader = CatalogueReader(place)
    study = studies.choose_study(reader)
    request = DesignRequest(conditions=("natural",), n_main=arguments.trials, n_practice=0, n_catch=0, feedback="none")
    design = build(reader, study, request)
    with ResponseStore(place) as store:
        begun = [sessions.begin(place, reader, store, study, design, Enrolment()) for _ in range(arguments.clients)]
        return [Client(one.session_id, store.trials(one.session_id), port, arguments.think_s) for one in begun]


def _kill_in_between(server: Dashboard, clients: list[Client], n_trials: int) -> None:
    """Kill the server when a quarter, half and three quarters of the answers were sent, each time in the middle of others."""
    for part in range(1, N_KILLS + 1):
        goal = len(clients) * n_trials * part // (N_KILLS + 1)
        while sum(len(client.sent) for client in clients) < goal:
            time.sleep(0.02)
        server.kill()
        server.start()


def _compare(workspace: Path, clients: list[Client]) -> dict[str, int]:
    """Return how many of the answers sent are stored as they were sent."""
    counts = dict.fromkeys(("n_sent", "n_stored", "n_lost", "n_doubled", "n_changed"), 0)
    with ResponseStore(Workspace(workspace)) as store:
        for client in clients:
            stored = store.responses(client.session_id)
            by_trial = {one.trial_index: one for one in stored}
            counts["n_sent"] += len(client.sent)
            counts["n_stored"] += len(stored)
            counts["n_doubled"] += len(stored) - len(by_trial)
            counts["n_lost"] += len(client.sent.keys() - by_trial.keys())
            for index, answer in client.sent.items():
                one = by_trial.get(index)
                same = ("response_key", "choice", "confidence", "reaction_time_ms")
                counts["n_changed"] += one is not None and any(getattr(one, name) != answer[name] for name in same)
    return counts
