"""Reaction times in seconds by condition, for all, correct and incorrect trials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.design_spec import Condition
from core.errors import UsageError
from core.inference.answer_table import AnswerTable, Mask
from core.inference.groups import by_participant, groups
from core.inference.proportions import two_sem

Which = Literal["all", "correct", "incorrect"]
WHICH: tuple[Which, ...] = get_args(Which)
REACTION_TIME_METHOD = "mean and median over trials; two_sem: 2 standard errors over participant means, population sd / sqrt(n); seconds"


@dataclass(frozen=True, slots=True)
class ReactionTime:
    """Reaction times of one condition, in seconds; `n_excluded` negative ones are not among the `n_trials`."""

    mean: float
    two_sem: float | None
    median: float
    n_trials: int
    n_participants: int
    n_excluded: int
    method: str = REACTION_TIME_METHOD


def reaction_time(main: AnswerTable, *, which: Which = "all", exclude_negative: bool = True) -> dict[Condition, ReactionTime]:
    """Return reaction times in seconds over main trials, for all or only the correct or incorrect ones.

    `exclude_negative` names the only rule: negative times, a clock's error, are left out and counted. Observers have no times.
    """
    asked = answered(main, which)
    found = groups(asked, "condition")
    kept = timed(asked, exclude_negative=exclude_negative)
    left_out = np.bincount(found.codes[(asked.time_s < 0) & ~kept], minlength=len(found.keys))
    return {
        condition: ReactionTime(
            mean=math.fsum(sums.total) / int(sums.n.sum()),
            two_sem=two_sem(sums.means),
            median=float(np.median(asked.time_s[kept & (found.codes == found.keys.index((condition,)))])),
            n_trials=int(sums.n.sum()),
            n_participants=len(sums.n),
            n_excluded=int(left_out[found.keys.index((condition,))]),
        )
        for (condition,), sums in by_participant(asked, asked.time_s, "condition", kept=kept)
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
