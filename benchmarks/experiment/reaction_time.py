"""The clock: what a session stores as reaction time, against a watch of our own in the page; and the gap between two trials.

The watch does not know the component: it sees in the document that a trial's images were revealed, waits two animation frames of its own
(the first holds the change, at the second it has been handed to the screen), and notes the time stamp of every trusted key event. The key
is pressed through the browser's own input, so many milliseconds after that; the error is the stored reaction time minus the watch's.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from serving import Dashboard, browser_path, copy_of
from taking import reach_trial

from core.services import studies
from core.services.experiment import sessions
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.services.experiment.sessions import Enrolment
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

DELAYS_MS = (200, 3000)
PATIENCE_MS = 30_000
WATCH = """
window.watch = { onsets: {}, keys: {}, trial: null };
const attach = Element.prototype.attachShadow;
const look = (root) => {
  const shown = root.querySelector?.('.stage[data-trial] .columns.revealed');
  const trial = shown?.closest('.stage').dataset.trial;
  if (trial === undefined || trial in window.watch.onsets || window.watch.pending === trial) return;
  window.watch.pending = trial;
  requestAnimationFrame(() => requestAnimationFrame((time) => {
    window.watch.onsets[trial] = time;
    window.watch.trial = trial;
  }));
};
const observe = (root) => new MutationObserver(() => look(root)).observe(root, { subtree: true, attributes: true, childList: true });
Element.prototype.attachShadow = function (init) {
  const root = attach.call(this, init);
  observe(root);
  return root;
};
document.addEventListener('DOMContentLoaded', () => observe(document.documentElement));
window.addEventListener('keydown', (event) => {
  if (event.isTrusted && /^Digit[1-6]$/.test(event.code) && window.watch.trial !== null) {
    window.watch.keys[window.watch.trial] ??= event.timeStamp;
  }
}, true);
"""


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return errors and gaps in milliseconds, and print them."""
    with copy_of(arguments.workspace) as workspace:
        session_id, n_trials = _plan(workspace, arguments.presses)
        server = Dashboard(workspace)
        server.start()
        try:
            watched = _press(server, session_id, n_trials, seed=arguments.seed)
        finally:
            server.stop()
        with ResponseStore(Workspace(workspace)) as store:
            stored = {one.trial_index: one.reaction_time_ms for one in store.responses(session_id)}
            blocks = {trial.index: trial.block for trial in store.trials(session_id)}
    onsets, keys = ({int(trial): time for trial, time in watched[name].items()} for name in ("onsets", "keys"))
    errors = sorted(stored[trial] - (keys[trial] - onsets[trial]) for trial in stored)
    gaps = sorted(onsets[trial + 1] - keys[trial] for trial in keys if blocks.get(trial + 1) == blocks[trial])
    sizes = sorted(map(abs, errors))
    found = {
        "n_presses": len(errors),
        "median_error_ms": statistics.median(sizes),
        "p99_error_ms": sizes[int(0.99 * (len(sizes) - 1))],
        "mean_signed_error_ms": statistics.fmean(errors),
        "n_gaps": len(gaps),
        "median_gap_ms": statistics.median(gaps),
        "p99_gap_ms": gaps[int(0.99 * (len(gaps) - 1))],
    }
    print(
        f"reaction time: {len(errors)} presses {DELAYS_MS[0]} to {DELAYS_MS[1]} ms after onset: error {found['median_error_ms']:.1f} ms "
        f"(median), {found['p99_error_ms']:.1f} ms (99 %), {found['mean_signed_error_ms']:+.2f} ms on average; from a key to the next "
        f"trial's first frame {found['median_gap_ms']:.0f} ms (median of {len(gaps)}; 99 %: {found['p99_gap_ms']:.0f} ms)"
    )
    return found


def _plan(workspace: Path, n_presses: int) -> tuple[str, int]:
    """Store a session of so many trials without feedback or pauses."""
    place = Workspace(workspace)
    reader = CatalogueReader(place)
    study = studies.choose_study(reader)
    design = build(
        reader, study, DesignRequest(conditions=("natural",), n_main=n_presses, n_practice=0, n_catch=0, feedback="none", pause_ms=0)
    )
    with ResponseStore(place) as store:
        session = sessions.begin(place, reader, store, study, design, Enrolment())
        return session.session_id, len(store.trials(session.session_id))


def _press(server: Dashboard, session_id: str, n_trials: int, *, seed: int) -> dict[str, dict[str, float]]:
    rng = random.Random(seed)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(WATCH)
        page.goto(f"{server.url}/self-test?session={session_id}")
        for number in range(n_trials):
            reach_trial(page, number)
            page.wait_for_function(f"window.watch.trial === '{number}'")
            waited = page.evaluate("performance.now() - window.watch.onsets[window.watch.trial]")
            time.sleep(max(0.0, rng.uniform(*DELAYS_MS) - waited) / 1000)
            page.keyboard.press(f"Digit{rng.randint(1, 6)}")
        page.wait_for_selector(".stage", state="detached")  # the session's end
        watched: dict[str, dict[str, float]] = page.evaluate("window.watch")
        browser.close()
        return watched
