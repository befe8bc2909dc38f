"""A study's results while answers arrive and are deleted: always those of what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.domain import Study, Unit
from core.errors import StoreError
from core.experiment import Rating, RatingTask
from core.inference import ExclusionRules, Scope, results
from core.psychophysics.attention import EXEMPLARY
from core.services.answers.people import collected_of
from core.services.results.live_results import MOST_SCOPES, LiveStudy
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import design, response_to, session_of, trials_of

SCOPES = (Scope(), Scope(conditions=("natural",)), Scope(rules=ExclusionRules(attention=EXEMPLARY)), Scope(participants=("bob",)))


@pytest.fixture
def study() -> Study:
    """What of a study its answers need: its key, and its network's layers."""
    known: Any = SimpleNamespace(key="tiny/shapes", stimuli_digest="0" * 16, network=SimpleNamespace(all_layers=()))
    return cast(Study, known)


@pytest.fixture
def store(empty_workspace: Workspace) -> ResponseStore:
    return ResponseStore(empty_workspace)


def begin(store: ResponseStore, study: Study, name: str, who: str, *, design_name: str = "quick", n_ratings: int = 0) -> None:
    spec = replace(design(study.key), name=design_name, stimuli_digest=study.stimuli_digest)
    asked = [RatingTask("begin", place, Unit("3a", place), ("synthetic",), ("natural",)) for place in range(n_ratings)]
    store.add_session(session_of(name, participant=who, spec=spec), trials_of(8), asked)


def rate(store: ResponseStore, name: str) -> None:
    store.add_rating(name, Rating(f"{name}-rating", "begin", 0, 50, 900.0, datetime(2026, 3, 1, tzinfo=UTC)))


def answer(store: ResponseStore, name: str, index: int) -> None:
    store.add_response(name, response_to(trials_of(8)[index], right=index % 3 > 0, key=f"{name}-{index}"))


def under_way(store: ResponseStore, study: Study, design: str | None = None) -> set[str]:
    """Return the sessions that have a main trial without an answer, trial by trial."""
    return {
        session.session_id
        for session in store.sessions(study.key)
        if design in (None, session.design.name)
        for answered in [{one.trial_index for one in store.responses(session.session_id)}]
        if any(trial.kind == "main" and trial.index not in answered for trial in store.trials(session.session_id))
    }


def check(store: ResponseStore, study: Study, live: LiveStudy) -> None:
    collected = collected_of(store, study)
    for scope in SCOPES:
        wanted = results(collected.answers, ratings=collected.ratings, sessions=collected.sessions, scope=scope)
        assert replace(live.results(scope), designs=()) == replace(wanted, designs=())
        assert len(live.main(scope)) == wanted.n_main_answers
    assert live.designs() == tuple({one.design: None for one in collected.sessions})


def test_results_follow_what_is_stored(store: ResponseStore, study: Study) -> None:
    """Before the first answer, after each of several people's, and after one of them has left: the numbers are those of all answers."""
    live = LiveStudy(store, study)
    check(store, study, live)
    for name, who in (("s0", "ada"), ("s1", "bob"), ("s2", "zoe")):
        begin(store, study, name, who)
        for index in range(8):
            answer(store, name, index)
            check(store, study, live)
    store.delete_session("s1")
    check(store, study, live)
    begin(store, study, "s3", "bob")
    answer(store, "s3", 0)
    check(store, study, live)


def test_who_has_main_trials_to_come_waits_for_the_confidence_sequence(store: ResponseStore, study: Study) -> None:
    """Through: two of three. A further session of one of them changes nothing; who began a condition in it waits, but not where results
    are of the design that both finished."""
    live, name = LiveStudy(store, study), "natural_minus_synthetic"
    for session, who, n in (("s0", "ada", 8), ("s1", "bob", 8), ("s2", "zoe", 5)):
        begin(store, study, session, who)
        for index in range(n):
            answer(store, session, index)
    found = live.results(Scope()).confidence_sequence[name]
    assert (found.n, found.n_in_progress) == (2, 1)
    begin(store, study, "s3", "bob", design_name="another")
    for index in range(8):
        assert live.results(Scope()).confidence_sequence[name] == found
        answer(store, "s3", index)
    found = live.results(Scope(design="another")).confidence_sequence[name]
    assert (found.unit, found.n_in_progress) == ("pairs of trials", 0)  # nobody else is in it: its trials count at once
    found = live.results(Scope(design="quick")).confidence_sequence[name]
    assert (found.n, found.n_in_progress) == (2, 1) == (2, len(under_way(store, study, "quick")))
    for index in range(5, 8):
        answer(store, "s2", index)
    store.delete_session("s3")
    found = live.results(Scope()).confidence_sequence[name]
    assert (found.n, found.n_in_progress) == (3, 0)


def test_ratings_after_the_last_answer_count(store: ResponseStore, study: Study) -> None:
    """A rating is there with the next look, though no answer comes after it; so is one of a session without any answer."""
    live = LiveStudy(store, study)
    begin(store, study, "s0", "ada", n_ratings=1)
    answer(store, "s0", 0)
    before = store.n_changes(study.key)
    assert not live.results(Scope()).intuitiveness
    rate(store, "s0")
    check(store, study, live)
    assert live.results(Scope()).intuitiveness and store.n_changes(study.key) > before
    begin(store, study, "s1", "bob", n_ratings=1)
    rate(store, "s1")
    check(store, study, live)


def test_what_could_not_be_read_is_read_at_the_next_look(store: ResponseStore, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading that fails, of new answers or after a deletion, leaves nothing half done: the next look has the answers as they are."""
    live = LiveStudy(store, study)
    for name, who in (("s0", "ada"), ("s1", "bob")):
        begin(store, study, name, who, n_ratings=1)
        answer(store, name, 0)
    check(store, study, live)

    def fail(*_: object, **__: object) -> None:
        raise StoreError("busy")

    def fails_once(method: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(store, method, fail)
            with pytest.raises(StoreError, match="busy"):
                live.results(Scope())
        check(store, study, live)

    answer(store, "s0", 1)
    fails_once("columns")
    rate(store, "s0")
    fails_once("unit_ratings")
    store.delete_session("s1")
    fails_once("columns")


def test_scopes_are_few(store: ResponseStore, study: Study) -> None:
    """Of many scopes that are looked at, only the last are kept."""
    live = LiveStudy(store, study)
    begin(store, study, "s0", "ada")
    answer(store, "s0", 0)
    for number in range(3 * MOST_SCOPES):
        assert live.results(Scope(participants=(f"p{number}",))).n_answers == 0
    assert live.results(Scope()).n_answers == 1
