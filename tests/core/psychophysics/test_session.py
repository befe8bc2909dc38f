"""A session's state is a function of its planned trials and stored responses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.design_spec import Condition, DesignSpec, Moment, Section, UnitList
from core.domain import Unit
from core.errors import UsageError
from core.experiment import Confidence, Rating, RatingTask, Response, Session, Side, Trial, TrialKind
from core.psychophysics.design import plan
from core.psychophysics.follow_up import follow_up
from core.psychophysics.session import MOMENTS, SessionState, answers, score, summary
from core.psychophysics.trials import UnitMaterial

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


def rating(moment: Moment, place: int) -> Rating:
    return Rating(f"rating {moment} {place}", moment, place, 0, 1000.0, NOW)


TASKS = tuple(RatingTask(moment, place, Unit("mixed4b", place), (), ()) for moment in MOMENTS for place in (1, 0))


def test_a_new_session_starts_at_the_first_trial() -> None:
    """Without responses the next trial is the first and all are left."""
    state = SessionState(TRIALS, ())
    assert (state.next_index, state.n_left, state.n_answered, state.is_finished) == (0, 5, 0, False)
    assert state.next_trial == TRIALS[0]
    assert state.current_block is not None and state.current_block.kind == "practice"


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
    assert [(block.n_trials, block.n_answered, block.n_correct, block.kind) for block in blocks] == [
        (1, 1, 0, "practice"),
        (3, 2, 1, "main"),
        (1, 0, 0, "main"),
    ]
    assert [block.condition for block in blocks] == ["natural", "natural", "synthetic"]
    assert [block.is_finished for block in blocks] == [True, False, False]


def test_trials_are_shown_by_block_then_index() -> None:
    """A trial that was added later comes in its block; the order in which trials are given does not matter."""
    later = trial(5, block=1)
    state = SessionState((later, *reversed(TRIALS)), tuple(response(index) for index in (0, 1, 2, 3)))
    assert [one.index for one in state.trials] == [0, 1, 2, 3, 5, 4]
    assert state.next_trial == later and state.open_trials(1) == (later,)
    assert (state.blocks[1].n_trials, state.blocks[1].n_answered) == (4, 3)


def test_practice_has_rounds() -> None:
    """Practice that is shown again counts by its last round: the trials that were planned at first, then as many again."""
    planned = (trial(0, kind="practice"), trial(1, kind="practice"), trial(2, block=1))
    again = tuple(trial(index, kind="practice") for index in (3, 4, 5, 6))
    for n_added, n_answered, expected in [(0, 2, (2, 2, 1)), (2, 2, (2, 0, 2)), (2, 4, (2, 2, 2)), (4, 5, (2, 1, 3))]:
        answered = (0, 1, 3, 4, 5, 6)[:n_answered]
        progress = SessionState((*planned, *again[:n_added]), tuple(map(response, answered))).blocks[0]
        assert (progress.n_trials, progress.n_answered, progress.round) == expected


def test_a_block_of_repeated_trials_says_so() -> None:
    """Repeated trials are in blocks of their own kind."""
    state = SessionState((*TRIALS, trial(5, block=3, kind="repeated")), ())
    assert [block.kind for block in state.blocks] == ["practice", "main", "main", "repeated"]


def test_steps_follow_each_other() -> None:
    """Instructions, ratings of the beginning, all trials, ratings of the end, and then it is over."""
    begun, rated = tuple(rating("begin", place) for place in (0, 1)), tuple(rating("end", place) for place in (0, 1))
    everything = tuple(response(index) for index in range(5))
    states = [
        SessionState(TRIALS, (), TASKS, is_instructed=False),
        SessionState(TRIALS, (), TASKS),
        SessionState(TRIALS, (), TASKS, begun[:1]),
        SessionState(TRIALS, (), TASKS, begun),
        SessionState(TRIALS, everything[:4], TASKS, begun),
        SessionState(TRIALS, everything, TASKS, begun),
        SessionState(TRIALS, everything, TASKS, (*begun, *rated)),
    ]
    assert [state.step for state in states] == ["instructions", "ratings", "ratings", "trials", "trials", "ratings", "finished"]
    assert [state.moment for state in states] == ["begin", "begin", "begin", None, None, "end", None]
    assert [[task.place for task in state.open_ratings("begin")] for state in states[1:4]] == [[0, 1], [1], []]
    assert [state.is_finished for state in states] == [False] * 6 + [True]


def test_whoever_has_answered_was_instructed() -> None:
    """A session with answers goes on with its trials, though it was not noted that the instructions were read."""
    assert SessionState(TRIALS, (response(0),), is_instructed=False).step == "trials"
    assert SessionState(TRIALS, (), TASKS, (rating("begin", 0),), is_instructed=False).step == "ratings"


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


def test_summary_is_told_by_scheme_too() -> None:
    """Each scheme and condition with an answered main trial has a summary; imported methods come after the built-in conditions."""
    trials = (trial(0, condition="sparse"), replace(trial(1), scheme="Max-1"), trial(2), trial(3))
    found = summary(trials, [response(index, "bottom" if index == 3 else "top") for index in range(4)])
    assert [(one.condition, one.n, one.n_correct) for one in found.conditions] == [("natural", 3, 2), ("sparse", 1, 1)]
    assert [(one.scheme, one.condition, one.n) for one in found.schemes] == [
        ("Min-Max-9", "natural", 2),
        ("Min-Max-9", "sparse", 1),
        ("Max-1", "natural", 1),
    ]
    one = found.of("natural", "Max-1")
    assert one is not None and (one.n, one.n_correct) == (1, 1)


def test_answers_are_scored_rows_in_trial_order() -> None:
    """Answers carry the participant, the trial's facts and a score by the planned correct side; unanswered trials give none."""
    design = DesignSpec("quick", "demo/world", 0, (Section(("natural",), "Min-Max-9", (2,)),), (), n_sets=2, n_references=9)
    session = Session("s1", "violet otter", 1, design, NOW, expertise="expert")
    rows = answers(session, TRIALS, [response(3), response(1), response(2)])
    assert [(row.kind, row.unit.channel, row.proportion_correct) for row in rows] == [("main", 1, 1.0), ("catch", 2, 1.0), ("main", 3, 0.0)]
    assert {(row.respondent, row.confidence, row.reaction_time_ms, row.answered_at) for row in rows} == {("violet otter", 2, 1000.0, NOW)}
    assert {(row.session, row.expertise, row.unit_list, row.set_number, row.choice) for row in rows} == {("s1", "expert", None, 0, "top")}


