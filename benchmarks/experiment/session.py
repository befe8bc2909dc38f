"""A simulated participant takes a whole borowski2021-exp2 session by keyboard; what is exported is what was pressed.

The participant knows the plan (a function of design, number and seed), and so which query is right; the page does not tell. Pauses and the
frame around the right image are shortened by the design, nothing else is.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from serving import ROOT, Dashboard, browser_path, copy_of
from taking import SHORTLY_MS, rate, reach

from core.experiment import RatingTask, Trial
from core.psychophysics.simulation import SimulatedParticipant, respond
from core.services import studies
from core.services.experiment import sessions
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.services.experiment.sessions import Enrolment
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

PRESET = "borowski2021-exp2"
PATIENCE_MS = 30_000
PERSON = SimulatedParticipant(abilities=(("natural", 0.9), ("synthetic", 0.7)), lapse=0.0)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what was pressed and what came out, and print whether they agree."""
    with copy_of(arguments.workspace) as workspace:
        session_id, trials, tasks = _enrol(workspace)
        pressed, rated = _intentions(trials, tasks, arguments.seed)
        server = Dashboard(workspace)
        server.start()
        try:
            began = time.monotonic()
            n_given = _take(server, session_id, pressed, rated)
            seconds = time.monotonic() - began
        finally:
            server.stop()
        rows, accuracy = _exported(workspace), _read_back(workspace)
    came_out = Counter(
        (row["kind"], row["condition"], row["scheme"], float(row["proportion_correct"]) == 1, int(row["confidence"])) for row in rows
    )
    went_in = Counter(
        (trial.kind, trial.condition, trial.scheme, pressed[trial.index][0] == trial.correct, pressed[trial.index][1]) for trial in trials
    )
    expected = _accuracy(trials, pressed)
    agrees = came_out == went_in and accuracy == expected
    which = "the very answers that were pressed" if came_out == went_in else "OTHER answers than were pressed"
    print(
        f"session: {len(rows)} of {len(trials)} trials and {n_given} ratings by keyboard in {seconds:.0f} s; the export has {which}, by "
        f"kind, condition and scheme; read back as an answer set it gives accuracies {accuracy}, pressed were {expected}"
    )
    if not agrees:
        raise SystemExit(1)
    return {"n_trials": len(rows), "n_ratings": n_given, "seconds": seconds, "accuracy": accuracy}


def _accuracy(trials: tuple[Trial, ...], pressed: dict[int, tuple[str, int]]) -> dict[str, float]:
    """Return the proportion correct of each condition's main trials, as they were pressed."""
    main = [(trial.condition, pressed[trial.index][0] == trial.correct) for trial in trials if trial.kind == "main"]
    return {of: round(float(np.mean([right for condition, right in main if condition == of])), 12) for of in ("natural", "synthetic")}


def _enrol(workspace: Path) -> tuple[str, tuple[Trial, ...], tuple[RatingTask, ...]]:
    place = Workspace(workspace)
    reader = CatalogueReader(place)
    study = studies.choose_study(reader)
    design = replace(build(reader, study, DesignRequest(preset=PRESET)), pause_ms=20, feedback_ms=20)
    with ResponseStore(place) as store:
        session = sessions.begin(place, reader, store, study, design, Enrolment(expertise="expert"))
        where = sessions.where(store, session.session_id)
        return session.session_id, where.trials, where.rating_tasks


def _intentions(
    trials: tuple[Trial, ...], tasks: tuple[RatingTask, ...], seed: int
) -> tuple[dict[int, tuple[str, int]], dict[tuple[str, int], int]]:
    """Return the choice and confidence of every trial, and the rating of every task."""
    rng = np.random.default_rng(seed)
    answers = {trial.index: respond(trial, PERSON, rng, now=datetime.now(UTC)) for trial in trials}
    pressed = {index: (answer.choice, int(answer.confidence)) for index, answer in answers.items()}
    return pressed, {(task.moment, task.place): int(rng.integers(-100, 101)) for task in tasks}


def _take(server: Dashboard, session_id: str, pressed: dict[int, tuple[str, int]], rated: dict[tuple[str, int], int]) -> int:
    """Take the whole session; return the number of ratings given."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{server.url}/self-test?session={session_id}")
        done: set[str] = set()
        n_ratings = 0
        while (found := reach(page))["phase"] != "end":
            if found["phase"] == "rating":
                moment = "begin" if not done else "end"
                rate(page, rated[moment, int(found["place"])], found["place"])
                n_ratings += 1
            elif found["trial"] not in done:
                done.add(found["trial"])
                _answer(page, *pressed[int(found["trial"])])
            else:
                page.wait_for_timeout(SHORTLY_MS)
        browser.close()
        return n_ratings


def _answer(page: Page, choice: str, confidence: int) -> None:
    page.keyboard.press(f"Digit{confidence + (3 if choice == 'bottom' else 0)}")


def _exported(workspace: Path) -> list[dict[str, str]]:
    """Return the rows of `exemplary export --format csv`."""
    _command(workspace, "export", "--format", "csv", "--out", str(workspace / "export"))
    with (workspace / "export" / "answers.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _read_back(workspace: Path) -> dict[str, float]:
    """Return each condition's accuracy from the export in the authors' columns, imported as an answer set."""
    _command(workspace, "export", "--format", "borowski2021", "--out", str(workspace / "theirs"))
    files = sorted(map(str, (workspace / "theirs").rglob("*.csv")))
    _command(workspace, "import", *files, "--name", "back")
    found = json.loads(_command(workspace, "results", "--answers", "back", "--json"))
    return {condition: round(value["mean"], 12) for condition, value in found["results"]["accuracy"].items()}


def _command(workspace: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "core.cli", "--workspace", str(workspace), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"`exemplary {' '.join(arguments)}` failed: {done.stderr}")
    return done.stdout
