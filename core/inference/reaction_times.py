"""Reaction times in seconds by condition, and by whatever a table knows of a trial, for all, correct and incorrect trials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.errors import UsageError
from core.inference.answer_table import AnswerTable, Floats, Mask, Word
from core.inference.groups import Key, by_participant, groups
from core.inference.proportions import two_sem

Which = Literal["all", "correct", "incorrect"]
WHICH: tuple[Which, ...] = get_args(Which)
REACTION_TIME_METHOD = "mean and median over trials; two_sem: 2 standard errors over participant means, population sd / sqrt(n); seconds"


@dataclass(frozen=True, slots=True)
class ReactionTime:
    """Reaction times in seconds; `n_excluded` negative ones are not among the `n_trials`."""

    mean: float
    two_sem: float | None
    median: float
    n_trials: int
    n_participants: int
    n_excluded: int
    method: str = REACTION_TIME_METHOD


def reaction_time(main: AnswerTable, *, which: Which = "all", exclude_negative: bool = True) -> dict[Condition, ReactionTime]:
    """Return reaction times in seconds of each condition, for all or only the correct or incorrect trials."""
    found = reaction_time_of(answered(main, which), "condition", exclude_negative=exclude_negative)
    return {condition: value for (condition,), value in found.items()}


def reaction_time_of(asked: AnswerTable, *words: Word, exclude_negative: bool) -> dict[Key, ReactionTime]:
    """Return reaction times of each combination of levels that has any.

    `exclude_negative` names the only rule: negative times, a clock's error, are left out and counted. Observers have no times.
    """
    found = groups(asked, *words)
    kept = timed(asked, exclude_negative=exclude_negative) & (found.codes >= 0)
    medians = dict(zip(found.keys, _medians(asked.time_s[kept], found.codes[kept].astype(np.int64), len(found.keys)), strict=True))
    left_out = np.bincount(found.codes[(asked.time_s < 0) & ~kept & (found.codes >= 0)], minlength=len(found.keys)).tolist()
    n_excluded = dict(zip(found.keys, left_out, strict=True))
    return {
        key: ReactionTime(
            mean=math.fsum(sums.total) / int(sums.n.sum()),
            two_sem=two_sem(sums.means),
            median=medians[key],
            n_trials=int(sums.n.sum()),
            n_participants=len(sums.n),
            n_excluded=n_excluded[key],
        )
        for key, sums in by_participant(asked, asked.time_s, *words, kept=kept)
    }


def timed(table: AnswerTable, *, exclude_negative: bool) -> Mask:
    """Return which rows have a reaction time that counts, (n,)."""
    has_time = ~np.isnan(table.time_s)
    return has_time & ~(table.time_s < 0) if exclude_negative else has_time


def answered(main: AnswerTable, which: Which) -> AnswerTable:
    """Return all, the correct or the incorrect answers; an observer's tie is neither correct nor incorrect."""
    if which not in WHICH:
        raise UsageError(f"Answers are summarised as {', '.join(WHICH)}; {which!r} came.")
    if which == "all":
        return main
    return main.where((main.score > 0.5) if which == "correct" else (main.score < 0.5))


def _medians(values: Floats, codes: NDArray[np.int64], n_groups: int) -> list[float]:
    """Return the median of each group's values, NaN for groups without any."""
    ordered = values[np.lexsort((values, codes))]
    n = np.bincount(codes, minlength=n_groups)
    first = np.cumsum(n) - n
    low, high = first + (n - 1) // 2, first + n // 2
    last = max(0, len(ordered) - 1)
    if not len(ordered):
        return [math.nan] * n_groups
    middle = (ordered[np.clip(low, 0, last)] + ordered[np.clip(high, 0, last)]) / 2
    return [float(value) for value in np.where(n > 0, middle, np.nan)]
