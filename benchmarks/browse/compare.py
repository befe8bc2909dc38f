"""Does the wall of units feel instant? First tiles, filter, sort, search, page turn, in headless Chromium; medians in milliseconds.

.venv/bin/python benchmarks/browse/compare.py --workspace WORKSPACE [--rounds 7] [--json FILE]

First visits are timed from the navigation, choices from the time stamp of the input event, both until every picture that the window shows
is decoded and its frame painted. The workspace is copied, its thumbnails left out, so that the first visit makes them; later visits are a
new browser without a cache. The reference is an app of Streamlit's with one heading, visited in the same run, round by round.
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

from serving import Dashboard, EmptyApp, browser_path, copy_of

WINDOW = {"width": 1440, "height": 900}
ALL = "feature-maps?rendered=false&guise=Natural"
EMPTY = Path(__file__).with_name("empty_app.py")
LIMIT_MS = 60_000
WARMING_S = 15  # the server reads scores of observers after its start, beside everything else
READING_MS = 1500  # between two actions

# Resolves with the time at which the tiles differ from `before`, their pictures are there and their frame is painted.
SETTLED = """
([before, limit]) => new Promise((resolve, reject) => {
  const within = (root) => {
    const found = root.querySelector(".unit-grid");
    if (found) return found;
    for (const one of root.querySelectorAll("*")) {
      const deeper = one.shadowRoot && within(one.shadowRoot);
      if (deeper) return deeper;
    }
    return null;
  };
  const told = () => {
    const tiles = [...(within(document)?.querySelectorAll(".tile[data-unit]") ?? [])];
    const shown = tiles.filter((one) => one.getBoundingClientRect().top < innerHeight);
    const blank = shown.flatMap((one) => [...one.querySelectorAll("img")]).filter((one) => !one.complete || !one.naturalWidth);
    return { units: tiles.map((one) => one.dataset.unit).join(), isWhole: tiles.length > 0 && blank.length === 0 };
  };
  const began = performance.now();
  const look = () => {
    const found = told();
    const done = () => resolve({ at: performance.timeOrigin + performance.now(), units: found.units, input: window.inputAt });
    if (found.isWhole && found.units !== before) return requestAnimationFrame(() => setTimeout(done));
    if (performance.now() - began > limit) return reject(new Error("nothing changed"));
    requestAnimationFrame(look);
  };
  look();
})
"""
NOTING_INPUT = """
for (const kind of ["pointerdown", "keydown", "input"])
  addEventListener(kind, (event) => { window.inputAt = performance.timeOrigin + event.timeStamp; }, true);
"""
HEADING = """
() => new Promise((resolve) => {
  const look = () => document.querySelector('[data-testid="stMain"] h1')
    ? requestAnimationFrame(() => setTimeout(() => resolve({ at: performance.timeOrigin + performance.now() })))
    : requestAnimationFrame(look);
  look();
})
"""


def main() -> None:
    """Measure and print."""
    arguments = _parser().parse_args()
    print(f"cores {os.cpu_count()}, load {os.getloadavg()[0]:.2f}")
    with copy_of(arguments.workspace) as workspace, sync_playwright() as playwright:
        shutil.rmtree(workspace / "thumbs", ignore_errors=True)
        dashboard, empty = Dashboard(workspace), EmptyApp(EMPTY, workspace)
        dashboard.start()
        empty.start()
        time.sleep(WARMING_S)
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"])
        try:
            found = measured(browser, dashboard.url, empty.url, arguments.rounds)
        finally:
            browser.close()
            dashboard.stop()
            empty.stop()
    medians = {name: round(statistics.median(times)) for name, times in found.items()}
    for name, times in found.items():
        print(f"{name:44} {medians[name]:6} ms  (of {len(times)}: {round(min(times))} to {round(max(times))})")
    ratio = medians["first tiles"] / medians["empty app: heading"]
    print(f"first tiles / heading of an empty app: {ratio:.2f}; load {os.getloadavg()[0]:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"medians_ms": medians, "all_ms": found}, indent=1) + "\n")


def measured(browser: Browser, url: str, empty_url: str, rounds: int) -> dict[str, list[float]]:
    """Return the times of everything, in ms, each round in a new window without a cache."""
    found: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        page = _window(browser)
        _arrive(page, empty_url)
        found.setdefault("empty app: heading", []).append(_heading(page))
        page.context.close()
        page = _window(browser)
        _arrive(page, f"{url}/{ALL}")
        first = _settled(page, "")["at"] - page.evaluate("performance.timeOrigin")
        found.setdefault("first tiles" if number else "first visit after a start", []).append(first)
        page.get_by_test_id("stMain").locator(".wall-host").wait_for()
        page.wait_for_timeout(READING_MS)
        for name, time_ms in (_steps(page) | _from_another_page(page)).items():
            found.setdefault(name, []).append(time_ms)
        page.context.close()
    return found


def _window(browser: Browser) -> Page:
    page = browser.new_context(viewport=WINDOW).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(LIMIT_MS)
    page.add_init_script(NOTING_INPUT)
    return page


def _arrive(page: Page, url: str) -> None:
    page.goto(url, wait_until="commit")


def _heading(page: Page) -> float:
    return float(page.evaluate(HEADING)["at"] - page.evaluate("performance.timeOrigin"))


def _steps(page: Page) -> dict[str, float]:
    """Turn a page, narrow, filter, search and sort, as a person would, one after the other; return the time of each."""
    search, sort = page.get_by_label("Search"), page.get_by_label("Sorted by")
    acts: dict[str, Callable[[], object]] = {
        "page turn": page.get_by_role("button", name="Next page").click,
        "branch by the map": page.get_by_role("button", name="mixed4b, branch 3x3").first.click,
        "branch by the map, all again": page.get_by_role("button", name="mixed4b, branch 3x3").first.click,
        "filter: with synthetic images": page.get_by_label("With synthetic").check,
        "filter: all again": page.get_by_label("With synthetic").uncheck,
        "search, from the last key": partial(search.press, "7"),
        "sort": partial(sort.select_option, "Lowest activation"),
    }
    return {name: _timed(page, act) for name, act in acts.items()}


def _from_another_page(page: Page) -> dict[str, float]:
    """Go to the overview and back by the navigation, where the browser and the session are warm; return the time to the tiles."""
    page.get_by_role("link", name="Overview").first.click()
    page.wait_for_function("() => !document.querySelector('.wall-host') && !location.pathname.includes('feature-maps')")
    page.wait_for_timeout(READING_MS)
    page.get_by_role("link", name="Feature maps").first.click()
    return {"tiles, from the overview": _lasted(_settled(page, ""))}


def _timed(page: Page, act: Callable[[], object]) -> float:
    page.wait_for_timeout(READING_MS)
    before = str(_settled(page, "")["units"])
    act()
    return _lasted(_settled(page, before))


def _lasted(settled: dict[str, Any]) -> float:
    return float(settled["at"] - settled["input"])


def _settled(page: Page, before: str) -> dict[str, Any]:
    return page.evaluate(SETTLED, [before, LIMIT_MS])  # type: ignore[no-any-return]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, default=Path("workspace"), help="with a study in it; it is copied (default: ./workspace)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    return parser


if __name__ == "__main__":
    main()
