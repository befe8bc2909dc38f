"""The posterior of two conditions' proportions where participants differ, by seeded importance sampling.

A participant is right in condition A with logit p = beta_a + u + w / 2 and in B with beta_b + u - w / 2; u and w are normal over
participants with sds sigma_u and sigma_w. Priors: beta_a and beta_b standard logistic, which makes the median participant's proportion
uniform; both sds half-normal with scale 1 (weakly informative, as Gelman 2006, Bayesian Analysis 1, 515 recommends; the scale is ours).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats

ROUNDS: Final = 5  # in which the proposal is fitted to the posterior
DRAWS_A_ROUND: Final = 1000
DRAWS: Final = 4000
TAIL_DF: Final = 5  # of the proposal's t distribution: its tails are heavier than the posterior's
NEWTON_STEPS: Final = 12
LONGEST_STEP: Final = 2.0  # in standardised effects
NODES: Final = 5  # of the quadrature over each of a participant's two effects
WIDE_NODES: Final = 31  # of the quadrature over participants
MOST_AT_ONCE: Final = 200_000  # draws x participants


@dataclass(frozen=True, slots=True, eq=False)
class PairedCounts:
    """Correct answers and answers of each participant in A and B, (participants, 2) each; 0 answers where one was not answered."""

    correct: Floats
    n: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws of both proportions averaged over participants, (draws, 2), with weights that sum to 1, (draws,)."""

    proportions: Floats
    weights: Floats

    @property
    def n_effective(self) -> float:
        """Return how many independent draws they are worth."""
        return float(1 / np.sum(self.weights**2))


def posterior(counts: PairedCounts, rng: np.random.Generator, *, n_draws: int = DRAWS) -> Posterior:
    """Return the posterior of two or more participants' counts; the same for the same generator."""
    patterns, copies = np.unique(np.hstack([counts.correct, counts.n]), axis=0, return_counts=True)
    centre, spread = _begin(counts)
    for _ in range(ROUNDS):
        draws, weights = _draw(patterns, copies, centre, spread, rng, DRAWS_A_ROUND)
        tempered = _tempered(weights)
        centre = tempered @ draws
        spread = (draws - centre).T * tempered @ (draws - centre) * 1.2 + 1e-6 * np.eye(4)
    draws, weights = _draw(patterns, copies, centre, spread, rng, n_draws)
    return Posterior(averaged(draws), np.exp(weights - np.logaddexp.reduce(weights)))


