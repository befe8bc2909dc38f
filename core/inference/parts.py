"""A breakdown of main trials, such as condition x layer: its sums by respondent, kept, and its estimates, made of these.

When a few respondents' trials change, their sums are counted anew and only the groups they touch are estimated again; what comes of it
is, to the last bit, what the whole would give (sums are taken in the order of rows, and each group's estimates of its own sums only).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import AnswerTable, Floats, Mask, Word
from core.inference.columns import Confidences, Shares, Times, confidences_of, shares_of_cells, times_of_cells, with_rows
from core.inference.ordering import Rows, by_group, medians, rising_order
from core.inference.reaction_times import WHICH, Which
from core.inference.sums import (
    CORRECT,
    INCORRECT,
    MOST_DENSE,
    N_OUTCOMES,
    Cells,
    Counts,
    Sums,
    Trials,
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


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """`sums`: dense, None where there are too many cells for that. `confidence`: (groups, 3 outcomes, 3), `n_excluded`: (groups, 3).
    `times`: empty where only shares are asked for."""

    words: tuple[Word, ...]
    levels: tuple[tuple[str, ...], ...]
    sums: Sums | None
    confidence: Counts
    n_excluded: Counts
    shares: Shares
    times: Mapping[Which, Times]

    @property
    def confidences(self) -> dict[Which, Confidences]:
        """Return the confidence of all, correct and incorrect trials."""
        return {which: confidences_of(self.confidence, which) for which in WHICH}


@dataclass(frozen=True, slots=True, eq=False)
class Rising:
    """Timed trials in rising order of time: their `rows` in a table, `time` and `outcome`, all (n,)."""

    rows: Rows
    time: Floats
    outcome: NDArray[np.int8]

    def where(self, chosen: Mask) -> Rising:
        """Return the chosen entries, (n,) bool."""
        return Rising(self.rows[chosen], self.time[chosen], self.outcome[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What changed: the trials of respondents `who` (ascending) as they are now, `own`; those that `came` and those that `went`; and of
    the conditions that these are of, all trials now as `rows` of the `table`, in order, and as `rising` ones."""

    who: Counts
    own: Trials
    came: Trials
    went: Trials
    table: AnswerTable
    rows: Rows
    rising: Rising
    exclude_negative: bool


def rising_of(trials: Trials) -> Rising:
    """Return the timed trials in rising order of time; those of equal times in any."""
    timed = np.flatnonzero(trials.is_timed)
    return rising_rows(trials.table, timed[rising_order(trials.table.time_s[timed])])


def rising_rows(table: AnswerTable, rows: Rows) -> Rising:
    """Return timed rows that are in rising order of time."""
    return Rising(rows, table.time_s[rows], outcome_of(table.score[rows]))


def part_of(trials: Trials, rising: Rising, words: tuple[Word, ...], *, with_times: bool = True) -> Part:
    """Return a breakdown of trials, `rising` of them."""
    table = trials.table
    n_groups, group = math.prod(shape_of(table, words)), codes_of(table, words)
    who = table["respondent"]
    is_dense = len(who.levels) * n_groups <= MOST_DENSE
    sums = dense_sums(trials, group, n_groups, who.codes, len(who.levels)) if is_dense else None
    cells = cells_of(sums) if sums is not None else _many_cells(trials, group, words, n_groups)
    excluded = excluded_counts(trials, group, n_groups)
    return Part(
        words=words,
        levels=tuple(table[word].levels for word in words),
        sums=sums,
        confidence=confidence_counts(trials, group, n_groups),
        n_excluded=excluded,
        shares=shares_of_cells(cells, n_groups),
        times=_times(cells, _medians(rising, group[rising.rows], n_groups), excluded) if with_times else {},
    )


