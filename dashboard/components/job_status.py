"""Jobs of the workspace as they run: a bar each, refreshed by itself, with a way to stop them."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from core.jobs import watch
from core.store.workspace import Workspace

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
            st.progress(min(1.0, share), text=f"{job.name}: {job.label or 'starting'} ({job.done:,} of {job.total:,})")
            if st.button("Stop", key=f"{key}-{job.name}"):
                watch.cancel(workspace, job.name)

    draw()


def failed_jobs(workspace: Workspace) -> None:
    """Say why the most recent job did not end well, if it did not."""
    latest = next(iter(watch.statuses(workspace)), None)
    if latest is not None and latest.state in {"failed", "stopped"}:
        st.warning(f"The last job, {latest.name}, {latest.state}: {latest.label or 'its process ended'}. Starting it again resumes it.")


def wait_for_start(workspace: Workspace) -> None:
    """Return once a job is seen running, or after a few seconds without one."""
    deadline = time.monotonic() + START_TIMEOUT_S
    with st.spinner("Starting"):
        while not watch.running(workspace) and time.monotonic() < deadline:
            time.sleep(0.2)
