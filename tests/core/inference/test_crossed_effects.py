"""The restricted Laplace likelihood against a slow one with all effects in one dense matrix."""

from __future__ import annotations

import numpy as np
import pytest

from core.inference.crossed_effects import Counts, find_mode, reliabilities, shares, slope, start
from core.inference.crossed_fit import count
from tests.core.inference.crossed import crossed

SDS = [np.array([0.5, 0.4, 0.3, 0.6]), np.array([0.0, 0.7, 1.2, 0.001]), np.array([0.2, 0.0, 0.0, 0.0])]


def study(seed: int = 3) -> Counts:
    made = crossed(np.random.default_rng(seed), 9, 6)
    keep = np.random.default_rng(seed).random(len(made.who)) < 0.8  # not all answered
    return count(made.who[keep], made.unit[keep], made.is_a[keep], made.score[keep])


def dense(counts: Counts, sd: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the restricted log likelihood, the mode of all effects (fixed, first, second ...) and the inverse Hessian, by brute force."""
    x = counts.x[:, None]
    first, second = np.eye(counts.n_first)[counts.first], np.eye(counts.n_second)[counts.second]
    design = np.hstack([np.ones_like(x), x, sd[0] * first, sd[1] * x * first, sd[2] * second, sd[3] * x * second])
    prior = np.diag([0.0, 0.0] + [1.0] * (design.shape[1] - 2))
    effects = np.zeros(design.shape[1])
    for _ in range(50):
        share = 1 / (1 + np.exp(-design @ effects))
        hessian = design.T @ (design * (counts.n * share * (1 - share))[:, None]) + prior
        effects = effects + np.linalg.solve(hessian, design.T @ (counts.correct - counts.n * share) - prior @ effects)
    linear = design @ effects
    joint = counts.correct @ linear - counts.n @ np.logaddexp(0, linear) - effects @ prior @ effects / 2
    return float(joint - np.linalg.slogdet(hessian)[1] / 2), effects, np.linalg.inv(hessian)


@pytest.mark.parametrize("sd", SDS, ids=str)
def test_value_mode_and_covariances_equal_a_dense_computation(sd: np.ndarray) -> None:
    """Eliminating one side changes nothing: likelihood, mode, covariance, contributions and reliabilities are those of the whole matrix."""
    counts = study()
    mode, factors = find_mode(counts, sd, start(counts))
    value, effects, inverse = dense(counts, sd)
    sizes = [counts.n_first, counts.n_first, counts.n_second, counts.n_second]
    blocks = np.split(np.arange(2, len(effects)), np.cumsum(sizes)[:-1])
    assert mode.value == pytest.approx(value, abs=1e-5)
    assert mode.fixed == pytest.approx(effects[:2], abs=1e-4)
    assert mode.first.T.ravel() == pytest.approx(effects[2 : 2 + 2 * counts.n_first], abs=1e-4)
    assert slope(counts, sd, mode, factors).covariance == pytest.approx(inverse[:2, :2], rel=1e-3)
    for k, block in enumerate(blocks):
        wanted = inverse[:2, block] @ inverse[:2, block].T
        assert shares(counts, factors)[k] == pytest.approx(wanted, rel=1e-2, abs=1e-9)
        assert reliabilities(counts, factors)[k] == pytest.approx(1 - np.diag(inverse)[block].mean(), abs=1e-4)


@pytest.mark.parametrize("sd", [SDS[0], np.array([0.3, 0.7, 1.2, 0.05])], ids=str)
def test_gradient_equals_finite_differences(sd: np.ndarray) -> None:
    """The gradient in each sd, and how the fixed effects move with it, are those of small steps."""
    counts, step = study(), 1e-4
    mode, factors = find_mode(counts, sd, start(counts))
    found = slope(counts, sd, mode, factors)
    for k in range(4):
        low, high = (find_mode(counts, sd + sign * step * np.eye(4)[k], mode)[0] for sign in (-1, 1))
        assert found.gradient[k] == pytest.approx((high.value - low.value) / (2 * step), rel=1e-3, abs=1e-3)
        assert found.fixed_by_sd[:, k] == pytest.approx((high.fixed - low.fixed) / (2 * step), rel=1e-2, abs=1e-3)
