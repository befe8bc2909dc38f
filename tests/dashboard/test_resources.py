"""The caches follow the workspace: publications and answers appear, and another workspace is another cache."""

from __future__ import annotations

import json
import os

import pytest

from core.errors import StoreBusy
from core.store.workspace import Workspace
from dashboard import resources
from tests.dashboard.conftest import session_in
from tests.processes import kill, python
from tests.studies import MAIN_UNITS, Workplace, put_synthetic, response_to, trials_of


def test_views_follow_publications(served: Workplace) -> None:
    """After a publication the next view has what is new."""
    before = resources.unit_view(served.study, MAIN_UNITS[0])
    assert resources.unit_view(served.study, MAIN_UNITS[0]) is before
    put_synthetic(served.workspace, served.study.network, MAIN_UNITS[:1], n_images=3, seed=9)
    assert len(resources.unit_view(served.study, MAIN_UNITS[0]).render_sets) == 2
    assert resources.counts(served.study).n_renders == 186


def test_results_follow_answers(served: Workplace) -> None:
    """Results are computed anew when an answer arrives, and only then."""
    assert resources.comparison(served.study).people.n_answers == 0
    store = resources.responses()
    store.add_session(session_in(served), trials_of())
    store.add_response("session-0", response_to(trials_of()[0]))
    found = resources.comparison(served.study)
    assert found.people.n_answers == 1 and resources.comparison(served.study) is found


def test_the_version_of_results_is_cheap_and_follows(served: Workplace) -> None:
    """What watchers ask every second changes with an answer and with a publication, and not otherwise."""
    store = resources.responses()
    store.add_session(session_in(served), trials_of())
    before = resources.results_version(served.study)
    assert resources.results_version(served.study) == before
    store.add_response("session-0", response_to(trials_of()[0]))
    answered = resources.results_version(served.study)
    put_synthetic(served.workspace, served.study.network, MAIN_UNITS[:1], n_images=3, seed=9)
    assert len({before, answered, resources.results_version(served.study)}) == 3
    assert resources.has_observers(served.study)


def test_app_file_names_this_process(served: Workplace) -> None:
    """Once answers can come in, commands find this process by a file that only its owner can read; it goes at the end."""
    resources.responses()
    app = json.loads(served.workspace.app_file.read_text())
    assert app["pid"] == os.getpid() and app["token"] == resources.export_token() and len(app["token"]) >= 32
    assert served.workspace.app_file.stat().st_mode & 0o077 == 0
    resources.close()
    assert not served.workspace.app_file.exists()


def test_an_empty_workspace_has_no_study(served_empty: Workspace) -> None:
    """Nothing is mined, nothing is chosen, nothing is created by looking."""
    assert resources.current_study() is None and resources.all_studies() == ()
    resources.close()
    assert not served_empty.root.exists()


def test_a_held_file_is_told_and_tried_again(served: Workplace) -> None:
    """While another process holds the answers that is said; afterwards they open."""
    code = """
import sys
from pathlib import Path
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
store = ResponseStore(Workspace(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.readline()
"""
    holder = python(code, served.workspace.root)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy):
            resources.responses()
    finally:
        kill(holder)
    assert resources.responses().n_responses("tiny/shapes") == 0
