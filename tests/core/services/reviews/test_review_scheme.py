"""Reviewers are asked the default questions, or those of the workspace's file."""

from __future__ import annotations

import pytest

from core.errors import UsageError
from core.reviews import DEFAULT_SCHEME, Question
from core.services.reviews.review_scheme import FILE, review_scheme
from core.store.workspace import Workspace

OWN = """
[[questions]]
name = "clear"
words = "How clear is it?"
low = 0
high = 3
low_means = "not"

[[questions]]
name = "what"
words = "What is it?"
kind = "text"
"""


def test_without_a_file(empty_workspace: Workspace) -> None:
    """The default scheme asks two scales from 1 to 5 and one text."""
    assert review_scheme(empty_workspace) == DEFAULT_SCHEME
    assert [(one.low, one.high) for one in DEFAULT_SCHEME.scales] == [(1, 5), (1, 5)]


def test_an_own_scheme(empty_workspace: Workspace) -> None:
    """The file's questions are asked in its order."""
    empty_workspace.root.mkdir()
    (empty_workspace.root / FILE).write_text(OWN)
    assert review_scheme(empty_workspace).is_blind
    assert review_scheme(empty_workspace).questions == (
        Question("clear", "How clear is it?", "scale", 0, 3, "not"),
        Question("what", "What is it?", "text"),
    )


def test_an_open_scheme(empty_workspace: Workspace) -> None:
    """A team may choose to see each other's verdicts from the beginning."""
    empty_workspace.root.mkdir()
    (empty_workspace.root / FILE).write_text(f"blind = false\n{OWN}")
    assert not review_scheme(empty_workspace).is_blind


@pytest.mark.parametrize(
    "content",
    [
        "questions = []", "x = 1", "not toml", "questions = 3", '[[questions]]\nname = "a"',
        '[[questions]]\nname = "a"\nwords = "b"\nlow = 5\nhigh = 1', '[[questions]]\nname = "a"\nwords = "b"\nhigh = 12',
        '[[questions]]\nname = "a"\nwords = "b"\nkind = "slider"', OWN + OWN, "blind = 3" + OWN,
    ],
)  # fmt: skip
def test_refused_schemes(empty_workspace: Workspace, content: str) -> None:
    """A malformed file is refused by a sentence that names it."""
    empty_workspace.root.mkdir()
    (empty_workspace.root / FILE).write_text(content)
    with pytest.raises(UsageError, match=r"review\.toml"):
        review_scheme(empty_workspace)
