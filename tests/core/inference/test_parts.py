"""Breakdowns against counting one answer at a time, and those that are kept against those that are counted anew."""

from __future__ import annotations

import math
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inference import parts
from core.inference.answer_table import AnswerTable, Mask, Word, table_of
from core.inference.parts import Change, Part, changed, part_of, rising_of
from core.inference.sums import MOST_DENSE, outcome_of, trials_of
from core.inference.tally import PARTS
from tests.core.inference.answers import simulated
from tests.core.inference.recount import in_groups, outcome, same, seconds


def counted(table: AnswerTable, words: tuple[Word, ...], *, exclude_negative: bool = True, with_times: bool = True) -> Part:
    trials = trials_of(table, exclude_negative=exclude_negative)
    return part_of(trials, rising_of(trials), words, with_times=with_times)


@pytest.mark.parametrize("words", PARTS)
@pytest.mark.parametrize("exclude_negative", [True, False])
def test_medians_of_groups_are_those_of_statistics(words: tuple[Word, ...], exclude_negative: bool) -> None:
    """Of all, correct and incorrect answers of every group, to the last bit; NaN where there is none."""
    answers = simulated(70, n_people=6)
    table = table_of(answers)
    found = counted(table, words, exclude_negative=exclude_negative)
    for place, own in enumerate(in_groups(answers, table, words)):
        timed = [(outcome(one), time) for one in own if (time := seconds(one, exclude_negative=exclude_negative)) is not None]
        for which, wanted in (("all", (0, 1, 2)), ("correct", (2,)), ("incorrect", (0,))):
            times = [time for of, time in timed if of in wanted]
            value = float(found.times[which].median[place])  # type: ignore[index]
            assert value == median(times) if times else math.isnan(value)


@pytest.mark.parametrize("words", PARTS)
def test_a_group_counts_its_answers(words: tuple[Word, ...]) -> None:
    """Trials, participants, score and confidence of every group."""
    answers = simulated(71, n_people=6)
    table = table_of(answers)
    found = counted(table, words)
    assert found.levels == tuple(table[word].levels for word in words)
    for place, own in enumerate(in_groups(answers, table, words)):
        assert found.shares.n_trials[place] == len(own)
        assert found.shares.n_participants[place] == len({one.respondent for one in own})
        assert found.shares.n_correct[place] == sum(one.proportion_correct for one in own)
        assert found.confidences["all"].counts[place].tolist() == [sum(one.confidence == level for one in own) for level in (1, 2, 3)]


def test_rising_trials_rise_in_time() -> None:
    """Each timed trial is there once, with its time and outcome; those without a time that counts are not."""
    table = table_of(simulated(72))
    trials = trials_of(table, exclude_negative=True)
    found = rising_of(trials)
    assert sorted(found.rows.tolist()) == np.flatnonzero(trials.is_timed).tolist()
    assert (np.diff(found.time) >= 0).all()
    assert np.array_equal(found.time, table.time_s[found.rows]) and np.array_equal(found.outcome, outcome_of(table.score[found.rows]))


@pytest.mark.parametrize("words", PARTS)
def test_few_of_many_cells_give_the_same(words: tuple[Word, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many cells for an array rows are sorted, with the same estimates to the last bit."""
    table = table_of(simulated(73))
    dense = counted(table, words)
    monkeypatch.setattr(parts, "MOST_DENSE", 0)
    sparse = counted(table, words)
    assert dense.sums is not None and sparse.sums is None
    assert same(sparse.shares, dense.shares) and same(sparse.times, dense.times)


def test_only_shares_are_estimated_where_only_they_are_asked_for() -> None:
    """Without times there are none, and shares are what they are with them."""
    table = table_of(simulated(74))
    found = counted(table, ("condition", "layer"), with_times=False)
    assert found.times == {} and same(found.shares, counted(table, ("condition", "layer")).shares)


def change_of(table: AnswerTable, *, before: Mask, after: Mask, exclude_negative: bool) -> Change:
    """Return what changes where other rows of a table are counted than before."""
    codes, conditions = table["respondent"].codes, table["condition"].codes
    who = np.unique(codes[before != after]).astype(np.int64)
    rows = np.flatnonzero(after & np.isin(conditions, conditions[before != after]))
    rising = rising_of(trials_of(table, exclude_negative=exclude_negative))
    own, came, went = (
        trials_of(table.where(chosen), exclude_negative=exclude_negative)
        for chosen in (after & np.isin(codes, who), after & ~before, before & ~after)
    )
    return Change(who, own, came, went, table, rows, rising.where(np.isin(rising.rows, rows)), exclude_negative)


@given(
    seed=st.integers(0, 10**6),
    people=st.sets(st.integers(0, 4), max_size=3),
    words=st.sampled_from(PARTS),
    exclude_negative=st.booleans(),
    most_dense=st.sampled_from([0, MOST_DENSE]),
)
@settings(max_examples=80)
def test_a_changed_part_is_a_recount(seed: int, people: set[int], words: tuple[Word, ...], exclude_negative: bool, most_dense: int) -> None:
    """Whichever trials of a few respondents come and go: every number is that of counting all anew, bit by bit; the part that there was
    stays what it was."""
    rng = np.random.default_rng(seed)
    table = table_of(simulated(seed, n_people=5, n_trials=int(rng.integers(1, 15))))
    before = rng.random(len(table)) < rng.choice([0.1, 0.5, 1.0])
    is_theirs = np.isin(table["respondent"].codes, list(people))
    after = np.where(is_theirs, rng.random(len(table)) < rng.choice([0.0, 0.5, 1.0]), before)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST_DENSE", most_dense)
        kept = counted(table.where(before), words, exclude_negative=exclude_negative)
        found = changed(kept, change_of(table, before=before, after=after, exclude_negative=exclude_negative))
        assert same(found, counted(table.where(after), words, exclude_negative=exclude_negative))
        assert same(kept, counted(table.where(before), words, exclude_negative=exclude_negative))
