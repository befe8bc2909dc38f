"""Draws the README's pictures, docs/images/pages: every page of a workspace's newest study, in both themes; `--only NAME ...` draws some.

    python docs/pictures.py --workspace workspace

It serves a copy of the workspace (images are linked, people's answers copied), takes part in it, and looks at it in headless Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from core.domain import Unit
from core.services import studies
from core.services.launching import app_command, app_environment
from core.services.units.unit_table import unit_table
from core.services.units.units import unit_view
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

ROOT: Final = Path(__file__).parents[1]
OUT: Final = ROOT / "docs" / "images" / "pages"
THEMES: Final = ("light", "dark")
WINDOW: Final = (1440, 900)
WIDTH_PX, QUALITY = 840, 62  # of a picture
PATIENCE_MS: Final = 180_000
STARTED_WITHIN_S: Final = 120
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARE_DRAWN: Final = """() => {
    const roots = [document];
    for (const root of roots) root.querySelectorAll("*").forEach((node) => node.shadowRoot && roots.push(node.shadowRoot));
    const seen = (node) => node.getBoundingClientRect().top < innerHeight && node.getBoundingClientRect().width > 0;
    const images = roots.flatMap((root) => [...root.querySelectorAll("img")]).filter(seen);
    const isStill = !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"], [data-testid="stSpinner"]');
    return isStill && images.every((one) => one.complete);
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A page: its address, what shows that it is drawn, and what is done before the picture is taken."""

    address: str
    drawn: str
    act: Callable[[Page], None] = lambda page: None


def main() -> None:
    """Draw the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    parser.add_argument("--unit", help="of the pictures of one unit; else one in the middle of those with synthetic images")
    parser.add_argument("--only", nargs="+", metavar="NAME")
    asked = parser.parse_args()
    shots = shots_of(Workspace(asked.workspace), asked.unit)
    chosen = asked.only or list(shots)
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(asked.workspace, Path(folder) / "workspace")
        with served(copy) as url:
            draw({name: shots[name] for name in chosen}, url)


def shots_of(workspace: Workspace, unit: str | None) -> dict[str, Shot]:
    """Return every page, with units and an image of the newest study."""
    reader = CatalogueReader(workspace)
    study = studies.choose_study(reader)
    table = unit_table(reader, study)
    rendered = [str(table.unit(int(row))) for row in table.is_rendered.nonzero()[0]]
    one = unit or rendered[len(rendered) // 2]
    other = rendered[len(rendered) // 3]
    layer, _, channel = one.partition(":")
    image = unit_view(reader, study, Unit(layer, int(channel)), n_exemplars=1).max_exemplars[0].address
    return {
        "overview": Shot("", "text=What to do next"),
        "wall": Shot("feature-maps", ".unit-grid .tile"),
        "unit": Shot(f"feature-maps?unit={one}", "text=Activation over all images"),
        "image": Shot(f"image?image={image}", ".unit-strip a"),
        "compare": Shot(f"compare?units={one},{other}", "text=Minimally activating"),
        "review": Shot("review", ".name-form", review),
        "self-test": Shot("self-test", "text=Start the self-test", trial),
        "results": Shot("results?answers=Observers", "text=Accuracy by condition"),
        "jobs": Shot("jobs", "h1"),
    }


def review(page: Page) -> None:
    """Say who one is, and answer a question."""
    page.locator('[data-field="name"]').fill("Ada")
    page.keyboard.press("Enter")
    page.locator(".questions").wait_for()
    page.keyboard.press("4")


def trial(page: Page) -> None:
    """Take part, as far as the first trial."""
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    page.locator('.stage[data-phase="instructions"]').wait_for()
    while page.locator('.stage[data-phase="instructions"]').count():
        page.keyboard.press("Enter")
        page.wait_for_timeout(600)
    page.locator('.stage[data-phase="announcement"]').wait_for()
    page.wait_for_timeout(1000)  # what comes before it is no press
    page.keyboard.press("Space")
    page.locator('.stage[data-phase="answering"]').wait_for()


def draw(shots: dict[str, Shot], url: str) -> None:
    """Write each picture in each theme."""
    browser_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for theme in THEMES:
            for name, shot in shots.items():
                context = browser.new_context(viewport={"width": WINDOW[0], "height": WINDOW[1]}, color_scheme=theme)  # type: ignore[arg-type]
                context.set_default_timeout(PATIENCE_MS)
                path = OUT / f"{name}-{theme}.webp"
                path.write_bytes(compressed(taken(context.new_page(), url, shot)))
                print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB", flush=True)
                context.close()


def taken(page: Page, url: str, shot: Shot) -> bytes:
    """Return the page as PNG, once nothing on it moves."""
    page.goto(f"{url}/{shot.address}")
    page.locator(shot.drawn).first.wait_for()
    shot.act(page)
    before, now = b"", b"-"
    while before != now:
        page.wait_for_timeout(1500)
        page.wait_for_function(ARE_DRAWN)
        before, now = now, page.screenshot(animations="disabled", caret="hide")
    return now


def compressed(png: bytes) -> bytes:
    """Return a picture small enough for a README."""
    with Image.open(io.BytesIO(png)) as found:
        small = found.convert("RGB").resize((WIDTH_PX, WIDTH_PX * found.height // found.width), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()


def copied(workspace: Path, copy: Path) -> Workspace:
    """Return a copy whose published files are links; what the dashboard writes is its own."""

    def link_or_copy(source: str, target: str) -> None:
        if Path(source).suffix in {".webp", ".png", ".parquet"}:
            with contextlib.suppress(OSError):  # another file system
                os.link(source, target)
                return
        shutil.copy2(source, target)

    shutil.copytree(workspace, copy, copy_function=link_or_copy)
    return Workspace(copy)


@contextlib.contextmanager
def served(workspace: Workspace) -> Iterator[str]:
    """Serve a workspace on a free port until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    url, command = f"http://localhost:{port}", app_command(port=port, address="localhost", headless=True)
    with subprocess.Popen(command, cwd=ROOT, env=app_environment(Settings(workspace.root)), stdout=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + STARTED_WITHIN_S
            while not is_up(url):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit("The dashboard did not start.")
                time.sleep(0.5)
            yield url
        finally:
            server.terminate()


def is_up(url: str) -> bool:
    """Return whether the dashboard answers."""
    with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
        return bool(urllib.request.urlopen(f"{url}/api/exemplary/health", timeout=2).status == 200)
    return False


if __name__ == "__main__":
    main()
