"""Crossed random effects of a logistic regression: the restricted Laplace likelihood, its gradient, and its maximum.

logit p = beta0 + beta1 x + (u0 + u1 x of the participant) + (v0 + v1 x of the unit), x = 1/2 in condition A and -1/2 in B; all effects
normal and independent of each other. Fixed effects are integrated with the random ones (a flat prior), which is to variances what
restricted likelihood is in linear models; the integral is Laplace's approximation (Breslow and Clayton 1993, JASA 88, 9).

One side of the crossing (participants or units, whichever is more numerous: the eliminated side, I levels) meets itself only in 2 x 2
blocks, and is eliminated; the other side (the kept one, J levels) stays in a dense Schur complement of 2 + 2 J rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats

Ints = NDArray[np.int64]
LEAST_SD: Final = 1e-3  # in logits: an sd at this bound counts as none
MOST_SD: Final = 10.0
NEWTON_STEPS: Final = 100
NEWTON_TOLERANCE: Final = 1e-9  # of the decrement, in log likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Answers counted by eliminated level, kept level and condition, one row each that has any.

    `first`, `second`: codes of the eliminated and of the kept side; `x`: 1/2 or -1/2; `n`: answers; `correct`: sum of their scores.
    """

    first: Ints
    second: Ints
    x: Floats
    n: Floats
    correct: Floats
    n_first: int
    n_second: int


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """Where the joint density of all effects is highest, given the sds: `fixed` (2,), standardised effects `first` (I, 2), `second` (2, J);
    `value`: the restricted Laplace log likelihood."""

    fixed: Floats
    first: Floats
    second: Floats
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """Of the restricted log likelihood at some sds: its gradient (4,), covariance of the fixed effects (2, 2), and how the fixed effects
    move with the sds (2, 4)."""

    gradient: Floats
    covariance: Floats
    fixed_by_sd: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Factors:
    """The Hessian of the joint density, factored: `inner` inverse 2 x 2 blocks (I, 2, 2), `across` = inner @ cross terms (I, 2, 2 + 2 J),
    `schur` the inverse of the Schur complement, `log_determinant` of all."""

    inner: Floats
    across: Floats
    schur: Floats
    log_determinant: float


def start(counts: Counts) -> Mode:
    """Return a mode to begin with: everybody alike."""
    share = np.clip([_share(counts, x) for x in (-0.5, 0.5)], 0.01, 0.99)
    low, high = np.log(share / (1 - share))
    return Mode(np.array([(low + high) / 2, high - low]), np.zeros((counts.n_first, 2)), np.zeros((2, counts.n_second)), -np.inf)


def find_mode(counts: Counts, sd: Floats, begin: Mode) -> tuple[Mode, _Factors]:
    """Return the mode given the sds (4,) (of first: intercept, slope; of second: the same), by Newton's method with halved steps."""
    mode, joint = begin, _joint(counts, sd, begin)
    for _ in range(NEWTON_STEPS):
        probability = _logistic(_linear(counts, sd, mode))
        factors = _factors(counts, sd, counts.n * probability * (1 - probability))
        gradient = _pull_back(counts, sd, counts.correct - counts.n * probability, mode)
        step = _solve(factors, *gradient)
        decrement = sum(float(np.sum(g * s)) for g, s in zip(gradient, step, strict=True))
        if decrement < NEWTON_TOLERANCE:
            break
        mode, joint = _uphill(counts, sd, mode, joint, step)
    return replace(mode, value=joint - factors.log_determinant / 2), factors


def slope(counts: Counts, sd: Floats, mode: Mode, factors: _Factors) -> Slope:
    """Return the gradient of the restricted log likelihood in the sds at its mode, with what it takes the fixed effects along."""
    probability = _logistic(_linear(counts, sd, mode))
    weight = counts.n * probability * (1 - probability)
    residual = counts.correct - counts.n * probability
    basis = np.stack([np.ones_like(counts.x), counts.x, np.ones_like(counts.x), counts.x], axis=1)  # (rows, 4)
    effects = np.hstack([mode.first[counts.first], mode.second[:, counts.second].T]) * basis
    loads = np.hstack([basis[:, :2] * sd[:2], basis[:, :2], basis[:, 2:] * sd[2:]])  # (rows, 6): first, fixed, second
    spread = np.einsum("rij,rj->ri", _covariances(counts, factors), loads)  # (rows, 6)
    third = np.einsum("ri,ri->r", spread, loads) * weight * (1 - 2 * probability)
    trace = np.sum(weight[:, None] * basis * spread[:, [0, 1, 4, 5]], axis=0)
    gradient, moved = np.empty(4), np.empty((2, 4))
    for k in range(4):
        step = _solve(factors, *_moved_right_side(counts, sd, k, residual, weight * effects[:, k], basis[:, k]))
        change = effects[:, k] + _linear(counts, sd, Mode(step[1], step[0], step[2], 0.0))
        gradient[k] = float(residual @ effects[:, k]) - trace[k] - float(third @ change) / 2
        moved[:, k] = step[1]
    return Slope(gradient, factors.schur[:2, :2], moved)