def averaged(draws: Floats) -> Floats:
    """Return both proportions averaged over participants, (draws, 2), of draws (beta_a, beta_b, log sigma_u, log sigma_w), (draws, 4)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(WIDE_NODES)
    sd = np.sqrt(np.exp(2 * draws[:, 2]) + np.exp(2 * draws[:, 3]) / 4)
    return np.asarray(_logistic(draws[:, :2, None] + sd[:, None, None] * nodes) @ (weights / weights.sum()))


def log_prior(draws: Floats) -> Floats:
    """Return the log density of draws (beta_a, beta_b, log sigma_u, log sigma_w), but for a constant."""
    beta, log_sd = draws[:, :2], draws[:, 2:]
    logistic = -beta - 2 * np.logaddexp(0, -beta)
    return np.asarray(logistic.sum(axis=1) + np.sum(log_sd - np.exp(2 * log_sd) / 2, axis=1))


def log_likelihood(draws: Floats, patterns: Floats) -> Floats:
    """Return the log likelihood of each pattern (correct A, B, answers A, B), (patterns, 4), at each draw: (draws, patterns).

    A participant's two effects are integrated by Gauss and Hermite's quadrature around where their density is highest.
    """
    correct, n = patterns[:, :2], patterns[:, 2:]
    sd = np.exp(draws[:, 2:])
    loads = np.stack([np.stack([sd[:, 0], sd[:, 1] / 2], axis=1), np.stack([sd[:, 0], -sd[:, 1] / 2], axis=1)], axis=1)  # (draws, 2, 2)
    base = draws[:, None, :2]
    effects = np.zeros((len(draws), len(patterns), 2))
    for _ in range(NEWTON_STEPS):
        gradient, inverse = _slope(base, loads, effects, correct, n)
        step = np.einsum("dpij,dpj->dpi", inverse, gradient)
        effects += step * np.minimum(1, LONGEST_STEP / np.maximum(np.linalg.norm(step, axis=2, keepdims=True), 1e-12))
    _, inverse = _slope(base, loads, effects, correct, n)
    return _integral(base, loads, effects, inverse, correct, n)


def _begin(counts: PairedCounts) -> tuple[Floats, Floats]:
    total = counts.n.sum(axis=0)
    share = (counts.correct.sum(axis=0) + 0.5) / (total + 1)
    around = np.sqrt(1 / ((total + 1) * share * (1 - share)) + 0.5 / len(counts.n))
    return np.array([*np.log(share / (1 - share)), -1.0, -1.0]), np.diag([*around**2, 1.0, 1.0])


def _draw(
    patterns: Floats, copies: NDArray[np.int64], centre: Floats, spread: Floats, rng: np.random.Generator, n: int
) -> tuple[Floats, Floats]:
    """Return draws of the t proposal, (n, 4), and their unnormalised log weights, (n,)."""
    triangle = np.linalg.cholesky(spread)
    standard = rng.standard_normal((n, 4)) / np.sqrt(rng.chisquare(TAIL_DF, (n, 1)) / TAIL_DF)
    draws = centre + standard @ triangle.T
    proposal = -(TAIL_DF + 4) / 2 * np.log1p(np.sum(standard**2, axis=1) / TAIL_DF)
    each = max(1, MOST_AT_ONCE // len(patterns))
    fits = np.concatenate([log_likelihood(draws[at : at + each], patterns) @ copies for at in range(0, n, each)])
    return draws, fits + log_prior(draws) - proposal


def _tempered(log_weights: Floats) -> Floats:
    """Return weights that sum to 1, flattened until they are worth a tenth of the draws: a first proposal may be far off."""
    power = 1.0
    while True:
        weights = np.exp(power * (log_weights - log_weights.max()))
        weights = weights / weights.sum()
        if 1 / np.sum(weights**2) >= len(weights) / 10 or power < 1e-3:
            return np.asarray(weights)
        power *= 0.7


def _slope(base: Floats, loads: Floats, effects: Floats, correct: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the gradient (draws, patterns, 2) of a participant's log density in its effects and the inverse of minus its Hessian."""
    share = _logistic(base + effects @ loads.transpose(0, 2, 1))
    gradient = (correct - n * share) @ loads - effects
    weight = n * share * (1 - share)
    hessian = np.eye(2) + np.einsum("dpc,dci,dcj->dpij", weight, loads, loads, optimize=True)
    determinant = hessian[..., 0, 0] * hessian[..., 1, 1] - hessian[..., 0, 1] ** 2
    inverse = np.empty_like(hessian)
    inverse[..., 0, 0], inverse[..., 1, 1] = hessian[..., 1, 1], hessian[..., 0, 0]
    inverse[..., 0, 1] = inverse[..., 1, 0] = -hessian[..., 0, 1]
    return gradient, inverse / determinant[..., None, None]


def _integral(base: Floats, loads: Floats, effects: Floats, inverse: Floats, correct: Floats, n: Floats) -> Floats:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    log_weights = np.log(weights / np.sqrt(2 * np.pi))
    triangle = np.linalg.cholesky(inverse)
    total = np.full(effects.shape[:2], -np.inf)
    for first, log_first in zip(nodes, log_weights, strict=True):
        for second, log_second in zip(nodes, log_weights, strict=True):
            at = effects + triangle @ np.array([first, second])
            linear = base + at @ loads.transpose(0, 2, 1)
            density = np.sum(correct * linear - n * np.logaddexp(0, linear), axis=2) - np.sum(at**2, axis=2) / 2
            total = np.logaddexp(total, density + log_first + log_second + (first**2 + second**2) / 2)
    return np.asarray(total + np.log(triangle[..., 0, 0] * triangle[..., 1, 1]))


def _logistic(value: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(value / 2))
