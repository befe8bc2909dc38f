"""Plans against simulated studies and against scipy's noncentral t."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from core.errors import CannotFit, UsageError
from core.inference.answer_table import table_of
from core.inference.contrasts import t_interval
from core.inference.power import ASSURANCE, Assumed, half_width, participants_needed, plan_of_answers, plan_of_assumed, power
from tests.core.inference.answers import contrast, of_people
from tests.core.inference.crossed import answer, crossed

N_STUDIES = 4000


@pytest.mark.parametrize("n", [4, 12, 40])
def test_half_widths_and_power_are_those_of_simulated_studies(n: int) -> None:
    """Of simulated studies half have a narrower interval than half_width, 80 % than the assured one, and the share that find the difference
    is the power, all within the error of simulation."""
    rng, sd, difference = np.random.default_rng(n), 0.1, 0.08
    studies = rng.normal(difference, sd, (N_STUDIES, n))
    spans = np.array([t_interval(study.tolist()) for study in studies])
    widths = (spans[:, 1] - spans[:, 0]) / 2
    error = 4 * 0.5 / math.sqrt(N_STUDIES)
    assert np.mean(widths <= half_width(sd, n)) == pytest.approx(0.5, abs=error)
    assert np.mean(widths <= half_width(sd, n, ASSURANCE)) == pytest.approx(ASSURANCE, abs=error)
    assert np.mean((spans[:, 0] > 0) | (spans[:, 1] < 0)) == pytest.approx(power(difference, sd, n), abs=error)


def test_plan_of_binomial_participants_is_calibrated() -> None:
    """Studies of as many participants as the plan says, made of trials, reach the half-width in about 80 % of cases."""
    plan = plan_of_assumed(Assumed(share_a=0.85, share_b=0.7, n_trials=40, sd_participants=0.06), withins=(0.05,))
    n, rng, reached = plan.needed[0].n_participants, np.random.default_rng(5), []
    for _ in range(1500):
        truth = rng.normal(0, 0.06 / math.sqrt(2), (n, 2)) + np.array([0.85, 0.7])
        shares = rng.binomial(40, np.clip(truth, 0, 1)) / 40
        low, high = t_interval((shares[:, 0] - shares[:, 1]).tolist())
        reached.append((high - low) / 2 <= 0.05)
    assert np.mean(reached) == pytest.approx(ASSURANCE, abs=0.06)


@pytest.mark.parametrize("n_pilot", [3, 5, 10, 20])
def test_a_plan_from_few_participants_holds_as_often_as_it_says(n_pilot: int) -> None:
    """Of 3,000 pilots, each with its own sd, plan and next study, about 80 % of the studies reach the half-width: what is not known of the
    sd counts. Were the sd of the pilot taken as known, at most two thirds did."""
    rng, within, sd = np.random.default_rng(n_pilot), 0.03, 0.1
    reached, naive = [], []
    for _ in range(3000):
        seen = sd * math.sqrt(rng.chisquare(n_pilot - 1) / (n_pilot - 1))
        for found, sd_df in ((reached, n_pilot - 1), (naive, math.inf)):
            n = participants_needed(within, seen, sd_df=sd_df)
            again = sd * math.sqrt(rng.chisquare(n - 1) / (n - 1))
            found.append(stats.t.ppf(0.975, n - 1) * again / math.sqrt(n) <= within)
    assert np.mean(reached) == pytest.approx(ASSURANCE, abs=0.03)
    assert np.mean(naive) < 0.68


def test_now_is_the_interval_that_there_is() -> None:
    """The half-width now is that of the t interval of these participants; what is needed counts how little they tell of the sd."""
    rng = np.random.default_rng(4)
    shares = rng.permutation(np.linspace(0.05, 0.95, 8))
    counts = {"natural": [(20, 0)] * 8, "synthetic": [(round(20 * share), 20 - round(20 * share)) for share in shares]}
    table = table_of(of_people(counts))
    found = contrast(table)
    assert found is not None
    plan = plan_of_answers(table)
    assert plan.half_width == pytest.approx((found.interval[1] - found.interval[0]) / 2)
    sd = math.sqrt(plan.sd_participants**2 + plan.trial_variance / plan.n_trials)
    assert [one.n_participants for one in plan.needed] == [participants_needed(one.within, sd, sd_df=7) for one in plan.needed]


def test_power_is_of_both_tails() -> None:
    """Without a difference it is the level; with one, what scipy's noncentral t has beyond both critical values."""
    for n in (3, 10, 50):
        assert power(0.0, 0.1, n) == pytest.approx(0.05)
        critical, apart = stats.t.ppf(0.975, n - 1), 0.02 / 0.1 * math.sqrt(n)
        wanted = stats.nct.sf(critical, n - 1, apart) + stats.nct.cdf(-critical, n - 1, apart)
        assert power(0.02, 0.1, n) == power(-0.02, 0.1, n) == pytest.approx(wanted)
    assert power(0.5, 0.001, 100) == 1


