"""A Bayesian estimate of the difference of two conditions' proportions correct, from one self-test to many participants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.design_spec import Condition
from core.errors import CannotFit
from core.inference.answer_table import AnswerTable, Floats
from core.inference.groups import groups, summed
from core.inference.participant_posterior import PairedCounts, posterior
from core.inference.proportions import CONFIDENCE_LEVEL

NODES: Final = 400  # of the quadrature over a proportion, for one participant
TAILS: Final = ((1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2)
NO_ANYTIME_CLAIM: Final = (
    "equal-tailed 95 % credible interval; it makes no claim for looking while answers arrive and stopping when it leaves out 0 (the "
    "confidence sequence does)"
)
ONE: Final = (
    "posterior of the difference A - B of one participant's proportions correct, about this participant: binomial counts with uniform "
    f"priors, Beta(1, 1) (Bayes 1763), integrated by quadrature; {NO_ANYTIME_CLAIM}"
)
MANY: Final = (
    "posterior of the difference A - B of the proportions correct averaged over participants: binomial counts, participants' logits normal "
    "with a common part and a difference; priors: the median participant's proportions uniform, both sds half-normal with scale 1 logit "
    "(weakly informative, after Gelman 2006); units are not modelled apart; by seeded importance sampling of n_effective independent "
    f"draws' worth; {NO_ANYTIME_CLAIM}"
)


@dataclass(frozen=True, slots=True)
class Bayesian:
    """The difference A - B: posterior mean, credible interval and the probability that it is above 0; `proportions`: posterior means.
    `n_effective`: None where it was integrated, not sampled."""

    a: Condition
    b: Condition
    difference: float
    interval: tuple[float, float]
    probability_above_0: float
    proportions: Mapping[Condition, float]
    n_participants: int
    n_trials_a: int
    n_trials_b: int
    n_effective: float | None
    seed: int
    method: str


def bayesian(main: AnswerTable, a: Condition = "natural", b: Condition = "synthetic", *, seed: int = 0) -> Bayesian:
    """Return the posterior of the difference over main trials. Raises CannotFit where nobody answered one of the conditions."""
    counts = paired_counts(main, a, b)
    for condition, n in zip((a, b), counts.n.sum(axis=0), strict=True):
        if not n:
            raise CannotFit(f"The Bayesian estimate compares {a} with {b}, and nobody answered {condition} trials.")
    if len(counts.n) == 1:
        mean, interval, above = of_one(counts.correct[0], counts.n[0])
        shares, n_effective, method = (counts.correct[0] + 1) / (counts.n[0] + 2), None, ONE
    else:
        found = posterior(counts, np.random.default_rng(seed))
        differences = found.proportions[:, 0] - found.proportions[:, 1]
        mean, above = float(found.weights @ differences), float(found.weights[differences > 0].sum())
        interval = _quantiles(differences, found.weights)
        shares, n_effective, method = found.weights @ found.proportions, found.n_effective, MANY
    return Bayesian(
        a=a,
        b=b,
        difference=mean,
        interval=interval,
        probability_above_0=above,
        proportions={a: float(shares[0]), b: float(shares[1])},
        n_participants=len(counts.n),
        n_trials_a=int(counts.n[:, 0].sum()),
        n_trials_b=int(counts.n[:, 1].sum()),
        n_effective=n_effective,
        seed=seed,
        method=method,
    )


def paired_counts(main: AnswerTable, a: Condition, b: Condition) -> PairedCounts:
    """Return the counts in A and B of every participant who answered either."""
    asked = main.of("condition", a, b)
    found = groups(asked, "respondent", "condition")
    known = found.codes >= 0
    shape = len(asked["respondent"].levels), len(asked["condition"].levels)
    total, n = summed(found.codes[known].astype(np.int64), asked.score[known], shape)
    both, correct = np.zeros((len(n), 2)), np.zeros((len(n), 2))
    for column, condition in enumerate((a, b)):
        if condition in asked["condition"].levels:
            at = asked["condition"].levels.index(condition)
            both[:, column], correct[:, column] = n[:, at], total[:, at]
    answered = both.any(axis=1)
    return PairedCounts(correct[answered], both[answered])


def of_one(correct: Floats, n: Floats) -> tuple[float, tuple[float, float], float]:
    """Return mean, interval and probability above 0 of the difference of two proportions with posteriors Beta(correct + 1, wrong + 1)."""
    from scipy.optimize import brentq  # at first use: importing it takes long, and pages import this module
    from scipy.special import betainc, betaincinv

    first, second = correct + 1, n - correct + 1
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    shares = betaincinv(first[1], second[1], (nodes + 1) / 2)  # of B, at equal steps of its posterior's distribution

    def below(difference: float) -> float:
        return float(weights @ betainc(first[0], second[0], np.clip(shares + difference, 0, 1)) / 2)

    low, high = (float(brentq(lambda difference, of=tail: below(difference) - of, -1, 1)) for tail in TAILS)
    means = first / (first + second)
    return float(means[0] - means[1]), (low, high), 1 - below(0.0)


def _quantiles(values: Floats, weights: Floats) -> tuple[float, float]:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) - weights[order] / 2
    low, high = np.interp(TAILS, reached, values[order])
    return float(low), float(high)
