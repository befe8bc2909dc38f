"""A participant's window on the gallery's trial page, and the fake server's memory of the session."""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import Any

from playwright.sync_api import Page, expect

from core.design_spec import Feedback
from dashboard.participant_text import participant_text

TEXTS = participant_text("en")
ANSWERING = '.stage[data-phase="answering"]'
QUEUED = "Object.entries(localStorage).filter(([name]) => name.startsWith('exemplary:answer:')).map(([, text]) => JSON.parse(text))"


class Sitting:
    """A participant's window on the gallery's trial page, and the fake server's memory of the session."""

    def __init__(self, page: Page, url: str, *, feedback: Feedback = "none", **query: object) -> None:
        self.page, self.url = page, url
        self.session = f"{'plain' if feedback == 'none' else f'{feedback}-feedback'}-{uuid.uuid4().hex[:8]}"
        words = "&".join(f"{name}={value}" for name, value in query.items())
        self.address = f"{url}/?view=trial&session={self.session}&{words}"

    def open(self) -> Sitting:
        self.page.goto(self.address)
        return self

    def wait_for(self, trial: int) -> None:
        self.page.wait_for_selector(f'{ANSWERING}[data-trial="{trial}"]')

    def press(self, *keys: str, first: int = 0) -> None:
        """Answer one trial with every key, waiting for each trial."""
        for trial, key in enumerate(keys, start=first):
            self.wait_for(trial)
            self.page.keyboard.press(key)

    def fail_with(self, *statuses: int) -> None:
        self.page.request.post(f"{self.url}/test/control/{self.session}", data=json.dumps(statuses))

    def memory(self) -> dict[str, Any]:
        return dict(self.page.request.get(f"{self.url}/test/control/{self.session}").json())

    def stored(self, n: int) -> list[dict[str, Any]]:
        """Return the stored answers once there are n of them: the browser does not wait for the server, so a test must."""
        deadline = time.monotonic() + 20
        while len(answers := self.memory()["stored"]) < n and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        return list(answers)

    def queued(self) -> list[dict[str, Any]]:
        return list(self.page.evaluate(QUEUED))

    def expect_finished(self, answers: int) -> None:
        expect(self.page.get_by_text(re.compile(f"finished 1 times, {answers} answers"))).to_be_visible(timeout=20_000)
