"""Calibration of confidence against pairs counted one by one, scipy, and simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference.answer_table import table_of
from core.inference.calibration import calibration, gamma, gamma_error
from core.inference.proportions import wilson
from core.inference.type_two import type_two
from tests.core.inference.answers import answer, outcomes, simulated, tallied

counts = st.lists(st.lists(st.integers(0, 7), min_size=2, max_size=2), min_size=3, max_size=3)


@given(counts.filter(lambda rows: any(map(any, rows))))
def test_gamma_and_slope_are_those_of_all_pairs_and_of_scipy(rows: list[list[int]]) -> None:
    """Gamma: concordant minus discordant pairs over their sum; slope: scipy's regression of correctness on confidence."""
    from scipy.stats import linregress

    trials = [(level + 1, side) for level, row in enumerate(rows) for side, n in enumerate(row) for _ in range(n)]
    signs = [np.sign(a - b) for (a, right), (b, other) in product(trials, trials) if right > other]
    concordant, discordant = signs.count(1), signs.count(-1)
    found = calibration(tallied([rows]))["natural"]
    if concordant + discordant:
        assert found.gamma == pytest.approx((concordant - discordant) / (concordant + discordant))
    else:
        assert found.gamma is None and found.gamma_interval is None and found.participants is None
    if len({level for level, _ in trials}) > 1:
        assert found.slope == pytest.approx(linregress(*zip(*trials, strict=True)).slope)
    else:
        assert found.slope is None


def test_levels_are_proportions_with_wilson_intervals() -> None:
    """Each level that was chosen has its proportion correct over trials; one that nobody chose is absent."""
    found = calibration(tallied([[(1, 1), (0, 0), (1, 9)], [(0, 2), (0, 0), (0, 0)]]))["natural"]
    assert [(of.level, of.correct.mean, of.correct.wilson, of.correct.n_participants) for of in found.levels] == [
        (1, 0.75, wilson(3, 4), 2),
        (3, 0.9, wilson(9, 10), 1),
    ]
    assert (found.n_trials, found.n_participants) == (14, 2)
    assert calibration(outcomes(table_of([answer(confidence=None), answer(score=0.5)]))) == {}


def test_the_error_of_gamma_is_that_of_repetition() -> None:
    """The asymptotic standard error is the spread of gamma over simulated sets of trials, and its interval covers the truth."""
    rng, n = np.random.default_rng(7), 400
    shares = np.array([[0.08, 0.15], [0.07, 0.25], [0.05, 0.4]])
    truth = float(gamma((shares * 1e6).round().astype(np.int64)))
    drawn = [rng.multinomial(n, shares.reshape(-1)).reshape(3, 2) for _ in range(1000)]
    estimates, errors = np.array([float(gamma(one)) for one in drawn]), np.array([gamma_error(one) for one in drawn])
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.08)
    assert 0.93 < np.mean(np.abs(estimates - truth) < 1.96 * errors) < 0.97


def test_a_perfect_gamma_has_no_interval() -> None:
    """Where all pairs agree the asymptotic error is 0, which is no interval; ties in neither are none."""
    found = calibration(tallied([[(2, 0), (0, 1), (0, 3)]]))["natural"]
    assert (found.gamma, found.gamma_interval) == (1.0, None)


def test_gamma_and_the_area_rise_together() -> None:
    """Both are above, at, or below what guessing gives on the same trials."""
    counted = outcomes(table_of(simulated(3)))
    areas, found = type_two(counted), calibration(counted)
    for name, one in areas.items():
        assert np.sign(round(one.estimate - 0.5, 9)) == np.sign(round(found[name].gamma or 0, 9))
