"""The command `jobs`: what the dashboard started, and what works in the workspace besides; logs, cancelling."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from core.cli_progress import also_told
from core.jobs import launch
from core.jobs.launch import Launched
from core.services.jobs.job_words import command_of, duration, progress_line
from core.settings import Settings
from core.store.workspace import Workspace

SHOWN = 20
NICENESS = 5  # whoever looks at a page goes first


@contextlib.contextmanager
def attended(settings: Settings, job: int | None) -> Iterator[None]:
    """Where the dashboard started this process as job N: wait for its turn, and record its progress and its end. Else nothing."""
    if job is None:
        yield
        return
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server in the background ignores it, and so would what it starts
    with launch.attended(Workspace(settings.workspace), job) as found, also_told(found.report):
        yield


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `jobs`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--log", type=int, metavar="N", help="print the end of what job N printed")
    what.add_argument("--cancel", type=int, metavar="N", help="ask job N to stop, as Ctrl-C does; what it finished is kept")
    what.add_argument(
        "--kill", type=int, metavar="N", help=f"end at once a job that was asked to stop {launch.GRACE_S:g} s ago and works on"
    )
    parser.add_argument("--all", action="store_true", help=f"list every job (default: the newest {SHOWN})")


def run(settings: Settings, parsed: argparse.Namespace) -> None:
    """List jobs, print a log or stop a job."""
    workspace = Workspace(settings.workspace)
    if parsed.log is not None:
        launch.launched(workspace, parsed.log)
        print(launch.log_of(workspace, parsed.log))
    elif parsed.cancel is not None:
        _cancel(workspace, parsed.cancel)
    elif parsed.kill is not None:
        was_there = launch.kill(workspace, parsed.kill)
        print(f"job {parsed.kill} was ended" if was_there else f"job {parsed.kill} has ended, or is to be cancelled first")
    else:
        _list(workspace, most=None if parsed.all else SHOWN, as_json=parsed.json)


def _cancel(workspace: Workspace, number: int) -> None:
    if launch.stop(workspace, number):
        print(f"job {number} was asked to stop; `exemplary jobs` tells when it has")
    else:
        print(f"job {number} was not told: it is {launch.launched(workspace, number).state}")


def _list(workspace: Workspace, *, most: int | None, as_json: bool) -> None:
    found = launch.launches(workspace, most=most)
    others = launch.elsewhere(workspace)
    if as_json:
        print(json.dumps({"jobs": [_as_dict(one) for one in found], "elsewhere": [asdict(one) for one in others]}, indent=1, default=str))
        return
    for one in found:
        took = f", {duration((one.ended_at - one.began_at).total_seconds())}" if one.ended_at and one.began_at else ""
        who = f", asked by {one.asked.asked_by}" if one.asked.asked_by else ""
        print(f"{one.number:>4}  {one.state:<11}  {one.asked.about}  ({one.asked.asked_at:%Y-%m-%d %H:%M} UTC{who}{took})")
        print(f"      {command_of(one.asked.arguments)}")
        if line := progress_line(one):
            print(f"      {line}")
    for job in others:
        print(f"   -  running      {job.name}: {job.label} ({job.done:,.0f} of {job.total:,.0f}), started elsewhere")
    if not found and not others:
        print("nothing was started from the dashboard, and nothing works")


def _as_dict(one: Launched) -> dict[str, Any]:
    """Return the schema of `exemplary jobs --json`."""
    last = one.last
    progress = None if last is None else {"done": last.done, "total": last.total, "label": last.label, "at": last.at}
    speed = None if one.pace is None else asdict(one.pace)
    ends = {"began_at": one.began_at, "ended_at": one.ended_at, "stop_asked_at": one.stop_asked_at}
    pid = None if one.process is None else one.process.pid
    return {"number": one.number, "state": one.state, **asdict(one.asked), "pid": pid, "progress": progress, "pace": speed, **ends}
