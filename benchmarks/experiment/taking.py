"""Taking part by keyboard: going through whatever stands before the next trial or rating."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page

PHASE = """() => {
  const roots = [document, ...Array.from(document.querySelectorAll('*'), (node) => node.shadowRoot).filter(Boolean)];
  const stage = roots.map((root) => root.querySelector('.stage[data-phase]')).find(Boolean);
  if (!stage) return { phase: document.querySelector('[data-testid="stMetric"]') ? 'end' : 'none' };
  return { phase: stage.dataset.phase, trial: stage.dataset.trial, place: stage.dataset.place };
}"""
WAITS_FOR_A_KEY = {"instructions": "Enter", "announcement": "Space", "explaining": "Space"}
SHORTLY_MS = 40
PATIENCE_S = 60


def reach(page: Page) -> dict[str, Any]:
    """Return the stage's next phase that takes an answer: "answering" with its trial, "rating" with its place, or "end"."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found: dict[str, Any] = page.evaluate(PHASE)
        if found["phase"] in ("answering", "rating", "end"):
            return found
        if found["phase"] in WAITS_FOR_A_KEY:
            page.keyboard.press(WAITS_FOR_A_KEY[found["phase"]])
        page.wait_for_timeout(SHORTLY_MS)
    raise SystemExit(f"Nothing to answer came within {PATIENCE_S} s; the stage is in phase {found['phase']!r}.")


def reach_trial(page: Page, index: int) -> None:
    """Return when this trial takes answers."""
    while reach(page).get("trial") != str(index):
        page.wait_for_timeout(SHORTLY_MS)


def rate(page: Page, rating: int, place: str) -> None:
    """Move the slider, which has the focus, to a rating, and give it."""
    page.keyboard.press("Home")
    for key, times in (("PageUp", (rating + 100) // 20), ("ArrowRight", (rating + 100) % 20)):
        for _ in range(times):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_function(f"(found) => {{ const now = ({PHASE})(); return now.phase !== 'rating' || now.place !== '{place}'; }}")
