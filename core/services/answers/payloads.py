"""The fields of what a browser sends: each taken with a check, or refused with a sentence that names it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from core.errors import BadAnswer

KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
MAX_TIME_MS: Final = 24 * 3600 * 1000.0
MAX_TEXT: Final = 40

Payload = Mapping[str, Any]


def as_payload(value: Any, what: str) -> Payload:
    """Return the JSON object that came. Raises BadAnswer for any other JSON."""
    if not isinstance(value, Mapping):
        raise BadAnswer(f"{what} is a JSON object; something else came.")
    return value


def key(payload: Payload, name: str) -> str:
    """Return a key or id: 8 to 64 letters, digits, - or _."""
    value = payload.get(name)
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted are 8 to 64 letters, digits, - or _.")
    return value


def integer(payload: Payload, name: str, low: int, high: int) -> int:
    """Return a whole number from low to high."""
    value = payload.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted is a whole number from {low} to {high}.")
    return value


def milliseconds(payload: Payload, name: str) -> float:
    """Return a time of at most a day."""
    value = payload.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MAX_TIME_MS:
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted are milliseconds from 0 to a day.")
    return float(value)


def one_of(payload: Payload, name: str, allowed: Collection[str]) -> Any:
    """Return one of the allowed words."""
    value = payload.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise BadAnswer(f"The field {name} is {value!r:.60}; wanted is one of {', '.join(sorted(allowed))}.")
    return value


def described(payload: Payload, name: str) -> str:
    """Return a short description for the record, whatever came: it never costs an answer."""
    return "".join(character if character.isprintable() else "?" for character in str(payload.get(name, "")))[:MAX_TEXT]
