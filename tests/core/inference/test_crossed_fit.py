"""The fit recovers what studies were drawn from; its intervals are as wide as they vary."""

from __future__ import annotations

import numpy as np
import pytest

from core.inference.crossed_fit import count, difference, fit, log_odds_ratio, marginal_proportion, n_in_both
from tests.core.inference.crossed import crossed


def test_recovers_fixed_effects_and_sds() -> None:
    """With many participants and units the estimates are near the truth: the contrast, and all four sds."""
    made = crossed(np.random.default_rng(1), 120, 60, participants=(0.6, 0.5), units=(0.9, 0.6))
    found = fit(count(made.who, made.unit, made.is_a, made.score), slopes=(120, 60))
    assert found.is_converged
    assert found.sd == pytest.approx([0.6, 0.5, 0.9, 0.6], abs=0.15)
    estimate = log_odds_ratio(found)
    assert estimate.interval[0] < 1.0 < estimate.interval[1]
    assert estimate.value == pytest.approx(1.0, abs=0.25)


def test_intervals_hold_the_truth_in_most_studies() -> None:
    """Of 60 studies of 10 participants at least 52 intervals of the ratio and of the difference hold the truth (95 %: less once in 200)."""
    sd, fixed, held = np.array([0.5, 0.3, 0.8, 0.4]), np.array([1.5, 1.0]), []
    truth = marginal_proportion(fixed, sd, 0.5)[0] - marginal_proportion(fixed, sd, -0.5)[0]
    for seed in range(60):
        made = crossed(np.random.default_rng(seed), 10, 20)
        found = fit(count(made.unit, made.who, made.is_a, made.score), slopes=(20, 10))
        intervals = log_odds_ratio(found).interval, difference(found)[0].interval
        held.append([low <= of <= high for (low, high), of in zip(intervals, (1.0, truth), strict=True)])
    assert np.sum(held, axis=0).min() >= 52


def test_nothing_varies() -> None:
    """Where participants and units are alike, the contrast is that of plain logistic regression and no sd is invented."""
    rng = np.random.default_rng(5)
    made = crossed(rng, 40, 30, participants=(0.0, 0.0), units=(0.0, 0.0))
    found = fit(count(made.who, made.unit, made.is_a, made.score), slopes=(40, 30))
    shares = [made.score[made.is_a == one].mean() for one in (True, False)]
    plain = np.log(shares[0] / (1 - shares[0])) - np.log(shares[1] / (1 - shares[1]))
    assert log_odds_ratio(found).value == pytest.approx(plain, abs=0.1)
    assert found.sd.max() < 0.3


def test_marginal_proportion_is_the_mean_over_random_effects() -> None:
    """It is what a million draws give, and steep as small steps say."""
    sd, fixed = np.array([0.5, 0.3, 0.8, 0.4]), np.array([1.5, 1.0])
    spread = np.sqrt(sd[0] ** 2 + sd[2] ** 2 + (sd[1] ** 2 + sd[3] ** 2) / 4)
    draws = 1 / (1 + np.exp(-(1.5 - 0.5 + spread * np.random.default_rng(0).standard_normal(1_000_000))))
    share, steep = marginal_proportion(fixed, sd, -0.5)
    assert share == pytest.approx(draws.mean(), abs=1e-3)
    above, below = (marginal_proportion(fixed + np.array([step, 0]), sd, -0.5)[0] for step in (1e-4, -1e-4))
    assert steep == pytest.approx((above - below) / 2e-4, rel=1e-4)


def test_count_sums_answers_of_the_same_cell() -> None:
    """Answers of one participant to one unit in one condition become one row."""
    found = count(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 0]), np.array([True, True, False, True]), np.array([1.0, 0.5, 0.0, 1.0]))
    assert (found.n.sum(), len(found.n), found.n_first, found.n_second) == (4, 3, 2, 2)
    assert found.correct[(found.first == 1) & (found.x == 0.5)].tolist() == [1.5]
    assert n_in_both(np.array([0, 0, 1]), np.array([True, False, True])) == 1
