"""Effect sizes against their formulas written out, resample by resample, and simulation."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from core.domain import Unit
from core.errors import UsageError
from core.inference.answer_table import table_of
from core.inference.effect_sizes import Pairs, cohen_dz, effect_sizes, mantel_haenszel, rank_biserial
from tests.core.inference.answers import answer, contrast, of_people, simulated

COUNTS = {"natural": [(9, 1), (8, 2), (10, 0), (6, 4), (9, 3)], "synthetic": [(7, 3), (8, 2), (6, 4), (7, 3), (8, 4)]}


def test_estimates_are_those_of_the_textbook() -> None:
    """dz and rank-biserial are those of the contrast's test; the odds ratio is Mantel and Haenszel's, summed by hand."""
    table = table_of(of_people(COUNTS))
    found, test = effect_sizes(table, n_resamples=200), contrast(table)
    assert found is not None and test is not None and test.wilcoxon is not None
    assert found.difference.estimate == pytest.approx(test.estimate)
    assert found.cohen_dz is not None and found.cohen_dz.estimate == pytest.approx(test.wilcoxon.cohen_dz)
    assert found.rank_biserial is not None and found.rank_biserial.estimate == pytest.approx(test.wilcoxon.rank_biserial)
    strata = list(zip(*COUNTS.values(), strict=True))
    above = sum(a * d / (a + b + c + d) for (a, b), (c, d) in strata)
    below = sum(b * c / (a + b + c + d) for (a, b), (c, d) in strata)
    assert found.odds_ratio is not None and found.odds_ratio.estimate == pytest.approx(above / below)
    assert (found.n, found.over, found.a, found.b) == (5, "participants", "natural", "synthetic")


def test_weights_are_repetitions() -> None:
    """Each statistic of weights is that of the sample in which everybody is as often as weighted: computed from the definition."""
    from scipy.stats import rankdata

    rng, n = np.random.default_rng(3), 9
    pairs = Pairs(rng.integers(4, 11, n) * 1.0, np.full(n, 10.0), rng.integers(2, 10, n) * 1.0, np.full(n, 10.0))
    weights = rng.multinomial(n, [1 / n] * n, size=40).astype(float)
    d = pairs.differences
    for place, row in enumerate(weights):
        drawn = np.repeat(np.arange(n), row.astype(int))
        sample, nonzero = d[drawn], d[drawn][d[drawn] != 0]
        assert cohen_dz(d)(weights)[place] == pytest.approx(sample.mean() / sample.std(ddof=1))
        signed = np.sign(nonzero) * rankdata(np.abs(nonzero))
        assert rank_biserial(d)(weights)[place] == pytest.approx(signed.sum() / np.abs(signed).sum())
        a, c = pairs.total_a[drawn], pairs.total_b[drawn]
        assert mantel_haenszel(pairs)(weights)[place] == pytest.approx(np.sum(a * (10 - c)) / np.sum((10 - a) * c))


def test_two_participants_have_effects() -> None:
    """Two who differ unlike: every effect is there, though one of them alone has no spread."""
    found = effect_sizes(table_of(of_people({"natural": [(9, 1), (8, 2)], "synthetic": [(7, 3), (3, 7)]})), n_resamples=200)
    assert found is not None and found.cohen_dz is not None and found.cohen_dz.estimate == pytest.approx(0.35 / (0.15 * 2**0.5))


def test_effects_without_a_finite_value_are_absent() -> None:
    """Where all differ alike dz is absent, where nobody differs the rank-biserial too, where A is never wrong the odds ratio."""
    alike = effect_sizes(table_of(of_people({"natural": [(9, 1)] * 3, "synthetic": [(8, 2)] * 3})), n_resamples=200)
    assert alike is not None and alike.cohen_dz is None
    assert alike.rank_biserial is not None and (alike.rank_biserial.estimate, alike.rank_biserial.interval) == (1.0, None)
    same = effect_sizes(table_of(of_people({"natural": [(9, 1)] * 3, "synthetic": [(9, 1)] * 3})), n_resamples=200)
    assert same is not None and same.rank_biserial is None and same.odds_ratio is not None and same.odds_ratio.estimate == 1
    perfect = effect_sizes(table_of(of_people({"natural": [(9, 0)] * 3, "synthetic": [(7, 2), (8, 1), (9, 0)]})), n_resamples=200)
    assert perfect is not None and perfect.odds_ratio is None
    assert effect_sizes(table_of(of_people({"natural": [(1, 0)], "synthetic": [(1, 0)]}))) is None
    assert effect_sizes(table_of([answer()])) is None
    with pytest.raises(UsageError, match="participants or units"):
        effect_sizes(table_of([answer()]), over="layers")  # type: ignore[arg-type]


def test_over_units_each_unit_counts_alike() -> None:
    """Units are drawn again: the mean of the units' differences."""
    units = [Unit("mixed4a", channel) for channel in range(3)]
    scores = {"natural": [(1, 1, 1, 0), (1, 0), (1,)], "synthetic": [(0, 1), (1, 0), (0,)]}
    answers = [
        answer("one", condition, float(score), unit=unit)
        for condition, by_unit in scores.items()
        for unit, of in zip(units, by_unit, strict=True)
        for score in of
    ]
    found = effect_sizes(table_of(answers), over="units", n_resamples=300)
    assert found is not None and (found.n, found.difference.estimate) == (3, pytest.approx((0.25 + 0 + 1) / 3))
    assert "units drawn again" in found.difference.method


def test_intervals_cover_the_true_effects() -> None:
    """Over simulated groups of 30 with normal differences, dz's interval holds the true one about 95 % of the time."""
    from core.inference.bootstrap import bootstrap

    rng, covered = np.random.default_rng(4), []
    for number in range(300):
        one = bootstrap({"dz": cohen_dz(rng.normal(0.8, 1, 30))}, 30, of="participants", n_resamples=800, seed=number)["dz"]
        assert one is not None and one.interval is not None
        low, high = (bound if bound is not None else math.inf for bound in one.interval)
        covered.append(low <= 0.8 <= high)
    assert 0.9 < np.mean(covered) < 0.98


def test_all_effects_of_forty_participants_are_quick() -> None:
    """With 10,000 resamples, less than a second of the processor."""
    table, begun = table_of(simulated(6, n_people=40)), time.process_time()
    effect_sizes(table)
    assert time.process_time() - begun < 1
