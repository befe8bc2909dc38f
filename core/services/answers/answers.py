"""What the answer, rating and event routes do with a payload: check every field, score, commit, acknowledge. No torch.

Each is idempotent by the key that the browser made: sent twice, it is stored once. BadAnswer carries the HTTP status to give.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.errors import BadAnswer, UnknownName
from core.experiment import Event, Rating, Response
from core.psychophysics.session import MOMENTS, score, tells_correctness
from core.services.answers.payloads import as_payload, described, integer, key, milliseconds, one_of
from core.store.responses import ResponseStore

SIDES: Final = ("top", "bottom")
INPUT_DEVICES: Final = frozenset({"keyboard", "mouse", "touch"})
EVENT_KINDS: Final = frozenset({"instructed"})  # what a browser may tell: the instructions were read
MAX_INDEX: Final = 100_000
MOST_EVENTS: Final = 1_000  # of a kind in a session: instructions are read once, and again when a session goes on
MAX_FRAMES: Final = 100_000_000  # a day's at more than 1,000 Hz
EXTREME_RATING: Final = 100  # METHOD section 7


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the browser is told of an answer: `correct` is None where the design does not tell at this trial."""

    stored: bool
    correct: bool | None
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the acknowledgement as the route's JSON."""
        return {"stored": self.stored, "correct": self.correct, "is_new": self.is_new}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the browser is told of a rating or an event."""

    stored: bool
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the receipt as the route's JSON."""
        return {"stored": self.stored, "is_new": self.is_new}


def record(store: ResponseStore, value: Any) -> Acknowledgement:
    """Commit one answer and acknowledge it; of a repeated one, the answer that was stored first is told. Raises BadAnswer."""
    payload = as_payload(value, "An answer")
    session_id = key(payload, "session_id")
    trial_index = integer(payload, "trial_index", 0, MAX_INDEX)
    trial = store.trial(session_id, trial_index)
    if trial is None:
        _check_session(store, session_id)
        raise BadAnswer(f"There is no trial {trial_index} in this session; reload the page.", status=404)
    choice = one_of(payload, "choice", SIDES)
    n_dropped = None if payload.get("n_dropped_frames") is None else integer(payload, "n_dropped_frames", 0, MAX_FRAMES)
    response = Response(
        response_key=key(payload, "response_key"),
        trial_index=trial_index,
        choice=choice,
        confidence=integer(payload, "confidence", 1, 3),  # type: ignore[arg-type]
        reaction_time_ms=milliseconds(payload, "reaction_time_ms"),
        is_correct=score(trial, choice),
        shown_ms=None if payload.get("shown_ms") is None else milliseconds(payload, "shown_ms"),
        input_device=one_of(payload, "input_device", INPUT_DEVICES),
        was_hidden=payload.get("was_hidden") is True,
        screen=described(payload, "screen"),
        answered_at=datetime.now(UTC),
        n_dropped_frames=n_dropped,
    )
    try:
        stored = store.add_response(session_id, response)
        tells = tells_correctness(store.session(session_id).design.feedback, trial.kind)
    except UnknownName as error:
        raise BadAnswer("This response key answered another trial already, or the session was deleted; reload the page.") from error
    return Acknowledgement(stored=True, correct=stored.is_correct if tells else None, is_new=stored.is_new)


def record_rating(store: ResponseStore, value: Any) -> Receipt:
    """Commit one intuitiveness rating and acknowledge it. Raises BadAnswer."""
    payload = as_payload(value, "A rating")
    session_id = key(payload, "session_id")
    rating = Rating(
        rating_key=key(payload, "rating_key"),
        moment=one_of(payload, "moment", MOMENTS),
        place=integer(payload, "place", 0, MAX_INDEX),
        rating=integer(payload, "rating", -EXTREME_RATING, EXTREME_RATING),
        reaction_time_ms=milliseconds(payload, "reaction_time_ms"),
        answered_at=datetime.now(UTC),
    )
    _check_session(store, session_id)
    if all((task.moment, task.place) != (rating.moment, rating.place) for task in store.rating_tasks(session_id)):
        raise BadAnswer(f"There is no rating {rating.place} at the {rating.moment} of this session; reload the page.", status=404)
    try:
        return Receipt(stored=True, is_new=store.add_rating(session_id, rating))
    except UnknownName as error:
        raise BadAnswer("This rating key rated something else already, or the session was deleted; reload the page.") from error


def record_event(store: ResponseStore, value: Any) -> Receipt:
    """Commit that the instructions were read, and how long that took; no more than MOST_EVENTS times. Raises BadAnswer."""
    payload = as_payload(value, "An event")
    session_id = key(payload, "session_id")
    event = Event(
        event_key=key(payload, "event_key"),
        kind=one_of(payload, "kind", EVENT_KINDS),
        duration_ms=milliseconds(payload, "duration_ms"),
        happened_at=datetime.now(UTC),
    )
    _check_session(store, session_id)
    _check_room(store, session_id, event)
    try:
        return Receipt(stored=True, is_new=store.add_event(session_id, event))
    except UnknownName as error:
        raise BadAnswer("This event key is another session's already, or the session was deleted; reload the page.") from error


def _check_session(store: ResponseStore, session_id: str) -> None:
    """Raise BadAnswer with 410 (gone) where there is no such session: the browser then forgets what it kept for it."""
    if not store.has_session(session_id):
        raise BadAnswer("This session was deleted, or never was; reload the page.", status=410)


def _check_room(store: ResponseStore, session_id: str, event: Event) -> None:
    """Raise BadAnswer where the session has all events of this kind that it may have, and this is not one of them."""
    keys = {one.event_key for one in store.events(session_id) if one.kind == event.kind}
    if len(keys) >= MOST_EVENTS and event.event_key not in keys:
        raise BadAnswer(f"This session has {MOST_EVENTS:,} such events already; no more are stored.", status=403)
