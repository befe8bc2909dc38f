"""The questions that reviewers of a workspace are asked: its `review.toml`, or the default ones. No torch."""

from __future__ import annotations

import tomllib
from typing import Any, Final

from core.errors import UsageError
from core.reviews import DEFAULT_SCHEME, Question, ReviewScheme
from core.store.workspace import Workspace

FILE: Final = "review.toml"
HIGHEST: Final = 9  # what one key can give


def review_scheme(workspace: Workspace) -> ReviewScheme:
    """Return the workspace's questions. Raises UsageError where its file is malformed."""
    path = workspace.root / FILE
    if not path.exists():
        return DEFAULT_SCHEME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        questions = tuple(_question(one) for one in content["questions"])
        is_blind = content.get("blind", True)
        if not isinstance(is_blind, bool):
            raise TypeError("blind is true or false")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} is no review scheme ({error}); see docs/reviews.md for its form.") from error
    if not questions or len({one.name for one in questions}) < len(questions):
        raise UsageError(f"{path} needs one question or more, each with a name of its own; see docs/reviews.md.")
    return ReviewScheme(questions, is_blind)


def _question(content: dict[str, Any]) -> Question:
    name, words, kind = str(content["name"]), str(content["words"]), content.get("kind", "scale")
    if kind == "text":
        return Question(name, words, "text")
    if kind != "scale":
        raise ValueError(f"a question is a scale or a text, not {kind!r}")
    low, high = content.get("low", 1), content.get("high", 5)
    if type(low) is not int or type(high) is not int or not 0 <= low < high <= HIGHEST:
        raise ValueError(f"the scale of {name} goes from {low!r} to {high!r}; both are digits, the first is lower")
    return Question(name, words, "scale", low, high, str(content.get("low_means", "")), str(content.get("high_means", "")))
