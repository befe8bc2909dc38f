"""Results that are the same but for rounding and for what participants are called."""

from __future__ import annotations

from typing import Any

import pytest

from core.inference import Results


def same_numbers(a: Results, b: Results, *, is_in_order: bool = True) -> bool:
    """Return whether two results agree to 10 digits; of numbers by participant only how many there are is compared. Where participants
    need not come in the same order, confidence sequences are left out: they depend on it."""
    first, second = (flat(one, is_in_order=is_in_order) for one in (a, b))
    return bool(first == pytest.approx(second, rel=1e-10, abs=1e-12, nan_ok=True))


def flat(found: Results, *, is_in_order: bool = True) -> dict[str, Any]:
    """Return every number by its path; participants without their names."""
    content = found.as_dict()
    if not is_in_order:
        content.pop("confidence_sequence")
    by_participant = content.pop("accuracy_by_participant")
    for part in (*content["reaction_time_by"].values(), *content["confidence_by"].values()):
        part.pop("participant")
    content["n_by_participant"] = {condition: len(of) for condition, of in by_participant.items()}
    return dict(_leaves(content, ""))


def _leaves(content: Any, path: str) -> Any:
    if isinstance(content, dict | list):
        for key, part in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _leaves(part, f"{path}.{key}")
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield path, content