def changed(part: Part, change: Change) -> Part:
    """Return the part after a change that left the levels as they are."""
    came, went = (codes_of(one.table, part.words) for one in (change.came, change.went))
    touched = np.unique(np.concatenate([came[came >= 0], went[went >= 0]])).astype(np.int64)
    if not len(touched):
        return part
    confidence, n_excluded = (
        kept + count(change.came, came, len(kept)) - count(change.went, went, len(kept))
        for kept, count in ((part.confidence, confidence_counts), (part.n_excluded, excluded_counts))
    )
    sums = None if part.sums is None else _with_respondents(part.sums, change, part.words)
    cells = _touched_cells(change, part, touched) if sums is None else cells_of(sums, touched)
    return replace(
        part,
        sums=sums,
        confidence=confidence,
        n_excluded=n_excluded,
        shares=with_rows(part.shares, touched, shares_of_cells(cells, len(touched))),
        times=_changed_times(part, change, cells, touched, n_excluded[touched]) if part.times else {},
    )


def _changed_times(part: Part, change: Change, cells: Cells, touched: Counts, n_excluded: Counts) -> dict[Which, Times]:
    near = _numbers(part, touched)[codes_of(change.table, part.words, change.rising.rows)]
    times = _times(cells, _medians(change.rising, near, len(touched)), n_excluded)
    return {which: with_rows(part.times[which], touched, times[which]) for which in WHICH}


def _numbers(part: Part, touched: Counts) -> NDArray[np.int32]:
    """Return the number among the touched groups of each group, -1 for others and, at the end, for rows in no group."""
    found = np.full(len(part.confidence) + 1, -1, dtype=np.int32)
    found[touched] = np.arange(len(touched))
    return found


def _touched_cells(change: Change, part: Part, touched: Counts) -> Cells:
    group = _numbers(part, touched)[codes_of(change.table, part.words, change.rows)]
    near = group >= 0
    trials = trials_of(change.table.where(change.rows[near]), exclude_negative=change.exclude_negative)
    return sorted_cells(trials, group[near])


def _with_respondents(sums: Sums, change: Change, words: tuple[Word, ...]) -> Sums:
    """Return the sums with those of the respondents that changed, counted anew."""
    own = change.own.table
    who = np.searchsorted(change.who, own["respondent"].codes)
    new = dense_sums(change.own, codes_of(own, words), sums.n.shape[1], who, len(change.who))
    found = Sums(sums.n.copy(), sums.score.copy(), sums.timed.copy(), sums.time.copy())
    found.n[change.who], found.score[change.who], found.timed[change.who], found.time[change.who] = new.n, new.score, new.timed, new.time
    return found


def _many_cells(trials: Trials, group: NDArray[np.int32], words: tuple[Word, ...], n_groups: int) -> Cells:
    if words[-1] == "respondent":
        return own_cells(trials, group, n_groups, len(trials.table["respondent"].levels))
    return sorted_cells(trials, group)


def _times(cells: Cells, middle: Mapping[Which, Floats], n_excluded: Counts) -> dict[Which, Times]:
    return {which: times_of_cells(cells, which, middle[which], n_excluded) for which in WHICH}


def _medians(rising: Rising, group: NDArray[np.int32], n_groups: int) -> dict[Which, Floats]:
    """Return the medians of all, correct and incorrect trials of each group; `group`: of each rising entry, -1 for none."""
    if group.min(initial=0) < 0:
        is_in = group >= 0
        rising, group = rising.where(is_in), group[is_in]
    n = np.bincount(group.astype(np.int64) * N_OUTCOMES + rising.outcome, minlength=n_groups * N_OUTCOMES).reshape(n_groups, N_OUTCOMES)
    order, outcome = np.arange(len(group)), rising.outcome
    if n_groups > 1:
        order = by_group(group, n_groups)
        outcome = outcome[order]
    return {
        "all": medians(rising.time, n.sum(axis=1), order),
        "correct": medians(rising.time, n[:, CORRECT], order, np.flatnonzero(outcome == CORRECT)),
        "incorrect": medians(rising.time, n[:, INCORRECT], order, np.flatnonzero(outcome == INCORRECT)),
    }
