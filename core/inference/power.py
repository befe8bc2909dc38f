"""How many participants, or trials of each, until the difference of two conditions is known well enough, and the power to find it.

Planned is the paired t interval over participants (core/inference/contrasts.py). A participant's difference varies by what participants
truly differ in, and by the noise of so many trials: more trials lessen only the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from core.design_spec import Condition
from core.errors import CannotFit, UsageError
from core.inference.answer_table import AnswerTable
from core.inference.bayesian import paired_counts
from core.inference.proportions import CONFIDENCE_LEVEL

Source = Literal["answers", "assumed"]
WITHINS: Final = (0.01, 0.02, 0.05)
ASSURANCE: Final = 0.8  # ours: in this share of studies the half-width is at most what is said
CHARTED: Final = (3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500)
MOST_PARTICIPANTS: Final = 10_000_000
MOST_TRIALS: Final = 1_000_000
METHOD: Final = (
    "paired t interval (95 %) and two-sided paired t test (5 %, noncentral t) over participants; a participant's difference has variance "
    "sd_participants^2 + trial_variance / n_trials; sd_participants^2: variance of the differences less the mean binomial variance of "
    f"their trials, at least 0; half_width: in the median study, half_width_assured: not exceeded in {ASSURANCE:.0%} of studies, both of "
    "new studies' and, from answers, these participants' chance (F quantiles, as for a ratio of two variances of normal differences); "
    "power: where the difference and the sd are as they are here"
)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a study is planned with before any answer. `sd_participants`: how much participants truly differ in A - B.

    Defaults: Borowski et al. (2021), experiment I: 92 +- 2 % and 82 +- 4 % with 10 participants of 45 trials a condition, +- being 2
    standard errors (ddof 0). Taken as uncorrelated (the paper does not say), the variance of the differences is
    (0.02^2 + 0.04^2) / 4 * 10 * 10 / 9 = 0.0746^2, of which (0.92 * 0.08 + 0.82 * 0.18) / 45 = 0.0701^2 is binomial: 0.0253^2 is left.
    """

    share_a: float = 0.92
    share_b: float = 0.82
    n_trials: int = 45
    sd_participants: float = 0.0253

    def __post_init__(self) -> None:
        if not (0 < self.share_a < 1 and 0 < self.share_b < 1 and self.n_trials > 0 and self.sd_participants >= 0):
            raise UsageError(f"A plan needs proportions between 0 and 1, trials, and an sd of at least 0; {self} came.")


@dataclass(frozen=True, slots=True)
class Variation:
    """How participants' differences vary: `sd_participants`, truly; `trial_variance` / n_trials, by so many trials in each condition."""

    sd_participants: float
    trial_variance: float

    def sd(self, n_trials: float) -> float:
        """Return the sd of participants' differences with so many trials in each condition."""
        return math.sqrt(self.sd_participants**2 + self.trial_variance / n_trials)


@dataclass(frozen=True, slots=True)
class PowerRow:
    """What so many participants give."""

    n_participants: int
    half_width: float
    half_width_assured: float
    power: float


@dataclass(frozen=True, slots=True)
class Needed:
    """What it takes to know the difference to within +- `within`, assured: participants in all, with the trials they have, and how many
    more; or trials of each in either condition with the participants there are, None where no number of trials is enough."""

    within: float
    n_participants: int
    n_more_participants: int
    n_trials: int | None


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """`n_participants` answered both conditions so far (those of the plan where it is assumed), with `n_trials` in each (their harmonic
    mean). `power`: to find `difference` with them."""

    a: Condition
    b: Condition
    source: Source
    difference: float
    sd_participants: float
    trial_variance: float
    n_participants: int
    n_trials: float
    half_width: float | None
    power: float | None
    needed: tuple[Needed, ...]
    rows: tuple[PowerRow, ...]
    method: str = METHOD


def plan_of_answers(
    main: AnswerTable,
    a: Condition = "natural",
    b: Condition = "synthetic",
    *,
    withins: tuple[float, ...] = WITHINS,
    n_trials: int | None = None,
    charted: tuple[int, ...] = (),
) -> PowerPlan:
    """Return the plan from the variation seen in main trials (`n_trials`: for another number of trials in each condition; `charted`:
    further numbers of participants to have a row of).

    Raises CannotFit below two participants with two or more trials in both conditions, and where each has all trials of a condition alike.
    """
    counts = paired_counts(main, a, b)
    kept = (counts.n > 1).all(axis=1)
    correct, n = counts.correct[kept], counts.n[kept]
    if len(n) < 2:
        raise CannotFit(
            f"A plan from answers needs two participants with at least two {a} and two {b} trials each; there are {len(n)}. "
            "`exemplary power --assume` plans from the paper's values."
        )
    shares = correct / n
    differences = shares[:, 0] - shares[:, 1]
    by_trial = shares * (1 - shares) * n / (n - 1)  # unbiased for p (1 - p)
    of_trials = float((by_trial / n).sum(axis=1).mean())
    if of_trials == 0:
        raise CannotFit(
            f"A plan from answers needs somebody who is sometimes right and sometimes wrong: of {len(n)} participants each has all {a} and "
            f"all {b} trials alike, which does not tell how far more trials vary. `exemplary power --assume` plans from the paper's values."
        )
    seen = float(differences.var(ddof=1))
    trials = round(float(1 / (1 / n).mean()), 6)
    variation = Variation(math.sqrt(max(0.0, seen - of_trials)), of_trials * trials)
    return _plan("answers", (a, b), float(differences.mean()), variation, len(n), float(n_trials or trials), withins, charted)


