"""Results that are the same but for rounding and for what participants are called."""

from __future__ import annotations

from typing import Any

import pytest

from core.inference import Results


def same_numbers(a: Results, b: Results) -> bool:
    """Return whether two results agree to 10 digits; of numbers by participant only how many there are is compared."""
    return bool(flat(a) == pytest.approx(flat(b), rel=1e-10, abs=1e-12, nan_ok=True))


def flat(found: Results) -> dict[str, Any]:
    """Return every number by its path; participants without their names."""
    content = found.as_dict()
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
