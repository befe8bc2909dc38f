"""Krippendorff's alpha of ordinal ratings is that of the published example and of its definition, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference.krippendorff import alpha_statistic, ordinal_alpha

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve units, 0: missing; ordinal 0.815.
PUBLISHED = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
UNITS = [[row[place] for row in PUBLISHED if row[place]] for place in range(12)]


def slow_alpha(units: Sequence[Sequence[int]]) -> float:
    """Return alpha by its definition: the mean distance of pairs within units over that of all pairs, whoever gave them."""
    paired = [unit for unit in units if len(unit) > 1]
    everything = [value for unit in paired for value in unit]
    count = {value: everything.count(value) for value in everything}

    def distance(one: int, other: int) -> float:
        low, high = min(one, other), max(one, other)
        between = sum(n for value, n in count.items() if low <= value <= high)
        return float((between - (count[one] + count[other]) / 2) ** 2) if one != other else 0.0

    within = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in paired) / len(everything)
    among = sum(distance(a, b) for a, b in permutations(everything, 2)) / (len(everything) * (len(everything) - 1))
    return 1 - within / among if among else float("nan")


def test_the_published_example() -> None:
    """Ordinal alpha of the example is 0.815."""
    found = ordinal_alpha(UNITS, n_resamples=500)
    assert found is not None and found.estimate == pytest.approx(0.815, abs=5e-4)
    assert found.n == 11  # one unit has a single rating
    assert found.interval is not None and found.interval[0] is not None and found.interval[0] < found.estimate


@given(st.lists(st.lists(st.integers(1, 5), min_size=2, max_size=4), min_size=2, max_size=8), st.data())
def test_the_definition(units: list[list[int]], data: st.DataObject) -> None:
    """Alpha agrees with its definition, also of units that were drawn several times or not at all."""
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(units), max_size=len(units)).filter(any))
    drawn = [unit for unit, n in zip(units, weights, strict=True) for _ in range(n)]
    found = float(alpha_statistic(units)(np.array([weights], dtype=float))[0])
    assert found == pytest.approx(slow_alpha(drawn), abs=1e-9, nan_ok=True)


def test_agreement_and_chance() -> None:
    """Reviewers who always agree have 1, those who rate at random about 0, and the interval holds it."""
    perfect = ordinal_alpha([[1, 1], [5, 5], [3, 3]], n_resamples=200)
    assert perfect is not None and perfect.estimate == 1.0
    rng = np.random.default_rng(4)
    chance = ordinal_alpha(rng.integers(1, 6, (300, 2)).tolist(), n_resamples=500)
    assert chance is not None and chance.interval is not None
    low, high = chance.interval
    assert low is not None and high is not None and low < 0 < high and high - low < 0.3


@pytest.mark.parametrize("units", [[], [[1, 2]], [[1], [2], [3]], [[3, 3], [3, 3]]])
def test_what_tells_nothing(units: list[list[int]]) -> None:
    """Too few units with two ratings, or ratings that are all equal, have no alpha."""
    assert ordinal_alpha(units) is None
