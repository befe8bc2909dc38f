"""A session's state is a function of its planned trials and stored responses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.design_spec import Condition, DesignSpec
from core.domain import Unit
from core.errors import UsageError
from core.experiment import Confidence, Response, Session, Side, Trial, TrialKind
from core.psychophysics.session import SessionState, answers, score, summary

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def trial(index: int, *, block: int = 0, kind: TrialKind = "main", condition: Condition = "natural", correct: Side = "top") -> Trial:
    return Trial(
        index=index,
        block=block,
        kind=kind,
        condition=condition,
        scheme="Min-Max-9",
        unit=Unit("mixed4b", index),
        set_number=0,
        min_references=(),
        max_references=(),
        query_top="a",
        query_bottom="b",
        correct=correct,
    )


def response(index: int, choice: Side = "top", *, level: Confidence = 2, time_ms: float = 1000.0) -> Response:
    return Response(
        response_key=f"key {index} {choice}",
        trial_index=index,
        choice=choice,
        confidence=level,
        reaction_time_ms=time_ms,
        is_correct=choice == "top",
        shown_ms=None,
        input_device="mouse",
        was_hidden=False,
        screen="1280x720",
        answered_at=NOW,
    )


TRIALS = (
    trial(0, block=0, kind="practice"),
    trial(1, block=1),
    trial(2, block=1, kind="catch"),
    trial(3, block=1, correct="bottom"),
    trial(4, block=2, condition="synthetic"),
)


def test_a_new_session_starts_at_the_first_trial() -> None:
    """Without responses the next trial is the first and all are left."""
    state = SessionState(TRIALS, ())
    assert (state.next_index, state.n_left, state.n_answered, state.is_finished) == (0, 5, 0, False)
    assert state.next_trial == TRIALS[0]
    assert state.current_block is not None and state.current_block.is_practice


def test_a_session_resumes_at_the_first_unanswered_trial() -> None:
    """Whatever the order responses were stored in, the first unanswered trial comes next."""
    state = SessionState(TRIALS, (response(1), response(0), response(3)))
    assert (state.next_index, state.n_left) == (2, 2)


def test_a_finished_session_has_no_next_trial() -> None:
    """With all trials answered the session is finished and has no current block."""
    state = SessionState(TRIALS, tuple(response(index) for index in range(5)))
    assert state.is_finished and state.next_index is None and state.next_trial is None and state.current_block is None
    assert all(block.is_finished for block in state.blocks)


def test_blocks_count_answers_and_correct_ones() -> None:
    """Progress per block counts its trials, answers and correct answers, catch trials included."""
    blocks = SessionState(TRIALS, (response(0, "bottom"), response(1), response(2, "bottom"))).blocks
    assert [(block.n_trials, block.n_answered, block.n_correct, block.is_practice) for block in blocks] == [
        (1, 1, 0, True),
        (3, 2, 1, False),
        (1, 0, 0, False),
    ]
    assert [block.condition for block in blocks] == ["natural", "natural", "synthetic"]
    assert [block.is_finished for block in blocks] == [True, False, False]


def test_the_first_response_to_a_trial_counts() -> None:
    """A second response to the same trial changes neither progress nor answers."""
    state = SessionState(TRIALS, (response(0), response(0, "bottom")))
    assert (state.n_answered, state.blocks[0].n_correct) == (1, 1)


def test_a_response_to_no_trial_is_refused() -> None:
    """A response whose trial was never planned is refused by its index."""
    with pytest.raises(UsageError, match="trial 9"):
        _ = SessionState(TRIALS, (response(9),)).next_index


def test_score_compares_the_choice_with_the_correct_side() -> None:
    """The choice of the correct side is right, the other wrong."""
    assert score(TRIALS[0], "top") and not score(TRIALS[0], "bottom") and score(TRIALS[3], "bottom")


def test_summary_has_main_trials_of_answered_conditions() -> None:
    """The summary counts main trials only; a condition without an answer is absent."""
    stored = [response(0, "bottom"), response(1, level=3, time_ms=2000.0), response(2, "bottom"), response(3, level=2, time_ms=4000.0)]
    found = summary(TRIALS, stored)
    natural = found.of("natural")
    assert natural is not None
    assert (natural.n, natural.n_correct, natural.median_reaction_time_s, natural.mean_confidence) == (2, 1, 3.0, 2.5)
    assert found.of("synthetic") is None and len(found.conditions) == 1


def test_answers_are_scored_rows_in_trial_order() -> None:
    """Answers carry the participant, the trial's facts and a score by the planned correct side; unanswered trials give none."""
    design = DesignSpec("quick", "demo/world", ("natural",), "Min-Max-9", 2, 1, 1, 2, 9, "trial", 0)
    session = Session("s1", "violet otter", 1, design, NOW)
    rows = answers(session, TRIALS, [response(3), response(1), response(2)])
    assert [(row.kind, row.unit.channel, row.proportion_correct) for row in rows] == [("main", 1, 1.0), ("catch", 2, 1.0), ("main", 3, 0.0)]
    assert {(row.respondent, row.confidence, row.reaction_time_ms, row.answered_at) for row in rows} == {("violet otter", 2, 1000.0, NOW)}
