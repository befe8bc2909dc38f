"""The posterior of two conditions' proportions where participants differ, by seeded importance sampling.

A participant is right in condition A with logit p = beta_a + u + w / 2 and in B with beta_b + u - w / 2; u and w are normal over
participants with sds sigma_u and sigma_w. Priors: beta_a and beta_b standard logistic, which makes the median participant's proportion
uniform; both sds half-normal with scale 1 (weakly informative, as Gelman 2006, Bayesian Analysis 1, 515 recommends; the scale is ours).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats

ROUNDS: Final = 4  # in which the proposal is fitted to the posterior
DRAWS_A_ROUND: Final = 1000
DRAWS: Final = 4000
FEWEST_DRAWS: Final = 250  # a round; four times as many in the end
MOST_WORK: Final = 400_000  # draws a round x participants: beyond, fewer are drawn, which many participants' narrow posterior allows
TAIL_DF: Final = 5  # of the proposal's t distribution: its tails are heavier than the posterior's
NEWTON_STEPS: Final = 12
LONGEST_STEP: Final = 2.0  # in standardised effects
NODES: Final = 5  # of the quadrature over each of a participant's two effects
WIDE_NODES: Final = 31  # of the quadrature over participants
LOG_SDS: Final = (-15.0, 4.0)  # beyond, an sd is none, or beyond all that the prior allows
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
    afforded = max(FEWEST_DRAWS, MOST_WORK // len(patterns))
    for _ in range(ROUNDS):
        draws, weights = _draw(patterns, copies, centre, spread, rng, min(DRAWS_A_ROUND, afforded))
        tempered = _tempered(weights)
        centre = tempered @ draws
        spread = (draws - centre).T * tempered @ (draws - centre) * 1.2 + 1e-6 * np.eye(4)
    draws, weights = _draw(patterns, copies, centre, spread, rng, min(n_draws, 4 * afforded))
    return Posterior(averaged(draws), np.exp(weights - np.logaddexp.reduce(weights)))


def averaged(draws: Floats) -> Floats:
    """Return both proportions averaged over participants, (draws, 2), of draws (beta_a, beta_b, log sigma_u, log sigma_w), (draws, 4)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(WIDE_NODES)
    variances = np.exp(2 * np.clip(draws[:, 2:], *LOG_SDS))
    sd = np.sqrt(variances[:, 0] + variances[:, 1] / 4)
    return np.asarray(_logistic(draws[:, :2, None] + sd[:, None, None] * nodes) @ (weights / weights.sum()))


def log_prior(draws: Floats) -> Floats:
    """Return the log density of draws (beta_a, beta_b, log sigma_u, log sigma_w), but for a constant."""
    beta, log_sd = draws[:, :2], draws[:, 2:]
    logistic = -beta - 2 * np.logaddexp(0, -beta)
    return np.asarray(logistic.sum(axis=1) + np.sum(log_sd - np.exp(2 * np.minimum(log_sd, LOG_SDS[1])) / 2, axis=1))


def log_likelihood(draws: Floats, patterns: Floats) -> Floats:
    """Return the log likelihood of each pattern (correct A, B, answers A, B), (patterns, 4), at each draw: (draws, patterns).

    A participant's two effects are integrated by Gauss and Hermite's quadrature around where their density is highest.
    """
    at = _Effects(draws, patterns)
    for _ in range(NEWTON_STEPS):
        at.step()
    return at.integral()


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


class _Effects:
    """Participants' two standardised effects `u` and `w`, (draws, patterns) each, moving to where their density is highest."""

    def __init__(self, draws: Floats, patterns: Floats) -> None:
        self._sd = np.exp(np.clip(draws[:, 2:], *LOG_SDS)) * (1, 0.5)
        self._beta, self._correct, self._n = draws[:, :2], patterns[:, :2], patterns[:, 2:]
        self.u = np.zeros((len(draws), len(patterns)))
        self.w = np.zeros((len(draws), len(patterns)))

    def step(self) -> None:
        """Take one of Newton's steps, none longer than LONGEST_STEP."""
        of_u, of_w, (uu, ww, uw) = self._curvature()
        determinant = uu * ww - uw**2
        step_u, step_w = (ww * of_u - uw * of_w) / determinant, (uu * of_w - uw * of_u) / determinant
        shorter = np.minimum(1, LONGEST_STEP / np.maximum(np.hypot(step_u, step_w), 1e-12))
        self.u, self.w = self.u + shorter * step_u, self.w + shorter * step_w

    def integral(self) -> Floats:
        """Return the log of the density's integral over both effects, (draws, patterns)."""
        _, _, (uu, ww, uw) = self._curvature()
        determinant = uu * ww - uw**2
        narrow, wide, lean = 1 / np.sqrt(ww), np.sqrt(ww / determinant), -uw / np.sqrt(ww * determinant)
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        total = np.full(self.u.shape, -np.inf)
        for first, first_weight in zip(nodes, weights, strict=True):
            for second, second_weight in zip(nodes, weights, strict=True):
                density = self._density(self.u + wide * first, self.w + lean * first + narrow * second)
                constant = math.log(first_weight * second_weight / (2 * math.pi)) + (first**2 + second**2) / 2
                total = np.logaddexp(total, density + constant)
        return np.asarray(total - np.log(determinant) / 2)

    def _logits(self, u: Floats, w: Floats) -> tuple[Floats, Floats]:
        common, apart = self._sd[:, :1] * u, self._sd[:, 1:] * w
        return self._beta[:, :1] + common + apart, self._beta[:, 1:] + common - apart

    def _density(self, u: Floats, w: Floats) -> Floats:
        parts = (self._correct[:, c] * of - self._n[:, c] * np.logaddexp(0, of) for c, of in enumerate(self._logits(u, w)))
        return np.asarray(sum(parts) - (u**2 + w**2) / 2)

    def _curvature(self) -> tuple[Floats, Floats, tuple[Floats, Floats, Floats]]:
        """Return the log density's gradient in u and in w, and minus its second derivatives (uu, ww, uw)."""
        shares = [_logistic(of) for of in self._logits(self.u, self.w)]
        a, b = (self._correct[:, c] - self._n[:, c] * share for c, share in enumerate(shares))
        weight_a, weight_b = (self._n[:, c] * share * (1 - share) for c, share in enumerate(shares))
        sd_u, sd_w, both = self._sd[:, :1], self._sd[:, 1:], weight_a + weight_b
        curvature = (1 + sd_u**2 * both, 1 + sd_w**2 * both, sd_u * sd_w * (weight_a - weight_b))
        return sd_u * (a + b) - self.u, sd_w * (a - b) - self.w, curvature


def _logistic(value: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(value / 2))
