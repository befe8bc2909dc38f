"""The posterior over participants: its likelihood by another integration, and its calibration under its own priors."""

from __future__ import annotations

import numpy as np
import pytest

from core.inference.participant_posterior import PairedCounts, averaged, log_likelihood, log_prior, posterior

N_STUDIES = 30


@pytest.mark.parametrize(
    ("draw", "pattern"),
    [
        ((1.0, 0.3, np.log(0.8), np.log(0.5)), (9, 6, 10, 12)),
        ((-2.0, 1.0, np.log(1.5), np.log(0.1)), (0, 40, 40, 40)),
        ((0.5, 0.5, np.log(0.01), np.log(2.0)), (5, 0, 7, 0)),
    ],
)
def test_likelihood_equals_a_fine_grid(draw: tuple[float, ...], pattern: tuple[float, ...]) -> None:
    """The integral over a participant's two effects is that of a fine grid, also where one condition was not answered."""
    beta_a, beta_b, log_u, log_w = draw
    grid = np.linspace(-8, 8, 801)
    u, w = np.meshgrid(grid, grid, indexing="ij")
    common, apart = np.exp(log_u) * u, np.exp(log_w) * w / 2
    linear = np.stack([beta_a + common + apart, beta_b + common - apart], axis=-1)
    density = linear @ np.array(pattern[:2]) - np.logaddexp(0, linear) @ np.array(pattern[2:]) - (u**2 + w**2) / 2
    wanted = np.log(np.exp(density).sum() * (grid[1] - grid[0]) ** 2 / (2 * np.pi))
    assert log_likelihood(np.array([draw]), np.array([pattern], dtype=float))[0, 0] == pytest.approx(wanted, abs=0.01)


def test_calibrated_under_its_priors() -> None:
    """Where truths are drawn from the priors, the posterior's distribution function at the truth is uniform over studies (Talts 2018)."""
    from scipy.stats import kstest

    rng, places = np.random.default_rng(11), []
    for seed in range(N_STUDIES):
        n_participants, n_trials = int(rng.integers(2, 8)), int(rng.integers(5, 40))
        beta, sd = rng.logistic(size=2), np.abs(rng.standard_normal(2))
        effects = rng.standard_normal((n_participants, 2)) * sd
        linear = beta + effects[:, :1] + effects[:, 1:] * (0.5, -0.5)
        correct = rng.binomial(n_trials, 1 / (1 + np.exp(-linear))).astype(float)
        counts = PairedCounts(correct, np.full_like(correct, n_trials))
        found = posterior(counts, np.random.default_rng(seed), n_draws=1000)
        truth = averaged(np.array([[*beta, *np.log(sd)]]))[0]
        places.append(found.weights[found.proportions @ (1, -1) < truth @ (1, -1)].sum())
        assert found.n_effective > 100
    assert kstest(places, "uniform").pvalue > 0.005


def test_prior_is_logistic_and_half_normal() -> None:
    """The log prior is that of its densities, with the sds' change of variables, but for a constant."""
    from scipy.stats import halfnorm, logistic

    draws = np.random.default_rng(0).standard_normal((20, 4))
    wanted = logistic.logpdf(draws[:, :2]).sum(axis=1) + (halfnorm.logpdf(np.exp(draws[:, 2:])) + draws[:, 2:]).sum(axis=1)
    assert np.ptp(log_prior(draws) - wanted) == pytest.approx(0, abs=1e-9)


def test_averaged_is_the_mean_over_participants() -> None:
    """Both proportions are what a million participants give on average."""
    u, w = np.random.default_rng(1).standard_normal((2, 1_000_000)) * np.array([[0.8], [0.6]])
    found = averaged(np.array([[1.0, -0.5, np.log(0.8), np.log(0.6)]]))[0]
    wanted = [np.mean(1 / (1 + np.exp(-(1.0 + u + w / 2)))), np.mean(1 / (1 + np.exp(-(-0.5 + u - w / 2))))]
    assert found == pytest.approx(wanted, abs=1e-3)
