"""A mixed-effects logistic regression of right or wrong on the condition: the contrast for participants and units in general.

Participants and units are crossed, each with a random intercept and, where enough of them answered or were shown in both conditions, a
random slope of the condition. A t interval over participants takes the units as they are; this one counts that other units differ too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.errors import CannotFit
from core.inference.answer_table import AnswerTable, Word
from core.inference.crossed_fit import Fit, count, difference, fit, log_odds_ratio, n_in_both

FEWEST: Final = 3  # participants, and units; and of either in both conditions for a slope: below, their variance is a guess
MOST_KEPT: Final = 400  # levels of the less numerous of participants and units; time grows with their cube
METHOD: Final = (
    "mixed-effects logistic regression by restricted Laplace likelihood; crossed random effects of participants and units: independent "
    "normal intercepts and, where sds of them are given, slopes of the condition; log odds ratio A - B with a 95 % t interval, its df by "
    "Welch and Satterthwaite from what each random effect contributes to the variance, calibrated by simulation; difference of the "
    "proportions correct averaged over participants and units by the delta method; presentation schemes are pooled"
)
SIDES: Final[tuple[Word, Word]] = ("respondent", "unit")


@dataclass(frozen=True, slots=True)
class Spread:
    """Sds in logits of random intercepts, and of random slopes (how A - B differs); 0: the fit found none; None: not in the model."""

    intercept_sd: float
    slope_sd: float | None


@dataclass(frozen=True, slots=True)
class MixedModel:
    """The contrast A - B for participants and units in general. `proportions`: averaged over both; `df`: of the interval of the log odds
    ratio; `n_left_out`: answers beyond what is fitted at once, of participants or units drawn by `seed`."""

    a: Condition
    b: Condition
    log_odds_ratio: float
    log_odds_ratio_interval: tuple[float, float]
    difference: float
    difference_interval: tuple[float, float]
    proportions: Mapping[Condition, float]
    participants: Spread
    units: Spread
    df: float
    is_converged: bool
    n_participants: int
    n_units: int
    n_trials_a: int
    n_trials_b: int
    n_left_out: int
    seed: int
    method: str = METHOD


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Answers to both conditions: `codes` of participants and of units, each (n,), and whether the condition is A, (n,)."""

    table: AnswerTable
    codes: tuple[NDArray[np.int64], NDArray[np.int64]]
    is_a: NDArray[np.bool_]

    @property
    def n_levels(self) -> tuple[int, int]:
        return int(self.codes[0].max(initial=-1)) + 1, int(self.codes[1].max(initial=-1)) + 1


def mixed_model(main: AnswerTable, a: Condition = "natural", b: Condition = "synthetic", *, seed: int = 0) -> MixedModel:
    """Return the model of main trials in two conditions. Raises CannotFit, saying why, where the answers do not determine it.

    `seed` draws the participants or units that are fitted where both are more than MOST_KEPT.
    """
    came = main.of("condition", a, b)
    asked = _asked(_fewer(came, seed), a)
    _check(asked, a, b)
    order = (1, 0) if asked.n_levels[1] > asked.n_levels[0] else (0, 1)
    slopes = tuple(n if (n := n_in_both(codes, asked.is_a)) >= FEWEST else 0 for codes in asked.codes)
    counts = count(asked.codes[order[0]], asked.codes[order[1]], asked.is_a, asked.table.score)
    found = fit(counts, slopes=(slopes[order[0]], slopes[order[1]]))
    spreads = [_spread(found, order.index(side), slopes[side]) for side in (0, 1)]
    ratio, (change, shares) = log_odds_ratio(found), difference(found)
    return MixedModel(
        a=a,
        b=b,
        log_odds_ratio=ratio.value,
        log_odds_ratio_interval=ratio.interval,
        difference=change.value,
        difference_interval=change.interval,
        proportions={a: shares[0], b: shares[1]},
        participants=spreads[0],
        units=spreads[1],
        df=ratio.df,
        is_converged=found.is_converged,
        n_participants=asked.n_levels[0],
        n_units=asked.n_levels[1],
        n_trials_a=int(asked.is_a.sum()),
        n_trials_b=int((~asked.is_a).sum()),
        n_left_out=len(came) - len(asked.table),
        seed=seed,
    )


def _asked(table: AnswerTable, a: Condition) -> _Asked:
    codes = [np.unique(table[side].codes, return_inverse=True)[1].astype(np.int64) for side in SIDES]
    return _Asked(table, (codes[0], codes[1]), table["condition"].codes == table["condition"].code(a))


def _fewer(came: AnswerTable, seed: int) -> AnswerTable:
    """Return the answers, or where both participants and units are too many those of the less numerous that are drawn."""
    present = {side: np.unique(came[side].codes) for side in SIDES}
    fewer = min(SIDES, key=lambda side: len(present[side]))
    if len(present[fewer]) <= MOST_KEPT:
        return came
    drawn = np.random.default_rng(seed).choice(present[fewer], MOST_KEPT, replace=False)
    return came.where(np.isin(came[fewer].codes, drawn))


def _check(asked: _Asked, a: Condition, b: Condition) -> None:
    """Refuse what has no finite or no meaningful estimate."""
    for condition, chosen in ((a, asked.is_a), (b, ~asked.is_a)):
        n, correct = int(chosen.sum()), float(asked.table.score[chosen].sum())
        if not n:
            raise CannotFit(f"The mixed model compares {a} with {b}, and nobody answered {condition} trials.")
        if correct in (0, n):
            which = "right" if correct else "wrong"
            raise CannotFit(
                f"All {n:,} {condition} answers are {which}, so that their log odds have no finite estimate; the Bayesian estimate has one."
            )
    for n, what in zip(asked.n_levels, ("participants", "units"), strict=True):
        if n < FEWEST:
            raise CannotFit(f"The mixed model needs at least {FEWEST} {what} to tell how much they differ; there are answers of {n}.")


def _spread(found: Fit, at: int, n_slopes: int) -> Spread:
    return Spread(float(found.sd[2 * at]), float(found.sd[2 * at + 1]) if n_slopes else None)
