"""The anytime-valid t interval against the Bayes factor by numerical integration, and under stop-when-significant."""

from __future__ import annotations

import numpy as np
import pytest

from core.inference.anytime_t import critical, intervals


@pytest.mark.parametrize("n", [5, 8, 30])
def test_the_bayes_factor_at_the_critical_t_is_twenty(n: int) -> None:
    """The ratio of the t statistic's density under a standard normal effect size, integrated, to that under none is 1 / alpha there."""
    from scipy import stats

    t = float(critical(np.array([float(n)]))[0])
    alone = stats.t.pdf(t, n - 1)
    effect = np.linspace(-6, 6, 2001)
    mixed = np.trapezoid(stats.norm.pdf(effect) * stats.nct.pdf(t, n - 1, effect * np.sqrt(n)), effect)
    assert mixed / alone == pytest.approx(20, rel=1e-4)


def test_few_or_equal_values_say_nothing() -> None:
    """Up to four values, and as long as all are equal, the interval is infinite; then it holds the mean and shrinks."""
    found = intervals(np.array([0.1, 0.3, 0.2, 0.15, 0.1, 0.2, 0.3, 0.2]))
    assert np.isinf(found[:4]).all() and np.isfinite(found[4:]).all()
    assert found[-1].mean() == pytest.approx(np.mean([0.1, 0.3, 0.2, 0.15, 0.1, 0.2, 0.3, 0.2]))
    assert np.isinf(intervals(np.full(20, 0.1))).all()


def test_shift_and_scale_go_through() -> None:
    """Numbers that are shifted and scaled have an interval that is."""
    values = np.random.default_rng(9).normal(size=15)
    assert intervals(3 * values + 2)[4:] == pytest.approx(3 * intervals(values)[4:] + 2)


def test_looking_after_every_value_misleads_at_most_as_often_as_it_says() -> None:
    """Over 2,000 courses of 200 normal values, some interval leaves out the mean in at most 5 %; the t interval's do in far more."""
    from scipy.stats import t

    rng, n = np.random.default_rng(10), np.arange(2, 201)
    missed, missed_t = [], []
    for _ in range(2000):
        values = rng.normal(size=200)
        found = intervals(values)
        missed.append(bool(((found[:, 0] > 0) | (found[:, 1] < 0)).any()))
        mean = np.cumsum(values)[1:] / n
        sd = np.sqrt((np.cumsum(values**2)[1:] - n * mean**2) / (n - 1))
        missed_t.append(bool((np.abs(mean) > t.ppf(0.975, n - 1) * sd / np.sqrt(n)).any()))
    assert np.mean(missed) <= 0.05
    assert np.mean(missed_t) > 0.25
