"""What answers, ratings and events say: good ones are stored once and acknowledged, bad ones are refused and leave nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.design_spec import Feedback
from core.errors import BadAnswer
from core.experiment import RatingTask, TrialKind
from core.services.answers import answers
from core.services.answers.answers import record, record_event, record_rating
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import MAIN_UNITS, design, payload_of, session_of, trials_of

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
    """The second time is acknowledged too, changes nothing, and never tells of another choice than the stored one."""
    record(store, GOOD)
    again = record(store, GOOD | {"choice": "bottom"})
    assert (again.stored, again.is_new, again.correct) == (True, False, True)
    assert len(store.responses("session-0")) == 1


@pytest.mark.parametrize("feedback", ["trial", "block", "none"])
def test_correctness_is_told_only_where_the_design_gives_feedback(store: ResponseStore, feedback: Feedback) -> None:
    """Without feedback on every trial the reply does not betray the right side."""
    store.add_session(session_of("session-f", spec=replace(design(), feedback=feedback)), trials_of())
    assert record(store, payload_of("session-f", 0)).correct is (True if feedback == "trial" else None)


@pytest.mark.parametrize("optional", ["shown_ms", "was_hidden", "screen", "n_dropped_frames"])
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
    ("n_dropped_frames", -1), ("n_dropped_frames", 1.5), ("n_dropped_frames", "3"), ("n_dropped_frames", 10**12),
    ("n_dropped_frames", False),
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


@pytest.mark.parametrize(("changes", "status"), [({"session_id": "another-session"}, 410), ({"trial_index": 8}, 404)])
def test_unknown_trials_are_not_found(store: ResponseStore, changes: dict[str, Any], status: int) -> None:
    """A trial that was not planned is 404; a session that is not there (any more) 410, so that the browser forgets what it kept."""
    with pytest.raises(BadAnswer) as refused:
        record(store, GOOD | changes)
    assert refused.value.status == status


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


@pytest.mark.parametrize("feedback", ["trial", "block", "none"])
def test_practice_explains_itself_where_any_feedback_is_given(store: ResponseStore, feedback: Feedback) -> None:
    """Practice is told at once unless the design gives no feedback at all; catch and repeated trials are told as main ones are."""
    kinds: list[TrialKind] = ["practice", "catch", "repeated"]
    trials = [replace(trial, kind=kind) for trial, kind in zip(trials_of(3), kinds, strict=True)]
    store.add_session(session_of("session-f", spec=replace(design(), feedback=feedback)), trials)
    told = [record(store, payload_of("session-f", index, response_key=f"feedback-{index}")).correct is not None for index in range(3)]
    assert told == [feedback != "none", feedback == "trial", feedback == "trial"]


@pytest.mark.parametrize("n", [0, 7, None])
def test_dropped_frames_are_kept_where_they_were_counted(store: ResponseStore, n: int | None) -> None:
    """A browser that counted none says 0; one that cannot count says nothing."""
    record(store, GOOD | {"n_dropped_frames": n})
    assert store.responses("session-0")[0].n_dropped_frames == n


def test_an_answer_to_a_deleted_session_is_not_found(store: ResponseStore) -> None:
    """What is sent again after the session was deleted is 410 and leaves nothing."""
    record(store, GOOD)
    store.delete_session("session-0")
    with pytest.raises(BadAnswer, match="was deleted") as refused:
        record(store, GOOD)
    assert refused.value.status == 410 and store.n_responses("tiny/shapes") == 0


# --- ratings and events -------------------------------------------------------------------------------------------------------

RATING = {
    "rating_key": "browser-rating-0",
    "session_id": "session-r",
    "moment": "begin",
    "place": 0,
    "rating": 40,
    "reaction_time_ms": 3100.5,
}
EVENT = {"event_key": "browser-event-0", "session_id": "session-r", "kind": "instructed", "duration_ms": 21_000}
TASKS = (RatingTask("begin", 0, MAIN_UNITS[0], ("a" * 32,), ("b" * 32,)), RatingTask("end", 0, MAIN_UNITS[0], ("a" * 32,), ("b" * 32,)))


@pytest.fixture
def rated(store: ResponseStore) -> ResponseStore:
    store.add_session(session_of("session-r"), trials_of(1), TASKS)
    return store


@pytest.mark.parametrize("value", [-100, 0, 100])
def test_a_good_rating_is_stored(rated: ResponseStore, value: int) -> None:
    """The whole range counts, the middle too."""
    assert record_rating(rated, RATING | {"rating": value}).as_dict() == {"stored": True, "is_new": True}
    (stored,) = rated.ratings("session-r")
    assert (stored.rating_key, stored.moment, stored.place, stored.rating) == ("browser-rating-0", "begin", 0, value)
    assert stored.reaction_time_ms == 3100.5


def test_a_rating_sent_twice_is_stored_once(rated: ResponseStore) -> None:
    """The first rating of a task stays, whether the same one comes again or another window rates too."""
    record_rating(rated, RATING)
    for again in ({}, {"rating": -5}, {"rating_key": "another-window", "rating": -5}):
        assert record_rating(rated, RATING | again).as_dict() == {"stored": True, "is_new": False}
    assert [one.rating for one in rated.ratings("session-r")] == [40]


BAD_RATINGS: list[tuple[str, Any]] = [
    ("rating_key", None), ("rating_key", "short"), ("session_id", "x"), ("moment", "middle"), ("moment", None), ("place", -1),
    ("place", 0.0), ("rating", 101), ("rating", -101), ("rating", 0.5), ("rating", "0"), ("rating", None), ("rating", True),
    ("reaction_time_ms", -1), ("reaction_time_ms", None), ("reaction_time_ms", float("nan")),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD_RATINGS, ids=lambda value: f"{value!r:.24}")
def test_a_bad_rating_is_refused(rated: ResponseStore, field: str, value: Any) -> None:
    """Every malformed field gives a 400 with a sentence that names it, and nothing is stored."""
    with pytest.raises(BadAnswer, match=field) as refused:
        record_rating(rated, RATING | {field: value})
    assert refused.value.status == 400 and rated.ratings("session-r") == ()


@pytest.mark.parametrize(
    ("changes", "status"), [({"session_id": "another-session"}, 410), ({"place": 1}, 404), ({"session_id": "session-0"}, 404)]
)
def test_ratings_that_were_not_planned_are_not_found(rated: ResponseStore, changes: dict[str, Any], status: int) -> None:
    """Only planned tasks are rated; anything else is 404, a session that is not there 410."""
    with pytest.raises(BadAnswer) as refused:
        record_rating(rated, RATING | changes)
    assert refused.value.status == status


def test_a_rating_key_rates_one_thing(rated: ResponseStore) -> None:
    """The key of another rating is refused as a bad one."""
    record_rating(rated, RATING)
    with pytest.raises(BadAnswer) as refused:
        record_rating(rated, RATING | {"moment": "end"})
    assert refused.value.status == 400 and len(rated.ratings("session-r")) == 1


def test_reading_the_instructions_is_stored_once(rated: ResponseStore) -> None:
    """How long they were read is kept; sent again it changes nothing."""
    assert record_event(rated, EVENT).as_dict() == {"stored": True, "is_new": True}
    assert record_event(rated, EVENT | {"duration_ms": 5}).as_dict() == {"stored": True, "is_new": False}
    assert [(event.kind, event.duration_ms) for event in rated.events("session-r")] == [("instructed", 21_000.0)]


def test_a_session_has_room_for_so_many_events(rated: ResponseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that a fresh key is refused in a sentence; one that is stored is acknowledged still, and other sessions have room."""
    monkeypatch.setattr(answers, "MOST_EVENTS", 2)
    keys = ("browser-event-0", "browser-event-1", "browser-event-1")
    assert [record_event(rated, EVENT | {"event_key": key}).is_new for key in keys] == [True, True, False]
    with pytest.raises(BadAnswer, match="2 such events already") as refused:
        record_event(rated, EVENT | {"event_key": "browser-event-2"})
    assert refused.value.status == 403 and len(rated.events("session-r")) == 2
    assert record_event(rated, EVENT | {"event_key": "browser-event-3", "session_id": "session-0"}).is_new


