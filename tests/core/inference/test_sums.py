"""What is counted of main trials against counting one answer at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiment import Answer
from core.inference.answer_table import Word, table_of
from core.inference.sums import (
    CORRECT,
    INCORRECT,
    TIE,
    Cells,
    cells_of,
    codes_of,
    confidence_counts,
    dense_sums,
    excluded_counts,
    outcome_of,
    own_cells,
    shape_of,
    sorted_cells,
    trials_of,
)
from tests.core.inference.answers import simulated
from tests.core.inference.recount import groups_of, in_groups, outcome, same, seconds

OUTCOMES = (INCORRECT, TIE, CORRECT)
WORDS: tuple[tuple[Word, ...], ...] = (
    ("condition",),
    ("condition", "branch"),
    ("scheme", "expertise", "unit"),
    ("condition", "respondent"),
)


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])))
def test_a_score_is_right_wrong_or_a_tie(scores: list[float]) -> None:
    """More than one half is correct, less is incorrect."""
    found = outcome_of(np.array(scores, dtype=np.float64)).tolist()
    assert found == [CORRECT if score > 0.5 else INCORRECT if score < 0.5 else TIE for score in scores]


@pytest.mark.parametrize("exclude_negative", [True, False])
def test_times_count_but_for_those_that_a_rule_leaves_out(exclude_negative: bool) -> None:
    """An answer without a time is not timed and nothing was left out of it."""
    answers = simulated(50)
    found = trials_of(table_of(answers), exclude_negative=exclude_negative)
    assert found.is_timed.tolist() == [seconds(one, exclude_negative=exclude_negative) is not None for one in answers]
    wanted = [exclude_negative and one.reaction_time_ms is not None and one.reaction_time_ms < 0 for one in answers]
    assert found.is_excluded.tolist() == wanted and any(wanted) == exclude_negative
    chosen = found.where(np.array([5, 3]))
    assert chosen.outcome.tolist() == [outcome(answers[5]), outcome(answers[3])]


@pytest.mark.parametrize("words", WORDS)
def test_a_row_is_in_the_group_of_its_levels(words: tuple[Word, ...]) -> None:
    """Groups are numbered by all combinations of levels; a row without a level is in none; rows asked for are as all are."""
    answers = simulated(51)
    table = table_of(answers)
    names, found = groups_of(table, words), codes_of(table, words)
    assert len(names) == np.prod(shape_of(table, words))
    by_row: list[int] = [-1] * len(answers)
    numbers = {id(one): row for row, one in enumerate(answers)}
    for number, own in enumerate(in_groups(answers, table, words)):
        for one in own:
            by_row[numbers[id(one)]] = number
    assert found.tolist() == by_row
    rows = np.array([7, 0, 7, 30])
    assert codes_of(table, words, rows).tolist() == [by_row[row] for row in rows]


def cell(own: list[Answer]) -> tuple[int, float, list[int], list[float]]:
    """Return the number of a cell's answers, their score, and timed ones and their time by outcome."""
    times = [[time for one in own if outcome(one) == of and (time := seconds(one, exclude_negative=True)) is not None] for of in OUTCOMES]
    return len(own), sum(one.proportion_correct for one in own), [len(of) for of in times], [sum(of) for of in times]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("seed", [52, 53])
def test_sums_are_those_of_counting(words: tuple[Word, ...], seed: int) -> None:
    """Trials, score, timed trials and times of every respondent in every group, added in the order of rows: equal to the last bit."""
    answers = simulated(seed, n_people=5)
    table = table_of(answers)
    trials, group, n_groups = trials_of(table, exclude_negative=True), codes_of(table, words), len(groups_of(table, words))
    who = table["respondent"]
    sums = dense_sums(trials, group, n_groups, who.codes, len(who.levels))
    for number, own in enumerate(in_groups(answers, table, words)):
        for row, respondent in enumerate(who.levels):
            found = sums.n[row, number], sums.score[row, number], sums.timed[row, number].tolist(), sums.time[row, number].tolist()
            assert found == cell([one for one in own if one.respondent == respondent])


@given(seed=st.integers(0, 10**6), n_people=st.integers(1, 6), n_trials=st.integers(0, 12), words=st.sampled_from(WORDS), data=st.data())
def test_cells_are_the_same_whichever_way_they_are_counted(
    seed: int, n_people: int, n_trials: int, words: tuple[Word, ...], data: st.DataObject
) -> None:
    """From dense sums and from sorted rows, to the last bit: those that have trials, by group and then respondent; also of some groups."""
    table = table_of(simulated(seed, n_people=n_people, n_trials=n_trials))
    trials, group, n_groups = trials_of(table, exclude_negative=True), codes_of(table, words), len(groups_of(table, words))
    who = table["respondent"]
    sums = dense_sums(trials, group, n_groups, who.codes, len(who.levels))
    found = cells_of(sums)
    assert same(sorted_cells(trials, group), found)
    if words[-1] == "respondent":
        assert same(own_cells(trials, group, n_groups, len(who.levels)), found)
    keys = list(zip(found.group.tolist(), found.who.tolist(), strict=True))
    assert keys == [(number, row) for number in range(n_groups) for row in range(len(who.levels)) if sums.n[row, number]]
    some = sorted(data.draw(st.sets(st.integers(0, n_groups - 1)))) if n_groups else []
    assert same(cells_of(sums, np.array(some, dtype=np.int64)), of_groups(found, some))


def of_groups(cells: Cells, some: list[int]) -> Cells:
    """Return the cells of these groups, numbered anew."""
    rows = [row for row, number in enumerate(cells.group.tolist()) if number in some]
    group = np.array([some.index(int(cells.group[row])) for row in rows], dtype=np.int64)
    return Cells(group, cells.who[rows], cells.n[rows], cells.score[rows], cells.timed[rows], cells.time[rows])


@pytest.mark.parametrize("words", WORDS)
def test_confidence_and_what_is_left_out_are_counted(words: tuple[Word, ...]) -> None:
    """By group and outcome: trials with confidence 1, 2 and 3, and negative times."""
    answers = simulated(54)
    table = table_of(answers)
    trials, group, n_groups = trials_of(table, exclude_negative=True), codes_of(table, words), len(groups_of(table, words))
    confidence, excluded = confidence_counts(trials, group, n_groups), excluded_counts(trials, group, n_groups)
    assert excluded.any()
    for number, everyone in enumerate(in_groups(answers, table, words)):
        for of in OUTCOMES:
            own = [one for one in everyone if outcome(one) == of]
            assert confidence[number, of].tolist() == [sum(one.confidence == level for one in own) for level in (1, 2, 3)]
            assert excluded[number, of] == sum(one.reaction_time_ms is not None and one.reaction_time_ms < 0 for one in own)
