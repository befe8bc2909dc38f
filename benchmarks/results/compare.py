"""How fast the results of 1,000,000 answers are there, and follow a new one, as ratios measured in one run.

.venv/bin/python benchmarks/results/compare.py cold     a new process: open, read, infer; against one record a row on a tenth of the answers
.venv/bin/python benchmarks/results/compare.py live     after one new answer, stored as the dashboard stores it: read it, infer
.venv/bin/python benchmarks/results/compare.py all      both, with peak memory
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from subject import STIMULI, STUDY, fill, layers


def main() -> None:
    """Run what was asked for, or a part of it in a process of its own."""
    arguments = _parser().parse_args()
    if arguments.part:
        print(json.dumps(PARTS[arguments.part](arguments.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        from core.store.workspace import Workspace

        print(f"{arguments.participants:,} participants x {arguments.trials} trials; load {os.getloadavg()[0]:.2f}", flush=True)
        whole, tenth = Path(folder, "whole"), Path(folder, "tenth")
        fill(Workspace(whole), n_participants=arguments.participants, n_trials=arguments.trials)
        found: dict[str, Any] = {}
        if arguments.command in ("cold", "all"):
            fill(Workspace(tenth), n_participants=max(1, arguments.participants // 10), n_trials=arguments.trials)
            found["cold"] = [_part("cold", whole) for _ in range(arguments.rounds)]
            found["records of a tenth"] = [_part("records", tenth) for _ in range(arguments.rounds)]
            _say_cold(found["cold"], found["records of a tenth"])
        if arguments.command in ("live", "all"):
            found["live"] = _part("live", whole)
            _say_live(found["live"])
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1) + "\n")


def cold(folder: Path) -> dict[str, float]:
    """Return the seconds of opening, reading and inferring, and how much memory that took above the imports."""
    from core.inference import results
    from core.inference.answer_table import table_of
    from core.store.responses import ResponseStore
    from core.store.workspace import Workspace

    results(table_of([]))
    before, began, cpu = _peak_mb(), time.perf_counter(), time.process_time()
    with ResponseStore(Workspace(folder)) as store:
        opened = time.perf_counter()
        table = store.columns(STUDY, STIMULI, layers()).table
        read = time.perf_counter()
        found = results(table)
        inferred, cpu = time.perf_counter(), time.process_time() - cpu
    assert found.n_answers == len(table)
    return {"all": inferred - began, "read": read - opened, "infer": inferred - read, "cpu": cpu, "mb": _peak_mb() - before}


def records(folder: Path) -> dict[str, float]:
    """Return the seconds of the same by one record for each row."""
    from core.inference import results
    from core.inference.answer_table import table_of
    from core.services.answers.people import with_branches
    from core.store.responses import ResponseStore
    from core.store.workspace import Workspace

    results(table_of([]))
    began = time.perf_counter()
    with ResponseStore(Workspace(folder)) as store:
        answers = with_branches(store.answers(STUDY, STIMULI), layers())
        read = time.perf_counter()
        results(answers)
    return {"all": time.perf_counter() - began, "read": read - began, "n": len(answers)}


def live(folder: Path, n_new: int = 12) -> dict[str, Any]:
    """Return the seconds from each new answer's being stored to the results with it, of answers of several participants."""
    from core.inference import Scope, results
    from core.services.results.live_results import LiveStudy
    from core.store.responses import ResponseStore
    from core.store.workspace import Workspace

    network = SimpleNamespace(all_layers=layers())
    study: Any = SimpleNamespace(key=STUDY, stimuli_digest=STIMULI, network=network)
    with ResponseStore(Workspace(folder)) as store:
        cursor = store._connection.cursor()
        taken = cursor.execute("SELECT session_id, trial_index FROM responses ORDER BY answered_at DESC LIMIT ?", [n_new]).fetchall()
        rows = [
            cursor.execute("SELECT * FROM responses WHERE session_id = ? AND trial_index = ?", list(one)).fetchall()[0] for one in taken
        ]
        for one in taken:
            cursor.execute("DELETE FROM responses WHERE session_id = ? AND trial_index = ?", list(one))
        cursor.execute("CHECKPOINT")
        kept = LiveStudy(store, study)
        kept.results(Scope())
        seconds, polls, cpus = [], [], []
        for row in reversed(rows):
            cursor.execute(f"INSERT INTO responses VALUES ({', '.join('?' * len(row))})", list(row))
            began, cpu = time.perf_counter(), time.process_time()
            found = kept.results(Scope())
            seconds.append(time.perf_counter() - began)
            cpus.append(time.process_time() - cpu)
            began = time.perf_counter()
            store.n_changes(STUDY)
            polls.append(time.perf_counter() - began)
        assert found == results(kept.table())
    return {"seconds": seconds, "cpu": cpus, "polls": polls, "mb": _peak_mb()}


PARTS = {"cold": cold, "records": records, "live": live}


def _part(name: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "all", "--part", name, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _say_cold(found: list[dict[str, float]], reference: list[dict[str, float]]) -> None:
    median = {name: statistics.median(one[name] for one in found) for name in found[0]}
    slow = statistics.median(one["all"] for one in reference)
    parts = f"read {median['read']:.2f}, infer {median['infer']:.2f}; CPU {median['cpu']:.2f}"
    print(f"cold: {median['all']:.2f} s ({parts}), {median['mb']:,.0f} MB above the imports")
    print(f"one record a row, {reference[0]['n']:,.0f} answers: {slow:.2f} s; ratio to all answers as columns {slow / median['all']:.2f}")


def _say_live(found: dict[str, Any]) -> None:
    seconds, polls = sorted(found["seconds"]), statistics.median(found["polls"])
    cpu = statistics.median(found["cpu"])
    print(
        f"after one new answer: {statistics.median(seconds):.3f} s (median; CPU {cpu:.3f}), {seconds[-1]:.3f} s at most of {len(seconds)}"
    )
    print(f"asking whether anything is new: {1000 * polls:.1f} ms; peak of the process {found['mb']:,.0f} MB")


def _peak_mb() -> float:
    """Return the peak of this process's memory; what `getrusage` says begins with that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["cold", "live", "all"])
    parser.add_argument("--participants", type=int, default=2000)
    parser.add_argument("--trials", type=int, default=500, help="of each participant")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
