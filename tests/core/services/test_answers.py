"""The answer route's payloads: good ones are stored once and acknowledged, bad ones are refused and leave nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.design_spec import Feedback
from core.errors import BadAnswer
from core.services.answers import record
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import design, payload_of, session_of, trials_of

GOOD = payload_of("session-0", 0)


@pytest.fixture
def store(empty_workspace: Workspace) -> Iterator[ResponseStore]:
    with ResponseStore(empty_workspace) as opened:
        opened.add_session(session_of(), trials_of())
        yield opened


def test_a_good_answer_is_stored_with_all_its_fields(store: ResponseStore) -> None:
    """What the browser measured is what is stored; correctness is scored by the server."""
    assert record(store, GOOD).as_dict() == {"stored": True, "correct": True, "is_new": True}
    (stored,) = store.responses("session-0")
    assert (stored.choice, stored.confidence, stored.reaction_time_ms, stored.shown_ms) == ("top", 3, 812.4, 31.0)
    assert (stored.input_device, stored.was_hidden, stored.screen, stored.is_correct) == ("keyboard", False, "1440x900@1", True)


@pytest.mark.parametrize("trial", trials_of(), ids=lambda trial: str(trial.index))
def test_answers_are_scored_by_the_planned_side(store: ResponseStore, trial: Any) -> None:
    """Whatever the browser claims, the choice is compared with the stored trial."""
    acknowledged = record(store, payload_of("session-0", trial.index, choice="top", correct=True, is_correct=True))
    assert acknowledged.correct == (trial.correct == "top")


def test_an_answer_sent_twice_is_stored_once(store: ResponseStore) -> None:
    """The second time is acknowledged too and changes nothing; what it says of correctness is about the choice that came with it."""
    record(store, GOOD)
    again = record(store, GOOD | {"choice": "bottom"})
    assert (again.stored, again.is_new, again.correct) == (True, False, False)
    assert len(store.responses("session-0")) == 1


@pytest.mark.parametrize("feedback", ["trial", "block", "none"])
def test_correctness_is_told_only_where_the_design_gives_feedback(store: ResponseStore, feedback: Feedback) -> None:
    """Without feedback on every trial the reply does not betray the right side."""
    store.add_session(session_of("session-f", spec=replace(design(), feedback=feedback)), trials_of())
    assert record(store, payload_of("session-f", 0)).correct is (True if feedback == "trial" else None)


@pytest.mark.parametrize("optional", ["shown_ms", "was_hidden", "screen"])
def test_what_the_browser_may_not_know_may_be_absent(store: ResponseStore, optional: str) -> None:
    """Fields that describe the circumstances are optional."""
    assert record(store, {name: value for name, value in GOOD.items() if name != optional}).is_new


BAD_FIELDS: list[tuple[str, Any]] = [
    ("session_id", None), ("session_id", ""), ("session_id", "short"), ("session_id", 5), ("session_id", "a b c d e f g"),
    ("session_id", "x" * 65), ("session_id", "session-0\n"), ("session_id", ["session-0"]),
    ("trial_index", None), ("trial_index", -1), ("trial_index", 1.0), ("trial_index", "0"), ("trial_index", True),
    ("trial_index", 10**30), ("trial_index", 100_001), ("trial_index", {}),
    ("response_key", None), ("response_key", "'; DROP TABLE responses"), ("response_key", 12345678),
    ("choice", None), ("choice", "left"), ("choice", "TOP"), ("choice", ["top"]), ("choice", 0), ("choice", {"top": 1}),
    ("confidence", None), ("confidence", 0), ("confidence", 4), ("confidence", 2.5), ("confidence", "2"), ("confidence", True),
    ("reaction_time_ms", None), ("reaction_time_ms", -1), ("reaction_time_ms", float("nan")), ("reaction_time_ms", float("inf")),
    ("reaction_time_ms", "812"), ("reaction_time_ms", 10**9), ("reaction_time_ms", 10**400), ("reaction_time_ms", True),
    ("shown_ms", -0.1), ("shown_ms", "31"), ("shown_ms", float("nan")), ("shown_ms", []),
    ("input_device", None), ("input_device", "pen"), ("input_device", ["keyboard"]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS, ids=lambda value: f"{value!r:.24}")
def test_a_bad_field_is_refused_and_nothing_stored(store: ResponseStore, field: str, value: Any) -> None:
    """Every malformed field gives a 4xx with a short sentence that names it."""
    with pytest.raises(BadAnswer, match=field) as refused:
        record(store, GOOD | {field: value})
    assert 400 <= refused.value.status < 500 and len(str(refused.value)) < 300
    assert store.n_responses("tiny/shapes") == 0


@pytest.mark.parametrize("payload", [None, [], "answer", 5, True, [GOOD], {}])
def test_what_is_no_answer_is_refused(store: ResponseStore, payload: Any) -> None:
    """Any JSON that is no answer gives a 4xx."""
    with pytest.raises(BadAnswer) as refused:
        record(store, payload)
    assert 400 <= refused.value.status < 500


@pytest.mark.parametrize("field", sorted(GOOD.keys() - {"shown_ms", "was_hidden", "screen"}))
def test_a_missing_field_is_refused(store: ResponseStore, field: str) -> None:
    """What an answer must have is asked for by name."""
    with pytest.raises(BadAnswer, match=field):
        record(store, {name: value for name, value in GOOD.items() if name != field})
    assert store.n_responses("tiny/shapes") == 0


@pytest.mark.parametrize("changes", [{"session_id": "another-session"}, {"trial_index": 8}])
def test_unknown_trials_are_not_found(store: ResponseStore, changes: dict[str, Any]) -> None:
    """A session or trial that was not planned is 404."""
    with pytest.raises(BadAnswer) as refused:
        record(store, GOOD | changes)
    assert refused.value.status == 404


@pytest.mark.parametrize("screen", ["x" * 500, 5, None, {"a": 1}, "1440\u00d7900", "\ud800", "\0"])
def test_whatever_the_screen_is_the_answer_counts(store: ResponseStore, screen: Any) -> None:
    """A description of the screen never costs an answer, however odd; it is kept short."""
    assert record(store, json.loads(json.dumps(GOOD | {"screen": screen}))).is_new
    assert len(store.responses("session-0")[0].screen) <= 40


def test_a_key_that_answered_another_trial_is_a_bad_answer(store: ResponseStore) -> None:
    """One key answers one trial; another trial with it is refused as a bad answer."""
    record(store, GOOD)
    with pytest.raises(BadAnswer) as refused:
        record(store, GOOD | {"trial_index": 1})
    assert 400 <= refused.value.status < 500
    assert len(store.responses("session-0")) == 1
