"""Analyses of variance against textbook sums of squares, Greenhouse and Geisser's matrix formula, and the F distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from core.inference.anova import Effect, mixed_anova, repeated_measures

GROUP = np.array([0] * 5 + [1] * 8)


def scores(seed: int, *shape: int) -> Any:
    """Return correlated scores of unequal spread, so that sphericity does not hold."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(math.prod(shape[1:]), math.prod(shape[1:])))
    return (rng.normal(size=(shape[0], len(mixing))) @ mixing + rng.normal(size=len(mixing))).reshape(shape)


def box(y: Any, group: Any) -> float:
    """Return epsilon of scores (participants, k levels) by the formula of Geisser and Greenhouse (1958) on their pooled covariances."""
    within = sum(np.cov(y[group == one], rowvar=False) * (np.sum(group == one) - 1) for one in np.unique(group))
    k = len(within)
    numerator = k**2 * (np.trace(within) / k - within.mean()) ** 2
    rows = within.mean(axis=1)
    return float(numerator / ((k - 1) * (np.sum(within**2) - 2 * k * np.sum(rows**2) + k**2 * within.mean() ** 2)))


def one_within(y: Any, group: Any) -> tuple[float, float, int, int]:
    """Return squares and df of a within factor and of its error, from unweighted means of the groups: type III, by hand."""
    names = np.unique(group)
    off = y - y.mean(axis=1, keepdims=True)
    error = sum(float(np.sum((off[group == one] - off[group == one].mean(axis=0)) ** 2)) for one in names)
    middle = sum(off[group == one].mean(axis=0) for one in names) / len(names)
    harmonic = len(names) / sum(1 / np.sum(group == one) for one in names)
    k = y.shape[1]
    return len(names) * harmonic * float(np.sum(middle**2)), error, k - 1, (len(y) - len(names)) * (k - 1)


def check(effect: Effect, y: Any, group: Any) -> None:
    squares, error, df, df_error = one_within(y, group)
    ratio, epsilon = squares / df / (error / df_error), box(y, group)
    assert (effect.F, effect.df) == (pytest.approx(ratio), (df, df_error))
    assert effect.p == pytest.approx(stats.f.sf(ratio, df, df_error))
    assert effect.epsilon == pytest.approx(epsilon)
    assert 1 / df <= effect.epsilon <= 1
    assert effect.p_greenhouse_geisser == pytest.approx(stats.f.sf(ratio, epsilon * df, epsilon * df_error))
    assert effect.partial_eta_squared == pytest.approx(squares / (squares + error))
    assert effect.n_participants == len(y)


@pytest.mark.parametrize("seed", range(3))
def test_repeated_measures_are_those_of_the_textbook(seed: int) -> None:
    """F, p, epsilon, the corrected p and partial eta squared of one factor of four levels; t of pairs with the pooled error."""
    y = scores(seed, 9, 4)
    found = repeated_measures(y, "abcd")
    assert found is not None
    check(found, y, np.zeros(9))
    _, error, _, df_error = one_within(y, np.zeros(9))
    t = (y[:, 0].mean() - y[:, 2].mean()) / math.sqrt(2 * error / df_error / 9)
    assert found.t["a_vs_c"] == pytest.approx(t)
    assert found.p_bonferroni["a_vs_c"] == pytest.approx(min(1, 6 * 2 * stats.t.sf(abs(t), df_error)))


@pytest.mark.parametrize("seed", range(3))
def test_within_effects_with_unequal_groups(seed: int) -> None:
    """Scheme is the factor of the means over conditions; condition x scheme that of the conditions' differences."""
    y = scores(seed, 13, 2, 4)
    found = mixed_anova(y, ("condition", "scheme"), GROUP, "expertise")
    check(found["scheme"], y.mean(axis=1), GROUP)
    check(found["condition:scheme"], y[:, 0] - y[:, 1], GROUP)
    assert found["condition"].epsilon == found["expertise"].epsilon == 1


def test_effects_between_are_those_of_a_t_test() -> None:
    """Of two groups, expertise is the squared t of the participants' means, and condition x expertise of their differences."""
    y = scores(7, 13, 2, 4)
    found = mixed_anova(y, ("condition", "scheme"), GROUP, "expertise")
    for name, values in {"expertise": y.mean(axis=(1, 2)), "condition:expertise": (y[:, 0] - y[:, 1]).mean(axis=1)}.items():
        t = stats.ttest_ind(values[GROUP == 0], values[GROUP == 1])
        assert (found[name].F, found[name].p) == (pytest.approx(t.statistic**2), pytest.approx(t.pvalue))


def test_too_few_participants_and_no_error_give_no_test() -> None:
    """One participant, or as many as groups, have no error; nor have scores that are all explained."""
    assert repeated_measures(scores(0, 1, 3), "abc") is None
    assert mixed_anova(scores(0, 2, 3), ("scheme",), np.array([0, 1])) == {}
    assert repeated_measures(np.tile([0.1, 0.5, 0.9], (6, 1)), "abc") is None