def shares(counts: Counts, factors: _Factors) -> Floats:
    """Return what each random effect contributes to the fixed effects' covariance, (4, 2, 2): its variance times the covariance's
    derivative in it, which is the sum over levels of the squared covariances of fixed and standardised random effects."""
    first = (factors.across @ factors.schur[:, :2]).transpose(1, 2, 0)  # (effect, fixed, I)
    second = factors.schur[:2, 2:].reshape(2, 2, counts.n_second).transpose(1, 0, 2)  # (effect, fixed, J)
    return np.concatenate([one @ one.transpose(0, 2, 1) for one in (first, second)])


def reliabilities(counts: Counts, factors: _Factors) -> Floats:
    """Return how well the answers tell the levels of each random effect apart, (4,), from 0, not at all, to 1: one less the mean
    conditional variance of its standardised levels."""
    own = np.einsum("iaa->ia", factors.inner) + np.einsum("iak,kl,ial->ia", factors.across, factors.schur, factors.across, optimize=True)
    kept = np.diag(factors.schur)[2:].reshape(2, counts.n_second)
    return np.asarray(1 - np.concatenate([own.mean(axis=0), kept.mean(axis=1)]))


def _share(counts: Counts, x: float) -> float:
    chosen = counts.x == x
    return float(counts.correct[chosen].sum() / counts.n[chosen].sum())


def _linear(counts: Counts, sd: Floats, mode: Mode) -> Floats:
    first, second = mode.first * sd[:2], mode.second * sd[2:, None]
    intercept = mode.fixed[0] + first[counts.first, 0] + second[0, counts.second]
    return np.asarray(intercept + counts.x * (mode.fixed[1] + first[counts.first, 1] + second[1, counts.second]))


def _logistic(value: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(value / 2))


def _joint(counts: Counts, sd: Floats, mode: Mode) -> float:
    linear = _linear(counts, sd, mode)
    likelihood = float(counts.correct @ linear - counts.n @ np.logaddexp(0.0, linear))
    return likelihood - float(np.sum(mode.first**2) + np.sum(mode.second**2)) / 2


def _uphill(counts: Counts, sd: Floats, mode: Mode, joint: float, step: tuple[Floats, Floats, Floats]) -> tuple[Mode, float]:
    """Return the mode after the step, halved until the joint density does not fall, and the joint density there."""
    length, first, fixed, second = 1.0, *step
    while length > 1e-8:
        moved = Mode(mode.fixed + length * fixed, mode.first + length * first, mode.second + length * second, 0.0)
        found = _joint(counts, sd, moved)
        if found >= joint:
            return moved, found
        length /= 2
    return mode, joint


def _pull_back(counts: Counts, sd: Floats, residual: Floats, mode: Mode | None) -> tuple[Floats, Floats, Floats]:
    """Return residuals summed onto effects (first (I, 2), fixed (2,), second (2, J)), less the pull of the effects' own density."""
    sloped = residual * counts.x
    first = np.stack([np.bincount(counts.first, of, counts.n_first) for of in (residual, sloped)], axis=1) * sd[:2]
    second = np.stack([np.bincount(counts.second, of, counts.n_second) for of in (residual, sloped)]) * sd[2:, None]
    fixed = np.array([residual.sum(), sloped.sum()])
    return (first, fixed, second) if mode is None else (first - mode.first, fixed, second - mode.second)


