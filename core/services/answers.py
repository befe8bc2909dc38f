"""What the answer route does with a payload: check every field, score, commit, acknowledge. Pure but for the store; no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import BadAnswer, UnknownName
from core.experiment import Response
from core.psychophysics.session import score
from core.store.responses import ResponseStore

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
INPUT_DEVICES = frozenset({"keyboard", "mouse", "touch"})
MAX_TIME_MS = 24 * 3600 * 1000.0


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the browser is told: `correct` is None unless the design gives feedback on every trial."""

    stored: bool
    correct: bool | None
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the acknowledgement as the route's JSON."""
        return {"stored": self.stored, "correct": self.correct, "is_new": self.is_new}


def record(store: ResponseStore, payload: Any) -> Acknowledgement:
    """Commit one answer and acknowledge it. Sent twice, it is stored once. Raises BadAnswer with the HTTP status to give."""
    if not isinstance(payload, Mapping):
        raise BadAnswer("An answer is a JSON object; something else came.")
    session_id = _text(payload, "session_id", KEY)
    trial_index = _integer(payload, "trial_index", 0, 100_000)
    trial = store.trial(session_id, trial_index)
    if trial is None:
        raise BadAnswer(f"There is no trial {trial_index} in this session; reload the page.", status=404)
    choice = _one_of(payload, "choice", ("top", "bottom"))
    response = Response(
        response_key=_text(payload, "response_key", KEY),
        trial_index=trial_index,
        choice=choice,
        confidence=_integer(payload, "confidence", 1, 3),  # type: ignore[arg-type]
        reaction_time_ms=_time(payload, "reaction_time_ms"),
        is_correct=score(trial, choice),
        shown_ms=None if payload.get("shown_ms") is None else _time(payload, "shown_ms"),
        input_device=_one_of(payload, "input_device", INPUT_DEVICES),
        was_hidden=payload.get("was_hidden") is True,
        screen=_printable(payload.get("screen", ""))[:40],
        answered_at=datetime.now(UTC),
    )
    try:
        stored = store.add_response(session_id, response)
    except UnknownName as error:
        raise BadAnswer("This response key answered another trial already; reload the page.") from error
    feedback = store.session(session_id).design.feedback
    return Acknowledgement(stored=True, correct=response.is_correct if feedback == "trial" else None, is_new=stored.is_new)


def _printable(value: Any) -> str:
    return "".join(character if character.isprintable() else "?" for character in str(value))


def _text(payload: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted are 8 to 64 letters, digits, - or _.")
    return value


def _integer(payload: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = payload.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted is a whole number from {low} to {high}.")
    return value


def _time(payload: Mapping[str, Any], name: str) -> float:
    value = payload.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_TIME_MS:
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted are milliseconds from 0 to a day.")
    return float(value)


def _one_of(payload: Mapping[str, Any], name: str, allowed: Any) -> Any:
    value = payload.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted is one of {', '.join(sorted(allowed))}.")
    return value
