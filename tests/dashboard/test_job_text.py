"""What is said of jobs: names that people typed are shown as they are."""

from __future__ import annotations

from datetime import UTC, datetime

from core.jobs.launch import Launched
from core.jobs.started import Asked
from dashboard import job_text

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_typed_names_are_no_markdown() -> None:
    """What a job is about, its study and who asked for it never become links, images or colours."""
    asked = Asked(("mine",), "mine [a](http://b) :red[c]", "my_net/*set*", "**ada**", NOW)
    job = Launched(3, asked, "running", None, None, None, None, None)
    assert job_text.title(job) == r"Job 3 · mine \[a\]\(http\://b\) \:red\[c\]"
    assert job_text.facts(job) == r"my\_net/\*set\* · 2026-01-02 03:04 UTC · by \*\*ada\*\*"
