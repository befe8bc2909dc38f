"""Reaction times in seconds, for all, correct and incorrect trials; an observer's tie is neither correct nor incorrect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

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
