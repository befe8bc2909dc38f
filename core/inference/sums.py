"""What is counted of main trials: by respondent and group, such as condition x layer, in one pass over the rows, and over them again never.

Shapes: R respondents, G groups (all combinations of the levels of some words, the first word's changing slowest), 3 outcomes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import AnswerTable, Floats, Mask, Word
from core.inference.ordering import ordered_keys

Counts = NDArray[np.int64]
INCORRECT, TIE, CORRECT = range(3)
N_OUTCOMES: Final = 3
N_CONFIDENCES: Final = 3
MOST_DENSE: Final = 2**20  # cells, respondents x groups, that are counted in an array; beyond, few of many are there, and sorted


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Main trials that count: `outcome` INCORRECT, TIE (an observer's) or CORRECT; `is_timed`: has a time that counts; `is_excluded`: its
    time was left out by a rule; all (n,). `is_plain`: outcomes tell the scores, which are 0, 1/2 and 1."""

    table: AnswerTable
    outcome: NDArray[np.int8]
    is_timed: Mask
    is_excluded: Mask
    is_plain: bool

    def where(self, chosen: Mask | Counts) -> Trials:
        """Return the chosen rows, (n,) bool or their numbers."""
        return Trials(self.table.where(chosen), self.outcome[chosen], self.is_timed[chosen], self.is_excluded[chosen], self.is_plain)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """By respondent and group, dense: trials `n` and their `score`, both (R, G); `timed` trials and their `time`, both (R, G, 3)."""

    n: Counts
    score: Floats
    timed: Counts
    time: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The same of those (group, respondent) that have trials, by group and then respondent: `group`, `who`, `n`, `score` (m,), `timed`
    and `time` (m, 3)."""

    group: Counts
    who: Counts
    n: Counts
    score: Floats
    timed: Counts
    time: Floats


def trials_of(main: AnswerTable, *, exclude_negative: bool) -> Trials:
    """Return the main trials of a table that has no others; negative times are left out where the rule says so."""
    is_excluded = (main.time_s < 0) & exclude_negative
    outcome = outcome_of(main.score)
    is_plain = bool((outcome == main.score * (CORRECT - INCORRECT)).all())
    return Trials(main, outcome, ~np.isnan(main.time_s) & ~is_excluded, is_excluded, is_plain)


def outcome_of(score: Floats) -> NDArray[np.int8]:
    """Return INCORRECT, TIE or CORRECT of each score, (n,)."""
    return np.int8(TIE) + (score > 0.5).astype(np.int8) - (score < 0.5).astype(np.int8)


def shape_of(table: AnswerTable, words: tuple[Word, ...]) -> tuple[int, ...]:
    """Return how many levels each word has."""
    return tuple(len(table[word].levels) for word in words)


def codes_of(table: AnswerTable, words: tuple[Word, ...], rows: Counts | None = None) -> NDArray[np.int32]:
    """Return the group of each row, or of those asked for, (n,), -1 for rows in none (a word is absent)."""
    columns = [table[word].codes if rows is None else table[word].codes[rows] for word in words]
    codes, is_absent = columns[0], columns[0] < 0
    for word, column in zip(words[1:], columns[1:], strict=True):
        codes = codes * np.int32(len(table[word].levels)) + column
        is_absent = is_absent | (column < 0)
    return np.where(is_absent, np.int32(-1), codes) if is_absent.any() else codes


def over_outcomes(sums: NDArray[Any]) -> NDArray[Any]:
    """Return the sums of all trials, (...,), from those of each outcome, (..., 3)."""
    return np.asarray(sums[..., INCORRECT] + sums[..., TIE] + sums[..., CORRECT])


def dense_sums(trials: Trials, group: NDArray[np.int32], n_groups: int, who: Counts | NDArray[np.int32], n_who: int) -> Sums:
    """Return the sums of respondents `who`, (n,) from 0 to n_who - 1, in each group of rows, (n,)."""
    cell = who.astype(np.int64) * n_groups + group
    is_in = group >= 0
    if not is_in.all():
        trials, cell = trials.where(is_in), cell[is_in]
    n, score, timed, time = _summed(trials, cell, n_who * n_groups)
    shape = n_who, n_groups
    by_outcome = (*shape, N_OUTCOMES)
    return Sums(n.reshape(shape), score.reshape(shape), timed.reshape(by_outcome), time.reshape(by_outcome))


def cells_of(sums: Sums, groups: Counts | None = None) -> Cells:
    """Return the cells that have trials of all groups, or of those asked for, which are numbered anew from 0."""
    n, score, timed, time = sums.n, sums.score, sums.timed, sums.time
    if groups is not None:
        n, score, timed, time = n[:, groups], score[:, groups], timed[:, groups], time[:, groups]
    group, who = np.nonzero(n.T)
    return Cells(group, who, n[who, group], score[who, group], timed[who, group], time[who, group])


def sorted_cells(trials: Trials, group: NDArray[np.int32]) -> Cells:
    """Return the cells that have trials, from the rows themselves: where groups are many, and of few rows."""
    is_in = group >= 0
    if not is_in.all():
        trials, group = trials.where(is_in), group[is_in]
    who = trials.table["respondent"]
    key = group.astype(np.int64) * len(who.levels) + who.codes
    order, of = ordered_keys(key)
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = of[1:] != of[:-1]
    group_of, who_of = np.divmod(of[is_new], len(who.levels))
    return Cells(group_of, who_of, *_summed(trials, np.cumsum(is_new) - 1, len(group_of), order))


def own_cells(trials: Trials, group: NDArray[np.int32], n_groups: int, n_who: int) -> Cells:
    """Return the cells that have trials where the groups' last word is the respondent, so that each group has one."""
    sums = dense_sums(trials, group, n_groups, np.zeros(len(group), dtype=np.int32), 1)
    there = np.flatnonzero(sums.n[0])
    return Cells(there, there % n_who, sums.n[0][there], sums.score[0][there], sums.timed[0][there], sums.time[0][there])


