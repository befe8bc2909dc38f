"""Estimates as columns against those of records, and mappings of records against dicts."""

from __future__ import annotations

from statistics import fmean, median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiment import Answer
from core.inference.answer_table import Word, table_of
from core.inference.columns import (
    Confidences,
    RecordMap,
    Shares,
    Times,
    by_level,
    by_name,
    confidences_of,
    shares_of_cells,
    times_of_cells,
    with_rows,
)
from core.inference.proportions import proportion
from core.inference.reaction_times import WHICH, Which
from core.inference.sums import CORRECT, INCORRECT, codes_of, confidence_counts, excluded_counts, sorted_cells, trials_of
from tests.core.inference.answers import simulated
from tests.core.inference.recount import groups_of, in_groups, outcome, same, seconds

WORDS: tuple[Word, ...] = ("condition", "layer")
ANSWERS = simulated(60, n_people=6, n_trials=20)
TABLE = table_of(ANSWERS)
TRIALS, GROUP, N_GROUPS = trials_of(TABLE, exclude_negative=True), codes_of(TABLE, WORDS), len(groups_of(TABLE, WORDS))
CELLS = sorted_cells(TRIALS, GROUP)


def by_respondent(answers: list[Answer]) -> list[list[Answer]]:
    return [[one for one in answers if one.respondent == who] for who in sorted({one.respondent for one in answers})]


def of(answers: list[Answer], which: Which) -> list[Answer]:
    wanted = {"correct": (CORRECT,), "incorrect": (INCORRECT,)}.get(which)
    return [one for one in answers if wanted is None or outcome(one) in wanted]


def test_shares_are_those_of_proportions() -> None:
    """The record of each group is the proportion of its participants' scores."""
    found = shares_of_cells(CELLS, N_GROUPS)
    for place, own in enumerate(in_groups(ANSWERS, TABLE, WORDS)):
        wanted = proportion([[one.proportion_correct for one in of_one] for of_one in by_respondent(own)])
        record = found.record(place)
        assert record.two_sem == pytest.approx(wanted.two_sem)
        assert (record.mean, record.n_trials, record.n_participants, record.wilson) == (
            wanted.mean,
            wanted.n_trials,
            wanted.n_participants,
            wanted.wilson,
        )
        assert found.are_there[place]


@pytest.mark.parametrize("which", WHICH)
def test_times_are_those_of_the_answers(which: Which) -> None:
    """Mean, spread over participants, numbers and how many were left out, of all, correct and incorrect answers."""
    groups = list(in_groups(ANSWERS, TABLE, WORDS))
    times = [[time for one in of(own, which) if (time := seconds(one, exclude_negative=True)) is not None] for own in groups]
    middle = np.array([median(own) for own in times])
    found = times_of_cells(CELLS, which, middle, excluded_counts(TRIALS, GROUP, N_GROUPS))
    for place, own in enumerate(groups):
        record = found.record(place)
        means = [
            fmean(kept)
            for of_one in by_respondent(of(own, which))
            if (kept := [time for one in of_one if (time := seconds(one, exclude_negative=True)) is not None])
        ]
        assert record.mean == pytest.approx(fmean(times[place])) and record.median == middle[place]
        assert record.two_sem == pytest.approx(2 * float(np.std(means)) / len(means) ** 0.5)
        assert (record.n_trials, record.n_participants) == (len(times[place]), len(means))
        assert record.n_excluded == sum(one.reaction_time_ms is not None and one.reaction_time_ms < 0 for one in of(own, which))


@pytest.mark.parametrize("which", WHICH)
def test_confidences_are_those_of_the_answers(which: Which) -> None:
    """How many trials have confidence 1, 2 and 3, ties among all only."""
    found = confidences_of(confidence_counts(TRIALS, GROUP, N_GROUPS), which)
    for place, own in enumerate(in_groups(ANSWERS, TABLE, WORDS)):
        assert found.counts[place].tolist() == [sum(one.confidence == level for one in of(own, which)) for level in (1, 2, 3)]


def test_one_participant_has_no_spread() -> None:
    """Two standard errors over one participant's mean are none, and groups without trials have no record."""
    alone = TABLE.of("respondent", "p1")
    cells = sorted_cells(trials_of(alone, exclude_negative=True), codes_of(alone, WORDS))
    found = shares_of_cells(cells, N_GROUPS + 1)
    assert found.record(0).two_sem is None
    assert found.are_there.tolist() == [bool(n) for n in found.n_trials] and not found.are_there[N_GROUPS]


def shares(n_trials: list[int]) -> Shares:
    n = np.array(n_trials, dtype=np.int64)
    return Shares(n, np.minimum(n, 1), n / 2, np.full(len(n), np.nan))


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6), st.permutations(["a", "b", "c"]))
def test_a_mapping_of_records_is_a_dict_of_them(n_trials: list[int], inner: list[str]) -> None:
    """Its keys, their order, its values and length are those of the dict of all records that are there; others are a KeyError."""
    columns, outer = shares(n_trials), ("x", "y")
    wanted = {
        name: {level: columns.record(3 * row + place) for place, level in enumerate(inner) if n_trials[3 * row + place]}
        for row, name in enumerate(outer)
    }
    found = by_level(columns, outer, tuple(inner))
    assert found == {name: of_it for name, of_it in wanted.items() if of_it}
    for name, mapping in found.items():
        own = wanted[name]
        assert isinstance(mapping, RecordMap) and mapping == own
        assert (list(mapping.items()), len(mapping), str(dict(mapping))) == (list(own.items()), len(own), str(own))
        assert [mapping.get(level) for level in (*inner, "absent")] == [own.get(level) for level in (*inner, "absent")]
        assert mapping != {**own, "absent": columns.record(0) if n_trials[0] else None}
        with pytest.raises(KeyError, match="absent"):
            mapping["absent"]
    assert by_name(columns, "uvwxyz") == {"uvwxyz"[place]: columns.record(place) for place in range(6) if n_trials[place]}


def test_confidences_without_any_are_not_there() -> None:
    """A group whose trials have no confidence has no record."""
    assert Confidences(np.array([[0, 0, 0], [0, 0, 1]])).are_there.tolist() == [False, True]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.data())
def test_other_rows_take_the_place_of_some(n_trials: list[int], data: st.DataObject) -> None:
    """The columns with rows replaced are those of the numbers with these replaced; the columns before stay what they were."""
    places = data.draw(st.lists(st.integers(0, len(n_trials) - 1), unique=True))
    others = data.draw(st.lists(st.integers(0, 9), min_size=len(places), max_size=len(places)))
    before, replaced = shares(n_trials), dict(zip(places, others, strict=True))
    found = with_rows(before, np.array(places, dtype=np.int64), shares(others))
    assert same(found, shares([replaced.get(place, n) for place, n in enumerate(n_trials)]))
    assert same(before, shares(n_trials))


def times(values: list[int]) -> Times:
    numbers, floats = np.array(values, dtype=np.int64), np.array(values, dtype=np.float64)
    return Times(numbers, numbers, floats, floats, floats, numbers)


def test_rows_of_times_are_replaced_in_all_columns() -> None:
    """Each of the six numbers of a group is that of the other columns."""
    assert same(with_rows(times([1, 2, 3]), np.array([1]), times([7])), times([1, 7, 3]))
