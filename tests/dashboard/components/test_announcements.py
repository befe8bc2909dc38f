"""What stands before a block: how the one before went, a break, what comes now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.design_spec import Condition, DesignSpec, Feedback, Scheme
from core.experiment import Response, Trial, TrialKind
from core.psychophysics.session import SessionState
from dashboard.components.announcements import announcements, running_score
from dashboard.components.trial import Score
from dashboard.participant_text import participant_text
from tests.studies import design, response_to, trials_of

ENGLISH = participant_text("en")


def block(number: int, kind: TrialKind, condition: Condition, *, n: int = 2, scheme: Scheme = "Min-Max-9", first: int) -> list[Trial]:
    """Return a block of n trials whose indices begin with `first`."""
    one = trials_of(1)[0]
    return [replace(one, index=first + place, block=number, kind=kind, condition=condition, scheme=scheme) for place in range(n)]


def answered(trials: Sequence[Trial], n: int, *, right: bool = True) -> tuple[Response, ...]:
    return tuple(response_to(trial, right=right) for trial in trials[:n])


def session(n_answered: int, *, right: bool = True, repeated: bool = False) -> SessionState:
    """Return a session of a practice block and two main blocks, of which so many trials are answered."""
    trials = [*block(0, "practice", "natural", first=0), *block(1, "main", "natural", first=2), *block(2, "main", "none", first=4)]
    if repeated:
        trials += block(3, "repeated", "natural", first=6)
    return SessionState(tuple(trials), answered(trials, n_answered, right=right))


def said(state: SessionState, spec: DesignSpec | None = None) -> list[tuple[str, str]]:
    return [(card.title, card.body) for card in announcements(state, spec or design(), ENGLISH)]


def test_practice_is_announced_with_what_it_is_for() -> None:
    """Before the first trial: which references, how many, where, and that practice does not count."""
    ((title, body),) = said(session(0))
    assert title == "Practice: Natural references"
    for part in ("natural images", "On each side are 9 images", "do not count", "2 trials, no time limit"):
        assert part in body


def test_after_practice_no_break_is_needed() -> None:
    """The first main block is announced at once."""
    ((title, body),) = said(session(2))
    assert title == "Block 1 of 2: Natural references" and "correct" not in body


def test_after_a_block_comes_a_break() -> None:
    """First how many were right and a break, then what comes next; references that are not there are not described."""
    (pause, (title, body)) = said(session(4))
    assert pause[0] == "Block complete" and pause[1].startswith("2 of 2 correct\n") and "break" in pause[1]
    assert title == "Block 2 of 2: No references" and "no reference images" in body and "On each side" not in body


def test_a_design_without_breaks_has_one_card() -> None:
    """How the block before went stands on the announcement itself."""
    ((title, body),) = said(session(4, right=False), replace(design(), breaks=False))
    assert title.startswith("Block 2") and body.startswith("0 of 2 correct\n")


@pytest.mark.parametrize("feedback", ["trial", "block", "none"])
def test_without_feedback_no_result_is_told(feedback: Feedback) -> None:
    """With feedback "none" not even the number of right answers is told."""
    texts = " ".join(body for _, body in said(session(4), replace(design(), feedback=feedback)))
    assert ("of 2 correct" in texts) == (feedback != "none")


def test_a_block_that_goes_on_is_announced_without_a_break() -> None:
    """After a reload in the middle of a block the announcement says how many trials are left."""
    ((title, body),) = said(session(5))
    assert title.startswith("Block 2") and "1 trial, no time limit" in body


def test_practice_again_is_a_round() -> None:
    """Practice that was not all right comes back as round 2."""
    trials = [*block(0, "practice", "natural", first=0), *block(1, "main", "natural", first=2)]
    again = [replace(trial, index=trial.index + 4) for trial in trials[:2]]
    state = SessionState((*trials, *again), answered(trials, 2, right=False))
    ((title, body),) = said(state)
    assert title == "Practice, round 2: Natural references" and body.startswith("Not all answers were right yet")


@pytest.mark.parametrize(
    ("n_answered", "repeated", "title"), [(2, False, "Block 1 of 4"), (4, False, "Block 2 of 4"), (6, True, "Block 3 of 3")]
)
def test_repeated_trials_look_like_main_ones(n_answered: int, repeated: bool, title: str) -> None:
    """Their blocks are counted from the start, and nothing says that the trials were seen before."""
    cards = said(session(n_answered, repeated=repeated), replace(design(), n_repeated=3))
    assert cards[-1][0].startswith(title)


@pytest.mark.parametrize(
    ("scheme", "sentence"),
    [
        ("Max-1", "one image, on the right only"),
        ("Max-9", "9 images, on the right only"),
        ("Min-Max-1", "On each side is one image"),
        ("Min-Max-9", "On each side are 9 images"),
    ],
)
def test_the_scheme_is_announced(scheme: Scheme, sentence: str) -> None:
    """How many references there are, and on which sides."""
    ((_, body),) = said(SessionState(tuple(block(0, "main", "natural", scheme=scheme, first=0)), ()))
    assert sentence in body


def test_the_running_score_leaves_practice_out() -> None:
    """Main, catch and repeated trials count; a design without a running score, or without feedback on trials, has none."""
    spec = replace(design(), running_score=True)
    assert running_score(session(3), spec) == Score(1, 1)
    assert running_score(session(3), design()) is None
    assert running_score(session(3), replace(spec, feedback="block")) is None
