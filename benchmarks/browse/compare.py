"""Does the wall of units feel instant? First tiles, filter change, sorting, page turn, in headless Chromium; medians in milliseconds.

.venv/bin/python benchmarks/browse/compare.py --workspace WORKSPACE [--rounds 7] [--json FILE]

Each time is from the input event (or the navigation) until every picture that the window shows is decoded and painted. The workspace is
copied, its thumbnails left out, so that the first visit makes them; later visits are a new browser without a cache.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "experiment"))

from serving import Dashboard, browser_path, copy_of

WINDOW = {"width": 1440, "height": 900}
ALL = "feature-maps?rendered=false&guise=Natural"
LIMIT_MS = 60_000
WARMING_S = 15  # the server reads scores of observers after its start, beside everything else
READING_MS = 1500  # between two actions

# Resolves with the time at which the count or the first tile differs from `before` and all visible pictures are painted.
SETTLED = """
([before, limit]) => new Promise((resolve, reject) => {
  const told = () => {
    const hosts = [...document.querySelectorAll("*")].filter((one) => one.shadowRoot);
    const root = hosts.map((one) => one.shadowRoot.querySelector(".unit-grid")).find(Boolean) ?? document.querySelector(".unit-grid");
    const tiles = root ? [...root.querySelectorAll(".tile")] : [];
    const shown = tiles.filter((one) => one.getBoundingClientRect().top < innerHeight);
    const blank = shown.flatMap((one) => [...one.querySelectorAll("img")]).filter((one) => !one.complete || !one.naturalWidth);
    return { units: tiles.map((one) => one.dataset.unit).join(), isWhole: tiles.length > 0 && blank.length === 0 };
  };
  const began = performance.now();
  const look = () => {
    const found = told();
    if (found.isWhole && found.units !== before) {
      return requestAnimationFrame(() => resolve({ at: performance.timeOrigin + performance.now(), units: found.units }));
    }
    if (performance.now() - began > limit) return reject(new Error("nothing changed"));
    requestAnimationFrame(look);
  };
  look();
})
"""


def main() -> None:
    """Measure and print."""
    arguments = _parser().parse_args()
    print(f"cores {os.cpu_count()}, load {os.getloadavg()[0]:.2f}")
    with copy_of(arguments.workspace) as workspace, sync_playwright() as playwright:
        shutil.rmtree(workspace / "thumbs", ignore_errors=True)
        dashboard = Dashboard(workspace)
        dashboard.start()
        time.sleep(WARMING_S)
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"])
        try:
            found = measured(browser, dashboard.url, arguments.rounds)
        finally:
            browser.close()
            dashboard.stop()
    medians = {name: round(statistics.median(times)) for name, times in found.items()}
    for name, times in found.items():
        print(f"{name:34} {medians[name]:6} ms  (of {len(times)}: {round(min(times))} to {round(max(times))})")
    if arguments.json:
        arguments.json.write_text(json.dumps({"medians_ms": medians, "all_ms": found}, indent=1) + "\n")


def measured(browser: Browser, url: str, rounds: int) -> dict[str, list[float]]:
    """Return the times of everything, in ms, each round in a new window without a cache."""
    found: dict[str, list[float]] = {"first visit after a start": [], "first tiles": [], "branch by the map": [], "sort": []}
    found |= {"page turn": [], "search": []}
    for number in range(rounds + 1):
        page = browser.new_context(viewport=WINDOW).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(LIMIT_MS)
        first = _timed(page, "", partial(page.goto, f"{url}/{ALL}", wait_until="commit"))
        found["first tiles" if number else "first visit after a start"].append(first)
        page.wait_for_timeout(READING_MS)
        for name, time_ms in _steps(page).items():
            found[name].append(time_ms)
        page.context.close()
    return found


def _steps(page: Page) -> dict[str, float]:
    """Turn a page, narrow, search and sort, as a person would, one after the other; return the time of each."""
    search, found = page.get_by_label("Search"), {}
    found["page turn"] = _timed(page, _units(page), page.get_by_test_id("stPaginationNext").click)
    page.wait_for_timeout(READING_MS)
    place = page.get_by_role("button", name="mixed4b, branch 3x3").first
    found["branch by the map"] = _timed(page, _units(page), place.click)
    page.wait_for_timeout(READING_MS)
    search.fill("12")
    found["search"] = _timed(page, _units(page), partial(search.press, "Enter"))
    page.wait_for_timeout(READING_MS)
    page.get_by_role("combobox", name="Sorted by").click()
    option = page.get_by_role("option", name="Lowest activation", exact=True)
    option.wait_for()
    found["sort"] = _timed(page, _units(page), option.click)
    return found


def _timed(page: Page, before: str, act: Callable[[], object]) -> float:
    began = time.time() * 1000
    act()
    return float(_settled(page, before)["at"]) - began


def _units(page: Page) -> str:
    return str(_settled(page, "")["units"])


def _settled(page: Page, before: str) -> dict[str, Any]:
    page.wait_for_selector(".unit-grid")
    return page.evaluate(SETTLED, [before, LIMIT_MS])  # type: ignore[no-any-return]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, default=Path("workspace"), help="with a study in it; it is copied (default: ./workspace)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    return parser


if __name__ == "__main__":
    main()
