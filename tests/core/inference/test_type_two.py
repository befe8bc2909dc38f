"""The type-2 ROC against scipy's rank-sum statistic, the trapezoid of its points, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference.answer_table import table_of
from core.inference.type_two import area, area_interval, type_two
from tests.core.inference.answers import answer, outcomes, simulated, tallied

counts = st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=3, max_size=3).filter(
    lambda rows: all(sum(row[side] for row in rows) for side in (0, 1))
)


@given(counts)
def test_the_area_is_the_rank_sum_and_the_trapezoid(rows: list[list[int]]) -> None:
    """Mann and Whitney's U of confidences, as scipy has it, over all pairs, and the area under the points."""
    from scipy.stats import mannwhitneyu

    wrong, right = (np.repeat([1, 2, 3], [row[side] for row in rows]) for side in (0, 1))
    found = type_two(tallied([rows]))["natural"]
    assert found.estimate == pytest.approx(mannwhitneyu(right, wrong).statistic / (len(right) * len(wrong)))
    x, y = [point.false_alarm for point in found.points], [point.hit for point in found.points]
    assert np.trapezoid(y, x) == pytest.approx(found.estimate)
    assert (found.points[0].hit, found.points[-1].hit, found.points[-1].false_alarm) == (0, 1, 1)
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_points_are_shares_of_confident_answers() -> None:
    """Of 4 wrong answers one has confidence 3, two at least 2; of 10 right ones seven and nine."""
    found = type_two(tallied([[(2, 1), (1, 2), (1, 7)]]))["natural"]
    assert [(point.criterion, point.false_alarm, point.hit) for point in found.points] == [
        (4, 0, 0),
        (3, 0.25, 0.7),
        (2, 0.5, 0.9),
        (1, 1, 1),
    ]
    assert (found.n_right, found.n_wrong, found.n_trials, found.n_participants) == (10, 4, 14, 1)


def test_a_perfect_area_has_an_interval_of_some_width() -> None:
    """Newcombe's interval reaches 1 where the estimate does, and begins below; swapped answers mirror it."""
    low, high = area_interval(1.0, 10, 4)
    assert 0.4 < low < 1 == high
    assert area_interval(0.0, 10, 4) == pytest.approx((0, 1 - low))
    for bound in area_interval(0.7, 30, 20):
        error = math.sqrt(bound * (1 - bound) * (1 + 24 * ((1 - bound) / (2 - bound) + bound / (1 + bound))) / 600)
        assert abs(bound - 0.7) == pytest.approx(1.959964 * error, rel=1e-5)


def test_participants_count_who_have_right_and_wrong_answers() -> None:
    """The mean over participants leaves out who was always right; a condition without wrong answers or confidence is absent."""
    found = type_two(tallied([[(1, 0), (0, 0), (0, 3)], [(0, 1), (0, 1), (0, 1)], [(1, 1), (0, 0), (0, 1)]]))["natural"]
    assert found.participants is not None
    assert (found.participants.mean, found.participants.n_participants) == (0.875, 2)
    assert type_two(outcomes(table_of([answer(), answer(score=0.0, confidence=None)]))) == {}
    assert np.isnan(area(np.zeros((3, 2), dtype=np.int64)))
    assert set(type_two(outcomes(table_of(simulated(0))))) == {"natural", "synthetic", "none"}


def test_the_interval_covers_the_true_area() -> None:
    """Over simulated trials it holds the true area at least about 95 % of the time (ties make it wide rather than narrow)."""
    rng, covered = np.random.default_rng(6), []
    right, wrong = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.3, 0.2])
    truth = float(right @ (np.cumsum(wrong) - wrong / 2))
    for _ in range(500):
        rows = np.stack([rng.multinomial(12, wrong), rng.multinomial(60, right)], axis=1)
        low, high = area_interval(float(area(rows)), 60, 12)
        covered.append(low <= truth <= high)
    assert 0.94 < np.mean(covered) <= 0.995
