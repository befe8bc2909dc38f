"""Jobs of the workspace as they run: a bar each, refreshed by itself, with a way to stop them."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.jobs import watch
from core.store.workspace import Workspace
from dashboard import text

START_TIMEOUT_S: Final = 8.0
REFRESH_S: Final = 1.0


def live_jobs(workspace: Workspace, *, key: str) -> None:
    """Draw the running jobs, every second; when the last one ends, the page is drawn anew."""

    @st.fragment(run_every=REFRESH_S)
    def draw() -> None:
        running = watch.running(workspace)
        if not running:
            st.rerun()
        for job in running:
            share = job.done / job.total if job.total else 0.0
            st.progress(min(1.0, share), text=_progress(job))
            if st.button(text.STOP, key=f"{key}-{job.name}"):
                watch.cancel(workspace, job.name)

    draw()


def failed_jobs(workspace: Workspace) -> None:
    """Say why the most recent job did not end well, if it did not."""
    latest = next(iter(watch.statuses(workspace)), None)
    if latest is not None and latest.state in {"failed", "stopped"}:
        st.warning(text.JOB_FAILED.format(name=latest.name, state=latest.state, label=latest.label or text.JOB_ENDED))


def wait_for_start(workspace: Workspace) -> None:
    """Return once a job is seen running, or after a few seconds without one."""
    deadline = time.monotonic() + START_TIMEOUT_S
    with st.spinner(text.STARTING):
        while not watch.running(workspace) and time.monotonic() < deadline:
            time.sleep(0.2)


def _progress(job: watch.JobStatus) -> str:
    return text.JOB_PROGRESS.format(name=job.name, label=job.label or text.JOB_STARTING, done=job.done, total=job.total)
