"""d' against published tables, a full yes/no analysis and simulation."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from core.inference.answer_table import table_of
from core.inference.proportions import wilson
from core.inference.signal_detection import d_prime, side_bias, signal_detection
from tests.core.inference.answers import answer, counted, of_people, outcomes, tallied

Z = NormalDist().inv_cdf


def test_d_prime_is_that_of_the_tables() -> None:
    """Of many trials 76 % correct are d' = 1, and 92 % are 2 (Macmillan & Creelman 2005, table of 2AFC), half of them 0."""
    assert d_prime([500_000, 760_250, 921_350], 1_000_000) == pytest.approx([0, 1, 2], abs=2e-3)


def test_all_and_none_correct_stay_finite() -> None:
    """The log-linear correction makes 10 of 10 like 10.5 of 11, and none of 10 its opposite."""
    best, worst = d_prime([10, 0], 10)
    assert [best, -worst] == pytest.approx([math.sqrt(2) * Z(10.5 / 11)] * 2)


def test_over_participants_each_counts_alike() -> None:
    """With two or more participants the estimate is the mean of their d', with scipy's t interval; pooled takes all trials together."""
    from scipy.stats import ttest_1samp

    found = signal_detection(outcomes(table_of(of_people({"natural": [(9, 1), (7, 3), (30, 10)]}))))["natural"]
    values = [math.sqrt(2) * Z((k + 0.5) / (n + 1)) for k, n in ((9, 10), (7, 10), (30, 40))]
    wanted = ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.estimate, found.interval) == (pytest.approx(np.mean(values)), pytest.approx((wanted.low, wanted.high)))
    assert found.pooled == pytest.approx(math.sqrt(2) * Z(46.5 / 61))
    assert (found.n_trials, found.n_participants, found.side_bias) == (60, 3, None)


def test_one_participant_gets_the_interval_of_the_trials() -> None:
    """Wilson's bounds as d'; a bound is None where the proportion's is 1. A tie counts one half."""
    found = signal_detection(outcomes(table_of(counted("p1", "natural", correct=8, wrong=2))))["natural"]
    low, high = wilson(8, 10)
    assert found.interval == pytest.approx((math.sqrt(2) * Z(low), math.sqrt(2) * Z(high)))
    assert "one participant" in found.method
    perfect = signal_detection(outcomes(table_of(counted("p1", "natural", correct=10, wrong=0))))["natural"]
    assert perfect.interval[0] is not None and perfect.interval[1] is None
    tie = signal_detection(outcomes(table_of([answer(score=0.5), answer(score=0.5)])))["natural"]
    assert tie.estimate == pytest.approx(0)


def test_side_bias_is_the_criterion_of_a_simulated_observer() -> None:
    """An observer who compares two normal numbers with a preference for one side shows d' and criterion (full yes/no analysis)."""
    rng, n, true, criterion = np.random.default_rng(4), 200_000, 1.2, 0.3
    is_top = rng.random(n) < 0.5
    evidence = rng.normal(np.where(is_top, 1, -1) * true / math.sqrt(2), 1)  # of top minus bottom, in units of its sd
    says_top = evidence > criterion
    chosen = np.zeros((2, 3), dtype=np.int64)
    for side in (0, 1):
        came = says_top == (side == 0)
        chosen[side] = [np.sum(came & (is_top != (side == 0))), 0, np.sum(came & (is_top == (side == 0)))]
    assert side_bias(chosen) == pytest.approx(criterion, abs=0.02)
    assert side_bias(chosen[::-1]) == pytest.approx(-criterion, abs=0.02)
    assert side_bias(np.zeros((2, 3), dtype=np.int64)) is None


def test_the_interval_covers_the_mean_sensitivity() -> None:
    """Over simulated groups of twelve the interval holds the mean of the corrected d' about 95 % of the time."""
    rng, n, covered = np.random.default_rng(5), 60, []
    abilities = rng.normal(1.2, 0.4, 20_000)
    chance = np.array([NormalDist().cdf(one / math.sqrt(2)) for one in abilities])
    truth = float(d_prime(rng.binomial(n, chance), n).mean())
    for _ in range(1000):
        people = [[(n - k, k), (0, 0), (0, 0)] for k in rng.binomial(n, rng.choice(chance, 12))]
        low, high = signal_detection(tallied(people))["natural"].interval
        covered.append(low is not None and high is not None and low <= truth <= high)
    assert 0.93 < np.mean(covered) < 0.97