def test_variation_is_recovered_from_answers() -> None:
    """True variance between participants and trial noise are told apart: both come back from many participants."""
    rng, rows = np.random.default_rng(2), []
    for who in range(150):
        shift = rng.normal(0, 0.1)
        for condition, share in (("natural", 0.8 + shift / 2), ("synthetic", 0.6 - shift / 2)):
            rows += [answer(f"p{who}", unit, condition, float(rng.random() < share)) for unit in range(50)]
    plan = plan_of_answers(table_of(rows))
    assert plan.difference == pytest.approx(0.2, abs=0.03)
    assert plan.sd_participants == pytest.approx(0.1, abs=0.03)
    assert plan.trial_variance == pytest.approx(0.8 * 0.2 + 0.6 * 0.4, abs=0.03)
    assert (plan.source, plan.n_participants, plan.n_trials) == ("answers", 150, 50)


def test_more_trials_help_only_against_trial_noise() -> None:
    """Trials are needed as long as noise is what is wide; where participants truly differ too much no number of them is enough."""
    alike = plan_of_assumed(Assumed(sd_participants=0.0), n_participants=10).needed
    differing = plan_of_assumed(Assumed(sd_participants=0.2), n_participants=10).needed
    assert all(one.n_trials is not None for one in alike)
    assert all(one.n_trials is None for one in differing)
    assert plan_of_assumed(Assumed(n_trials=400)).needed[0].n_participants < plan_of_assumed().needed[0].n_participants


def test_needed_is_the_least_number_that_is_enough() -> None:
    """One participant fewer is not enough."""
    plan = plan_of_assumed()
    sd = math.sqrt(plan.sd_participants**2 + plan.trial_variance / plan.n_trials)
    for one in plan.needed:
        assert half_width(sd, one.n_participants, ASSURANCE) <= one.within < half_width(sd, one.n_participants - 1, ASSURANCE)
    assert [row.power for row in plan.rows] == sorted(row.power for row in plan.rows)


def test_defaults_are_the_papers() -> None:
    """The default sd is what 92 +- 2 % and 82 +- 4 % leave beside the noise of 45 trials."""
    seen = (0.02**2 + 0.04**2) / 4 * 10 * 10 / 9
    noise = (0.92 * 0.08 + 0.82 * 0.18) / 45
    assert Assumed().sd_participants == pytest.approx(math.sqrt(seen - noise), abs=1e-3)


def test_refuses_what_it_cannot_plan() -> None:
    """One participant, people who are always right, a half-width that is none, proportions outside (0, 1)."""
    with pytest.raises(CannotFit, match="two participants"):
        plan_of_answers(crossed(np.random.default_rng(0), 1, 10).table)
    perfect = of_people({"natural": [(20, 0)] * 2, "synthetic": [(20, 0)] * 2})
    with pytest.raises(CannotFit, match="2 participants each has all natural"):
        plan_of_answers(table_of(perfect))
    with pytest.raises(UsageError, match="half-width"):
        plan_of_assumed(withins=(5.0,))
    with pytest.raises(UsageError, match="proportions"):
        plan_of_assumed(Assumed(share_a=1.0))