BAD_EVENTS: list[tuple[str, Any, int]] = [
    ("event_key", "short", 400), ("event_key", None, 400), ("session_id", None, 400), ("session_id", "another-session", 410),
    ("kind", "finished", 400), ("kind", None, 400), ("kind", ["instructed"], 400), ("duration_ms", -1, 400), ("duration_ms", "long", 400),
    ("duration_ms", None, 400),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "status"), BAD_EVENTS, ids=lambda value: f"{value!r:.24}")
def test_a_bad_event_is_refused(rated: ResponseStore, field: str, value: Any, status: int) -> None:
    """A malformed event is 400, one of an unknown session 410; nothing is stored."""
    with pytest.raises(BadAnswer) as refused:
        record_event(rated, EVENT | {field: value})
    assert refused.value.status == status and rated.events("session-r") == ()


def test_an_event_key_is_one_sessions(rated: ResponseStore) -> None:
    """Another session's key is refused as a bad one."""
    record_event(rated, EVENT)
    with pytest.raises(BadAnswer) as refused:
        record_event(rated, EVENT | {"session_id": "session-0"})
    assert refused.value.status == 400 and rated.events("session-0") == ()


@pytest.mark.parametrize("take", [record_rating, record_event])
@pytest.mark.parametrize("payload", [None, [], "rating", 5, True, {}])
def test_what_is_no_rating_or_event_is_refused(rated: ResponseStore, take: Any, payload: Any) -> None:
    """Any other JSON gives a 400."""
    with pytest.raises(BadAnswer) as refused:
        take(rated, payload)
    assert refused.value.status == 400
