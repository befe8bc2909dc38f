"""Participants are numbered within their design, also when they begin at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from core.errors import UsageError
from core.services.experiment import sessions
from core.services.experiment.sessions import Enrolment
from core.store.responses import ResponseStore
from tests.core.services.begun import begin, design_of
from tests.studies import Workplace


def number(store: ResponseStore, session_id: str) -> int:
    return store.session(session_id).participant_number


def test_participants_are_numbered_within_a_design(study_workspace: Workplace, store: ResponseStore) -> None:
    """Each design's name has numbers of its own, which rotate stimulus sets and the order of conditions; deleted ones are not reused."""
    mine, other = (design_of(study_workspace, conditions=("natural", "synthetic"), name=name) for name in ("mine", "other"))
    begun = [begin(study_workspace, store, one) for one in (mine, other, mine)]
    assert [number(store, session_id) for session_id, _ in begun] == [1, 1, 2]
    assert begun[0][1][0].condition != begun[2][1][0].condition
    sessions.delete(store, begun[2][0])
    assert number(store, begin(study_workspace, store, mine)[0]) == 3


def test_groups_are_numbered_apart_where_the_design_says_so(study_workspace: Workplace, store: ResponseStore) -> None:
    """Experts and lay people have numbers of their own; whoever does not say which is asked to."""
    design = replace(design_of(study_workspace), numbered_within_group=True)
    groups = ("expert", "lay", "lay", "expert", "lay")
    begun = [begin(study_workspace, store, design, Enrolment(expertise=group))[0] for group in groups]  # type: ignore[arg-type]
    assert [number(store, session_id) for session_id in begun] == [1, 1, 2, 2, 3]
    with pytest.raises(UsageError, match="experts and lay people"):
        begin(study_workspace, store, design)


def test_sessions_that_begin_at_once_have_different_numbers(study_workspace: Workplace, store: ResponseStore) -> None:
    """Four people who start at the same moment are numbers 1 to 4."""
    barrier, design = Barrier(4), design_of(study_workspace)

    def one(_: int) -> int:
        barrier.wait(20)
        return number(store, begin(study_workspace, store, design, Enrolment())[0])

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [1, 2, 3, 4]
