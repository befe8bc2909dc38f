"""Jobs as they run, refreshed by themselves; jobs that have ended; their logs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import NotAllowed, StoreBusy
from core.jobs import launch, watch
from core.jobs.launch import Launched
from core.jobs.watch import JobStatus
from core.services.jobs.job_words import command_of, progress_line
from core.store.workspace import Workspace
from dashboard import access, job_text, state, text
from dashboard.review_text import as_written

REFRESH_S: Final = 2.0
MENDABLE: Final = ("stopped", "interrupted", "failed")


def live_jobs(workspace: Workspace, *, key: str, by: str | None, may_stop: bool, only: Collection[int] | None = None) -> bool:
    """Draw what runs and waits now, every two seconds; when one ends, the page is drawn anew. Return whether there was anything.

    `only`: the numbers of the started jobs to draw, and nothing else.
    """

    def at_work() -> tuple[Sequence[Launched], Sequence[JobStatus]]:
        jobs = [one for one in reversed(launch.alive(workspace)) if only is None or one.number in only]
        return jobs, launch.elsewhere(workspace) if only is None else ()

    jobs_then, others_then = at_work()
    shown, others = {one.number for one in jobs_then}, {one.name for one in others_then}
    if not shown and not others:
        return False

    @st.fragment(run_every=REFRESH_S)
    def draw() -> None:
        if may_stop and not access.may("run_jobs"):  # the log-in is over
            st.rerun()
        jobs, elsewhere = at_work()
        if shown - {one.number for one in jobs} or others - {one.name for one in elsewhere}:
            st.rerun()
        for job in jobs:
            _live(workspace, job, key=key, by=by, may_stop=may_stop)
        for one in elsewhere:
            _other(workspace, one, key=key, may_stop=may_stop)

    draw()
    return True


def ended_jobs(workspace: Workspace, jobs: Sequence[Launched], *, key: str, by: str | None) -> None:
    """Draw jobs that have ended, a row each, with their logs and the way to go on with those that did not finish."""
    for job in jobs:
        with _row(job, " · ".join(part for part in (job_text.facts(job), as_written(why(job))) if part)):
            if job.state in MENDABLE and st.button(job_text.AGAIN, key=f"{key}-again-{job.number}", help=job_text.AGAIN_HELP):
                start(workspace, job.asked.arguments, about=job.asked.about, study=job.asked.study, by=by, expected_s=job.asked.expected_s)
            _log_button(workspace, job, key=key)


def start(
    workspace: Workspace, arguments: Sequence[str], *, about: str, study: str = "", by: str | None, expected_s: float | None = None
) -> None:
    """Start a job and draw the page anew; where the very same works already, or one may not, say so."""
    try:
        access.require("run_jobs")
        number = launch.launch(workspace, arguments, about=about, study=study, asked_by=by, expected_s=expected_s)
    except (StoreBusy, NotAllowed) as error:
        st.warning(str(error))
        return
    st.session_state[state.JOB_STARTED] = number
    st.rerun()


def last_failure(workspace: Workspace) -> None:
    """Say why the most recent job did not end well, if it did not."""
    started = next(iter(launch.launches(workspace, most=1)), None)
    latest = next(iter(watch.statuses(workspace)), None)
    if started is not None and started.last is not None and (latest is None or started.last.at >= latest.updated_at):
        if started.state in MENDABLE:
            st.warning(
                text.JOB_FAILED.format(name=job_text.title(started), state=job_text.STATES[started.state], label=as_written(why(started)))
            )
    elif latest is not None and latest.state in {"failed", "stopped"}:
        st.warning(
            text.JOB_FAILED.format(name=as_written(latest.name), state=latest.state, label=as_written(latest.label or text.JOB_ENDED))
        )


def tell_started() -> None:
    """Say once that a job was started."""
    number = st.session_state.pop(state.JOB_STARTED, None)
    if number is not None:
        st.toast(job_text.STARTED.format(number=number))


def why(job: Launched) -> str:
    """Return why a job did not end well; nothing where it did, or works still."""
    if job.state == "interrupted":
        return job_text.INTERRUPTED
    return (progress_line(job) or text.JOB_ENDED) if job.state in ("failed", "stopped") else ""


def _live(workspace: Workspace, job: Launched, *, key: str, by: str | None, may_stop: bool) -> None:
    with st.container(border=True):
        with _row(job, job_text.facts(job)):
            if may_stop:
                _stop(workspace, job, key=key, by=by)
                _log_button(workspace, job, key=key)
        last = job.last
        share = last.done / last.total if job.state == "running" and last is not None and last.total else 0.0
        st.progress(min(1.0, share), text=as_written(progress_line(job)) or text.JOB_STARTING)


def _row(job: Launched, details: str) -> DeltaGenerator:
    """Draw which job this is and return the place of its buttons, at the right of the same line."""
    row = st.container(horizontal=True, vertical_alignment="center")
    heading = f"**{job_text.title(job)}** :{job_text.STATE_COLOURS[job.state]}-badge[{job_text.STATES[job.state]}]"
    row.markdown(f"{heading}  \n:small[:gray[{details}]]", width="stretch")
    return row


def _stop(workspace: Workspace, job: Launched, *, key: str, by: str | None) -> None:
    if job.stop_asked_at is None:
        name, asking = f"{key}-stop-{job.number}", (workspace, job.number, by)
        st.button(job_text.STOP, key=name, help=job_text.STOP_HELP, on_click=_ask_to_stop, args=asking)
    elif not job.can_be_killed:
        st.button(job_text.STOPPING, key=f"{key}-stopping-{job.number}", disabled=True)
    else:
        name, killing = f"{key}-kill-{job.number}", (workspace, job.number)
        st.button(job_text.KILL, key=name, help=job_text.KILL_HELP, type="primary", on_click=_kill, args=killing)


def _ask_to_stop(workspace: Workspace, number: int, by: str | None) -> None:
    if access.may("run_jobs"):
        launch.stop(workspace, number, asked_by=by)


def _kill(workspace: Workspace, number: int) -> None:
    if access.may("run_jobs"):
        launch.kill(workspace, number)


def _cancel(workspace: Workspace, name: str) -> None:
    if access.may("run_jobs"):
        watch.cancel(workspace, name)


def _other(workspace: Workspace, job: JobStatus, *, key: str, may_stop: bool) -> None:
    with st.container(border=True):
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(f"**{job_text.ELSEWHERE.format(name=as_written(job.name))}**", width="stretch")
        if may_stop:
            name = f"{key}-stop-{job.name}"
            row.button(job_text.STOP, key=name, help=job_text.STOP_HELP, on_click=_cancel, args=(workspace, job.name))
        share = job.done / job.total if job.total else 0.0
        st.progress(
            min(1.0, share), text=text.JOB_PROGRESS.format(label=as_written(job.label or text.JOB_STARTING), done=job.done, total=job.total)
        )


def _log_button(workspace: Workspace, job: Launched, *, key: str) -> None:
    if st.button(job_text.LOG, key=f"{key}-log-{job.number}"):
        _log(workspace, job)


def _log(workspace: Workspace, job: Launched) -> None:
    @st.dialog(job_text.title(job), width="large")
    def draw() -> None:
        st.code(command_of(job.asked.arguments), language="bash", wrap_lines=True)

        @st.fragment(run_every=REFRESH_S if job.is_alive else None)
        def lines() -> None:
            access.require("run_jobs")
            st.code(launch.log_of(workspace, job.number) or job_text.LOG_EMPTY, language=None, wrap_lines=True, height=420)

        lines()

    draw()