def plan_of_assumed(
    assumed: Assumed | None = None,
    a: Condition = "natural",
    b: Condition = "synthetic",
    *,
    n_participants: int = 0,
    withins: tuple[float, ...] = WITHINS,
) -> PowerPlan:
    """Return the plan before any answer, for so many participants where a number is given."""
    one = assumed or Assumed()
    variation = Variation(one.sd_participants, one.share_a * (1 - one.share_a) + one.share_b * (1 - one.share_b))
    return _plan("assumed", (a, b), one.share_a - one.share_b, variation, n_participants, float(one.n_trials), withins)


def half_width(sd: float, n_participants: int, share: float = 0.5, *, sd_df: float = math.inf) -> float:
    """Return the half-width of the 95 % t interval that this share of studies does not exceed, participants' differences having this sd;
    `sd_df`: where it is an estimate with so many degrees of freedom, the share is of studies and of such estimates before them."""
    from scipy.special import chdtri, fdtri, stdtrit  # at first use: importing it takes long, and pages import this module

    df = n_participants - 1
    spread = sd * math.sqrt(float(chdtri(df, 1 - share)) / df if math.isinf(sd_df) else float(fdtri(df, sd_df, share)))
    return float(stdtrit(df, 0.5 + CONFIDENCE_LEVEL / 2)) * spread / math.sqrt(n_participants)


def power(difference: float, sd: float, n_participants: int) -> float:
    """Return the probability that the two-sided paired t test at 5 % finds this difference."""
    from scipy.special import nctdtr, stdtrit

    df = n_participants - 1
    critical = float(stdtrit(df, 0.5 + CONFIDENCE_LEVEL / 2))
    apart = abs(difference) / sd * math.sqrt(n_participants)
    below, far = float(nctdtr(df, apart, critical)), float(nctdtr(df, apart, -critical))
    return 1.0 if math.isnan(below) else 1 - below + (0.0 if math.isnan(far) else far)  # not a number: too small for it


def _plan(
    source: Source,
    pair: tuple[Condition, Condition],
    difference: float,
    variation: Variation,
    n: int,
    n_trials: float,
    withins: tuple[float, ...],
    charted: tuple[int, ...] = (),
) -> PowerPlan:
    for within in withins:
        if not 0 < within < 1:
            raise UsageError(f"A half-width is a proportion between 0 and 1, such as 0.05; {within} came.")
    sd, sd_df = variation.sd(n_trials), n - 1 if source == "answers" else math.inf
    rows = tuple(
        PowerRow(many, half_width(sd, many, sd_df=sd_df), half_width(sd, many, ASSURANCE, sd_df=sd_df), power(difference, sd, many))
        for many in sorted({*CHARTED, *charted, *([n] if n > 1 else [])})
    )
    return PowerPlan(
        a=pair[0],
        b=pair[1],
        source=source,
        difference=difference,
        sd_participants=variation.sd_participants,
        trial_variance=variation.trial_variance,
        n_participants=n,
        n_trials=n_trials,
        half_width=half_width(sd, n, sd_df=sd_df) if n > 1 else None,
        power=power(difference, sd, n) if n > 1 else None,
        needed=tuple(_needed(within, variation, n, n_trials, sd_df=sd_df) for within in withins),
        rows=rows,
    )


def participants_needed(within: float, sd: float, *, sd_df: float = math.inf) -> int:
    """Return the least number of participants whose half-width is assured to be at most this; `sd_df` as in `half_width`."""
    found = _least(lambda many: half_width(sd, many, ASSURANCE, sd_df=sd_df) <= within, 2, MOST_PARTICIPANTS)
    if found is None:
        raise UsageError(f"A half-width of {within} would need more than {MOST_PARTICIPANTS:,} participants; name a larger one.")
    return found


def _needed(within: float, variation: Variation, n: int, n_trials: float, *, sd_df: float) -> Needed:
    participants = participants_needed(within, variation.sd(n_trials), sd_df=sd_df)
    trials = None
    if n > 1:
        trials = _least(lambda many: half_width(variation.sd(many), n, ASSURANCE, sd_df=sd_df) <= within, 1, MOST_TRIALS)
    return Needed(within, participants, max(0, participants - n), trials)


def _least(is_enough: Callable[[int], bool], low: int, most: int) -> int | None:
    """Return the least number from `low` to `most` that is enough, None where none is; what is enough stays so for larger ones."""
    if not is_enough(most):
        return None
    high = most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return low