def test_answers_tell_their_place_and_that_of_the_first_showing() -> None:
    """Places count over all trials as they are shown; a repeated trial names the place, not the index, of the main trial."""
    added = trial(5, block=0, kind="practice")
    repeated = replace(trial(6, block=3, kind="repeated"), repeats=1, unit_list="random")
    rows = answers(SESSION, (*TRIALS, added, repeated), [response(index) for index in (1, 5, 6)])
    assert [(row.kind, row.position, row.repeats, row.unit_list) for row in rows] == [
        ("practice", 1, None, None),
        ("main", 2, None, None),
        ("repeated", 6, 2, "random"),
    ]


# --- whole sessions, whatever is answered -------------------------------------------------------------------------------------

DESIGN = DesignSpec(
    name="made up",
    study="demo/world",
    seed=3,
    sections=(Section(("natural", "none"), "Min-Max-9", (3, 2), n_practice=2, n_catch=1),),
    units=(
        UnitList("main", "main", tuple(f"mixed4b:{channel}" for channel in range(5))),
        UnitList("reserved", "practice", ("mixed4b:8", "mixed4b:9")),
        UnitList("caught", "catch", ("mixed4b:7",)),
    ),
    n_sets=2,
    n_references=9,
    practice_until_right=True,
    n_repeated=1,
)
IDS = tuple(range(40))
MATERIALS = [UnitMaterial(Unit("mixed4b", channel), IDS, IDS[::-1]) for channel in range(10)]
SESSION = Session("s1", "violet otter", 1, DESIGN, NOW)


@given(st.integers(1, 8), st.data())
def test_a_session_always_ends(number: int, data: st.DataObject) -> None:
    """Whatever is answered, each trial that comes next is one without a response, practice comes before main trials and repeated ones
    last, blocks account for every trial, and the session ends after its last trial."""
    planned = plan(DESIGN, participant_number=number, materials=MATERIALS, address_of=lambda image: f"{image:032x}")
    trials, responses, shown = planned.trials, [], []
    n_wrong_left = 4  # so that practice ends
    while True:
        trials += follow_up(DESIGN, participant_number=number, trials=trials, responses=responses)
        state = SessionState(trials, tuple(responses))
        coming = state.next_trial
        if coming is None:
            break
        block = state.current_block
        assert block is not None and block.block == coming.block and coming == state.open_trials(coming.block)[0]
        assert block.n_trials - block.n_answered == len(state.open_trials(block.block))
        assert coming.index not in {one.trial_index for one in responses}
        is_right = n_wrong_left == 0 or data.draw(st.booleans())
        n_wrong_left -= not is_right and coming.kind == "practice"
        wrong: Side = "bottom" if coming.correct == "top" else "top"
        responses.append(response(coming.index, coming.correct if is_right else wrong, level=data.draw(st.sampled_from((1, 2, 3)))))
        shown.append(coming)
    assert state.step == "finished" and state.n_answered == len(trials) == len(shown)
    assert [one.kind for one in shown] == sorted((one.kind for one in shown), key=lambda kind: KIND_ORDER[kind])
    assert all(block.is_finished and block.n_correct == block.n_trials for block in state.blocks if block.kind == "practice")
    check_rows(state, responses)


KIND_ORDER = {"practice": 0, "main": 1, "catch": 1, "repeated": 2}


def check_rows(state: SessionState, responses: list[Response]) -> None:
    """Rows are in the order shown, once each; a repeated one names a main trial of its unit and condition."""
    rows = answers(SESSION, state.trials, responses)
    assert [row.position for row in rows] == list(range(len(state.trials)))
    for row in rows:
        assert (row.repeats is not None) == (row.kind == "repeated")
        if row.repeats is not None:
            first = rows[row.repeats]
            assert (first.kind, first.unit, first.condition, first.set_number) == ("main", row.unit, row.condition, row.set_number)
    for condition in summary(state.trials, responses).conditions:
        assert condition.n == sum(row.kind == "main" and row.condition == condition.condition for row in rows) == 5
