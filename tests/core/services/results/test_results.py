"""Results: known answers give known numbers, and a command reads them also while the dashboard holds the file."""

from __future__ import annotations

import json

import pytest

from core.errors import StoreBusy
from core.services.results.results import compare, read_people
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.processes import kill, output_of, python
from tests.studies import Workplace, answers_of, response_to, session_of, trials_of

HOLDER = """
import sys
from pathlib import Path
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
with ResponseStore(Workspace(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.readline()
"""

SERVER = """
import json, socket, sys, uvicorn
from starlette.applications import Starlette
from dashboard import resources
from dashboard.routes import ROUTES
listening = socket.create_server(("127.0.0.1", 0))
resources.responses()
where = resources.workspace().app_file
where.write_text(json.dumps(json.loads(where.read_text()) | {"port": listening.getsockname()[1]}))
print("held", flush=True)
uvicorn.Server(uvicorn.Config(Starlette(routes=list(ROUTES)), log_level="error")).run([listening])
"""

OTHER_SERVER = """
import socket, sys, uvicorn
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
where = Workspace(Path(sys.argv[1]))
store = ResponseStore(where)
listening = socket.create_server(("127.0.0.1", 0))
where.app_file.write_text('{"port": %d, "token": "x"}' % listening.getsockname()[1])
print("held", flush=True)
anything = Route("/{path:path}", lambda request: PlainTextResponse("<html>hello</html>"))
uvicorn.Server(uvicorn.Config(Starlette(routes=[anything]), log_level="error")).run([listening])
"""


def test_known_answers_give_known_numbers(built_study: Workplace) -> None:
    """People and observers stay apart; proportions, counts and contrast are those of the answers."""
    people = answers_of({"natural": [True] * 9 + [False], "synthetic": [True] * 6 + [False] * 4})
    found = compare(built_study.workspace, built_study.study, people)
    assert (found.people.accuracy["natural"].mean, found.people.accuracy["synthetic"].mean) == (0.9, 0.6)
    assert found.people.accuracy["natural"].n_trials == 10 and "none" not in found.people.accuracy
    (observer,) = found.observers
    assert (observer.results.accuracy["natural"].mean, observer.results.accuracy["synthetic"].mean) == (1.0, 0.5)
    assert found.observer is observer and observer.card.is_biased
    (contrast,) = [one for one in found.people.contrasts if (one.a, one.b) == ("natural", "synthetic")]
    assert contrast.estimate == pytest.approx(0.3)
    content = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert content["people"]["accuracy"]["natural"] and content["study"] == "tiny/shapes"


def test_nobody_answered_yet(built_study: Workplace) -> None:
    """Conditions without answers are absent, never zero."""
    found = compare(built_study.workspace, built_study.study, ())
    assert found.people.accuracy == {} and found.people.n_answers == 0
    assert read_people(built_study.workspace, built_study.study.key) == ()


def stored(workspace: Workspace) -> int:
    with ResponseStore(workspace) as store:
        store.add_session(session_of(), trials_of())
        for trial in trials_of():
            store.add_response("session-0", response_to(trial))
    return len(trials_of())


def test_a_command_reads_the_file_when_it_is_free(empty_workspace: Workspace) -> None:
    """Without a dashboard the answers come from the file."""
    n_stored = stored(empty_workspace)
    assert len(read_people(empty_workspace, "tiny/shapes")) == n_stored


def test_a_command_asks_the_dashboard_that_holds_the_file(empty_workspace: Workspace) -> None:
    """While a dashboard holds the file, its export gives the same answers."""
    stored(empty_workspace)
    expected = read_people(empty_workspace, "tiny/shapes")
    server = python(SERVER, env={"EXEMPLARY_WORKSPACE": str(empty_workspace.root)})
    try:
        assert server.stdout is not None and server.stdout.readline() == "held\n"
        assert read_people(empty_workspace, "tiny/shapes") == expected
        assert read_people(empty_workspace, "other/study") == ()
        assert empty_workspace.app_file.stat().st_mode & 0o077 == 0, "the token is for its owner only"
    finally:
        kill(server)
    assert read_people(empty_workspace, "tiny/shapes") == expected


@pytest.mark.parametrize("app", [None, "", "{}", '{"port": 1, "token": "x"}', "[1]", '{"port": "no", "token": 5}'])
def test_a_file_that_is_held_by_something_else_is_busy(empty_workspace: Workspace, app: str | None) -> None:
    """Where no dashboard answers, one sentence says so; nothing hangs."""
    stored(empty_workspace)
    holder = python(HOLDER, empty_workspace.root)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        if app is not None:
            empty_workspace.app_file.write_text(app)
        with pytest.raises(StoreBusy, match="process"):
            read_people(empty_workspace, "tiny/shapes")
    finally:
        kill(holder)


def test_an_answer_that_is_no_export_is_not_believed(empty_workspace: Workspace) -> None:
    """Another program on the dashboard's former port does not lead to wrong results."""
    stored(empty_workspace)
    server = python(OTHER_SERVER, empty_workspace.root)
    try:
        assert server.stdout is not None and server.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy):
            read_people(empty_workspace, "tiny/shapes")
    finally:
        kill(server)


def test_no_torch_is_needed_to_read_results() -> None:
    """Reading results imports no torch."""
    modules = "core.services.results.results, core.services.units.units, core.services.experiment.sessions"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    assert output_of(python(code)) == "False\n"