def confidence_counts(trials: Trials, group: NDArray[np.int32], n_groups: int) -> Counts:
    """Return how many trials of each group and outcome have confidence 1, 2 and 3, (G, 3 outcomes, 3)."""
    confidence = trials.table.confidence
    rated = (confidence > 0) & (group >= 0)
    outcome = trials.outcome
    if not rated.all():
        group, outcome, confidence = group[rated], outcome[rated], confidence[rated]
    place = (group.astype(np.int64) * N_OUTCOMES + outcome) * N_CONFIDENCES + (confidence - 1)
    shape = n_groups, N_OUTCOMES, N_CONFIDENCES
    return np.bincount(place, minlength=math.prod(shape)).reshape(shape)


def excluded_counts(trials: Trials, group: NDArray[np.int32], n_groups: int) -> Counts:
    """Return how many times of each group and outcome a rule left out, (G, 3 outcomes)."""
    left_out = trials.is_excluded & (group >= 0)
    place = group[left_out].astype(np.int64) * N_OUTCOMES + trials.outcome[left_out]
    return np.bincount(place, minlength=n_groups * N_OUTCOMES).reshape(n_groups, N_OUTCOMES)


def _summed(trials: Trials, cell: Counts, n_cells: int, order: Counts | None = None) -> tuple[Counts, Floats, Counts, Floats]:
    """Return of each cell: trials and their score, both (cells,); timed trials and their times, both (cells, 3 outcomes). `cell`: of each
    row, or of rows in another order."""
    shape, size = (n_cells, N_OUTCOMES), n_cells * N_OUTCOMES
    place, time, is_timed = cell * N_OUTCOMES + _at(trials.outcome, order), _at(trials.table.time_s, order), _at(trials.is_timed, order)
    n = np.bincount(place, minlength=size).reshape(shape)
    timed = n
    if not is_timed.all():
        place, time = place[is_timed], time[is_timed]
        timed = np.bincount(place, minlength=size).reshape(shape)
    if trials.is_plain:
        score = n[:, CORRECT] + n[:, TIE] / 2
    else:
        score = _floats(np.bincount(cell, weights=_at(trials.table.score, order), minlength=n_cells))
    return over_outcomes(n), score, timed, _floats(np.bincount(place, weights=time, minlength=size)).reshape(shape)


def _at(values: NDArray[Any], order: Counts | None) -> NDArray[Any]:
    return values if order is None else values[order]


def _floats(sums: NDArray[np.float64] | Counts) -> Floats:
    """Return sums as float64: without any row, bincount counts in integers."""
    return sums.astype(np.float64, copy=False)