def _moved_right_side(
    counts: Counts, sd: Floats, k: int, residual: Floats, weighted: Floats, basis: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return what the mode's derivative in sd k solves for: its own residuals less the weighted change of the linear predictor."""
    first, fixed, second = (-part for part in _pull_back(counts, sd, weighted, None))
    if k < 2:
        first[:, k] += np.bincount(counts.first, residual * basis, counts.n_first)
    else:
        second[k - 2] += np.bincount(counts.second, residual * basis, counts.n_second)
    return first, fixed, second


def _factors(counts: Counts, sd: Floats, weight: Floats) -> _Factors:
    sloped, n_second = weight * counts.x, counts.n_second
    a, b = ([np.bincount(code, of, size) for of in (weight, sloped)] for code, size in
            ((counts.first, counts.n_first), (counts.second, n_second)))  # fmt: skip
    pair = counts.first * n_second + counts.second
    c = [np.bincount(pair, of, counts.n_first * n_second).reshape(counts.n_first, n_second) for of in (weight, sloped)]
    own = _inverse_blocks(1 + sd[0] ** 2 * a[0], sd[0] * sd[1] * a[1], 1 + sd[1] ** 2 * a[0] / 4)
    cross = np.empty((counts.n_first, 2, 2 + 2 * n_second))
    cross[:, 0] = sd[0] * np.hstack([np.stack(a, axis=1), sd[2] * c[0], sd[3] * c[1]])
    cross[:, 1] = sd[1] * np.hstack([np.stack([a[1], a[0] / 4], axis=1), sd[2] * c[1], sd[3] * c[0] / 4])
    across = own[0] @ cross
    kept = _kept(b, sd) - np.tensordot(cross, across, axes=((0, 1), (0, 1)))
    triangle = np.linalg.cholesky(kept)
    inverse = np.linalg.inv(triangle)
    log_determinant = float(np.sum(np.log(own[1]))) + 2 * float(np.sum(np.log(np.diag(triangle))))
    return _Factors(own[0], across, inverse.T @ inverse, log_determinant)


def _inverse_blocks(upper: Floats, across: Floats, lower: Floats) -> tuple[Floats, Floats]:
    """Return the inverses (I, 2, 2) and determinants (I,) of symmetric 2 x 2 blocks."""
    determinant = upper * lower - across**2
    inverse = np.stack([np.stack([lower, -across], axis=1), np.stack([-across, upper], axis=1)], axis=1)
    return inverse / determinant[:, None, None], determinant


def _kept(b: Sequence[NDArray[Any]], sd: Floats) -> Floats:
    """Return the Hessian's part of fixed effects and kept side, (2 + 2 J, 2 + 2 J)."""
    n, (total, sloped) = len(b[0]), (float(b[0].sum()), float(b[1].sum()))
    kept = np.zeros((2 + 2 * n, 2 + 2 * n))
    kept[:2, :2] = [[total, sloped], [sloped, total / 4]]
    kept[:2, 2:] = np.vstack([np.hstack([sd[2] * b[0], sd[3] * b[1]]), np.hstack([sd[2] * b[1], sd[3] * b[0] / 4])])
    kept[2:, :2] = kept[:2, 2:].T
    low, high = np.arange(2, 2 + n), np.arange(2 + n, 2 + 2 * n)
    kept[low, low], kept[high, high] = 1 + sd[2] ** 2 * b[0], 1 + sd[3] ** 2 * b[0] / 4
    kept[low, high] = kept[high, low] = sd[2] * sd[3] * b[1]
    return kept


def _solve(factors: _Factors, first: Floats, fixed: Floats, second: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the Hessian's inverse times a vector that is in parts: first (I, 2), fixed (2,), second (2, J)."""
    kept = factors.schur @ (np.concatenate([fixed, second.ravel()]) - np.tensordot(first, factors.across, axes=((0, 1), (0, 1))))
    eliminated = np.einsum("iab,ib->ia", factors.inner, first) - factors.across @ kept
    return eliminated, kept[:2], kept[2:].reshape(second.shape)


def _covariances(counts: Counts, factors: _Factors) -> Floats:
    """Return the inverse Hessian among the six effects of each row (first's two, fixed two, second's two), (rows, 6, 6)."""
    n = counts.n_second
    between = -factors.across @ factors.schur  # (I, 2, 2 + 2 J)
    own = factors.inner - np.einsum("iak,ibk->iab", between, factors.across)
    found = np.empty((len(counts.x), 6, 6))
    places = np.stack([np.zeros(n, np.int64), np.ones(n, np.int64), 2 + np.arange(n), 2 + n + np.arange(n)], axis=1)  # (J, 4)
    found[:, :2, :2] = own[counts.first]
    found[:, 2:, 2:] = factors.schur[places[:, :, None], places[:, None, :]][counts.second]
    for at in range(4):
        found[:, :2, 2 + at] = found[:, 2 + at, :2] = between[counts.first, :, places[counts.second, at]]
    return found
