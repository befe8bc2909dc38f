"""A participant's window on one of the gallery's pages, and the fake server's memory of the session."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from playwright.sync_api import Page, expect

KEPT = """Object.entries(localStorage).filter(([name]) => name.startsWith('exemplary:')).map(([, text]) => JSON.parse(text))"""


class View:
    """One view of the gallery, opened with a session of its own."""

    def __init__(self, page: Page, url: str, view: str, **query: object) -> None:
        self.page, self.url = page, url
        self.session = f"{view}-{uuid.uuid4().hex[:8]}"
        words = "&".join(f"{name}={value}" for name, value in query.items())
        self.address = f"{url}/?view={view}&session={self.session}&{words}"

    def open(self, phase: str) -> View:
        """Open the page and wait for a phase of its stage."""
        self.page.goto(self.address)
        self.wait_for(phase)
        return self

    def wait_for(self, phase: str) -> None:
        self.page.wait_for_selector(f'.stage[data-phase="{phase}"]')

    def fail_with(self, *statuses: int) -> None:
        """Let the server answer with these before it stores anything."""
        self.page.request.post(f"{self.url}/test/control/{self.session}", data=json.dumps(statuses))

    def stored(self, n: int) -> list[dict[str, Any]]:
        """Return what is stored once there are n items: the browser does not wait for the server, so a test must."""
        deadline = time.monotonic() + 20
        while len(found := self._memory()["stored"]) < n and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        return list(found)

    def kept(self) -> list[dict[str, Any]]:
        """Return what the browser still keeps."""
        return list(self.page.evaluate(KEPT))

    def expect_finished(self) -> None:
        expect(self.page.get_by_text("finished 1 times")).to_be_visible(timeout=20_000)

    def _memory(self) -> dict[str, Any]:
        return dict(self.page.request.get(f"{self.url}/test/control/{self.session}").json())
