"""An observer's intervals are over units: against closed forms, and their coverage when tasks of a unit are alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.domain import Unit
from core.inference.answer_table import table_of
from core.inference.over_units import contrast_over_units, proportion_over_units
from core.inference.proportions import newcombe, wilson
from tests.core.inference.answers import answer


def test_units_count_alike() -> None:
    """The mean is that of the units' means, two_sem twice their standard error."""
    found = proportion_over_units([9, 1, 20], [10, 2, 20])
    means = [0.9, 0.5, 1.0]
    assert found.mean == pytest.approx(np.mean(means)) and found.two_sem == pytest.approx(2 * stats.sem(means))
    assert (found.n_trials, found.n_participants) == (32, 1)


def test_one_unit_and_equal_units_have_an_interval() -> None:
    """One unit has the interval of its tasks; units that are always right that of so many tasks as there are units."""
    assert proportion_over_units([15], [20]).wilson == wilson(15, 20)
    assert proportion_over_units([20] * 30, [20] * 30).wilson == wilson(30, 30)


def test_units_that_all_differ_alike_have_an_interval_with_a_width() -> None:
    """All right in both conditions over 50 units: Newcombe's interval of 50 trials, named; with one unit that differs, the t interval."""
    tasks = [
        answer("own", condition, unit=Unit("3a", unit)) for condition in ("natural", "synthetic") for unit in range(50) for _ in range(9)
    ]
    found = contrast_over_units(table_of(tasks), "natural", "synthetic")
    assert found is not None
    assert (found.estimate, found.interval) == (0.0, newcombe(50, 50, 50, 50))
    assert "Newcombe" in found.method and "50 units" in found.method
    differing = contrast_over_units(table_of([*tasks, answer("own", "natural", 0.0, unit=Unit("3a", 7))]), "natural", "synthetic")
    assert differing is not None and "t interval" in differing.method
    assert differing.interval == pytest.approx(stats.t.interval(0.95, 49, -0.1 / 50, 0.1 / 50))


def test_intervals_cover_where_tasks_of_a_unit_are_alike() -> None:
    """With 100 units of 20 tasks whose probability varies, the interval covers the mean about 95 % of the time; that of trials does not."""
    rng = np.random.default_rng(0)
    n_covered = n_naive = 0
    for _ in range(1000):
        correct = rng.binomial(20, rng.beta(4, 1, size=100))
        low, high = proportion_over_units(correct, [20] * 100).wilson
        n_covered += low <= 0.8 <= high
        low, high = wilson(float(correct.sum()), 2000)
        n_naive += low <= 0.8 <= high
    assert 925 <= n_covered <= 970 and n_naive < 800
