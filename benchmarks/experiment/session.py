"""A simulated participant takes a whole borowski2021-exp2 session by keyboard; what is exported is what was pressed.

The participant knows the plan (a function of design, number and seed), and so which query is right; the page does not tell. Pauses and the
frame around the right image are shortened by the design, nothing else is.
"""

from __future__ import annotations

import argparse
import csv
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
from core.services import sessions, studies
from core.services.design_requests import DesignRequest
from core.services.designs import build
from core.services.sessions import Enrolment
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
        rows = _exported(workspace)
    theirs = Counter((row["kind"], row["condition"], row["scheme"], row["proportion_correct"], row["confidence"]) for row in rows)
    ours = Counter(
        (trial.kind, trial.condition, trial.scheme, str(float(pressed[trial.index][0] == trial.correct)), str(pressed[trial.index][1]))
        for trial in trials
    )
    found = {"n_trials": len(rows), "n_ratings": n_given, "seconds": seconds, "agrees": theirs == ours}
    print(
        f"session: {len(rows)} of {len(trials)} trials and {n_given} ratings by keyboard in {seconds:.0f} s; the export has "
        f"{'the very answers that were pressed' if found['agrees'] else 'OTHER answers than were pressed'}, by kind, condition and scheme"
    )
    if not found["agrees"]:
        raise SystemExit(1)
    return found


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
    out = workspace / "export"
    command = [sys.executable, "-m", "core.cli", "--workspace", str(workspace), "export", "--format", "csv", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with next(out.glob("answers*.csv")).open(newline="") as file:
        return list(csv.DictReader(file))
