"""The queue: what is put there waits, the oldest is rendered first, and one bad request keeps nobody waiting."""

from __future__ import annotations

import json

import pytest

from core.cli import main
from core.errors import Interrupted
from core.jobs import watch
from core.services.renders import render_queue
from core.services.renders.render_requests import as_json, request_from_json
from core.services.renders.synthesis import synthesize
from core.settings import Settings
from core.store.workspace import Workspace
from tests.core.services.computed import asked, renders_of
from tests.processes import kill, python

FIRST, SECOND = asked("body:1"), asked("stem:2", seed=4)
DYING = """
import sys
from pathlib import Path
from core.jobs.job import working
from core.store.workspace import Workspace

with working(Workspace(Path(sys.argv[1])), sys.argv[2], spec=__import__("json").loads(sys.argv[3])):
    print("at it", flush=True)
    sys.stdin.read()
"""


def states(settings: Settings) -> dict[str, str]:
    return {one.name: one.state for one in watch.statuses(Workspace(settings.workspace))}


def command(settings: Settings, *arguments: str) -> int:
    return main(["--workspace", str(settings.workspace), *arguments])


def test_a_request_survives_as_json() -> None:
    """What is stored is what was asked, and the same request is the same job."""
    request = asked("body:1", "stem:0", minus="stem:1", tune_diversity=True, parameterization="maco")
    assert request_from_json(json.loads(json.dumps(as_json(request)))) == request
    assert render_queue.job_name(request) == render_queue.job_name(request_from_json(as_json(request)))
    assert render_queue.job_name(FIRST) != render_queue.job_name(SECOND)


def test_queueing_computes_nothing(small: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """The command notes the request and returns; nothing is rendered until somebody works."""
    assert (
        command(small, "synthesize", "--network", "small", "--units", "body:1", "--images", "2", "--steps", "4", "--queue", "--json") == 0
    )
    name = json.loads(capsys.readouterr().out)["queued"]
    assert states(small)[name] == "queued" and not renders_of(small)
    assert [render_queue.job_name(one) for one in render_queue.waiting(small)] == [name]


def test_the_oldest_is_rendered_first(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are taken in the order in which they were put there, those that come meanwhile last; then the queue is empty."""
    third = asked("body:3")
    for request in (SECOND, FIRST):
        render_queue.enqueue(small, request)
    order = []
    for request in render_queue.waiting(small):
        if not order:
            render_queue.enqueue(small, third)
        order.append(request)
        synthesize(small, request)
    assert order == [SECOND, FIRST, third] and list(render_queue.waiting(small)) == []
    assert len(renders_of(small)) == 12


def test_work_renders_what_waits(small: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints each result, and has nothing to do the second time."""
    render_queue.enqueue(small, FIRST)
    render_queue.enqueue(small, SECOND)
    assert command(small, "work", "--device", "cpu") == 0
    assert capsys.readouterr().out.count("4 images of 1 units rendered") == 2 and len(renders_of(small)) == 8
    assert command(small, "work", "--device", "cpu") == 0
    assert capsys.readouterr().out == ""


def test_a_killed_job_is_taken_up_and_a_stopped_one_is_not(small: Settings) -> None:
    """Death without a word leaves a job waiting; a stop on request does not, until it is asked for anew."""
    name = render_queue.job_name(FIRST)
    process = python(DYING, small.workspace, name, json.dumps(as_json(FIRST)))
    assert process.stdout is not None and process.stdout.readline() == "at it\n"
    assert list(render_queue.waiting(small)) == []
    kill(process)
    assert list(render_queue.waiting(small)) == [FIRST]

    def stop(done: float, total: float, label: str) -> None:
        raise Interrupted("enough")

    with pytest.raises(Interrupted):
        synthesize(small, FIRST, progress=stop)
    assert states(small)[name] == "stopped" and list(render_queue.waiting(small)) == []
    render_queue.enqueue(small, FIRST)
    assert list(render_queue.waiting(small)) == [FIRST]


@pytest.mark.parametrize("impossible", [asked("mixed9z:1"), asked("body:99"), asked("body:1", network="/no/such/file.py:build")])
def test_an_impossible_request_does_not_keep_the_others(small: Settings, impossible: object, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told in a sentence, noted as failed and not tried again; those behind it are rendered."""
    render_queue.enqueue(small, impossible)  # type: ignore[arg-type]
    render_queue.enqueue(small, FIRST)
    assert command(small, "work", "--device", "cpu") == 1
    err = capsys.readouterr().err
    assert err.count("exemplary: ") == 2 and "1 of the requests" in err
    assert len(renders_of(small)) == 4
    assert states(small)[render_queue.job_name(impossible)] == "failed"  # type: ignore[arg-type]
    assert command(small, "work", "--device", "cpu") == 0
