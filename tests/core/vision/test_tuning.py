from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vision.tuning import Search

STARTS = st.floats(-3, 3).map(lambda power: 10**power)
RANGE = st.floats(-3.99, 3.99)


def searched(start: float, threshold: float, n_bisections: int) -> tuple[Search, list[float]]:
    """Run a search whose criterion holds up to the threshold; return it and the weights it asked for."""
    search, asked = Search(start, n_bisections), []
    while not search.is_done:
        asked.append(search.weight)
        assert len(asked) < 30
        search.tell(search.weight <= threshold)
    return search, asked


@given(start=STARTS, power=RANGE, n_bisections=st.integers(0, 6))
def test_a_threshold_is_found_to_the_bisections_factor(start: float, power: float, n_bisections: int) -> None:
    """Within four factors of 10 the best weight holds, and the threshold is less than 10 ** (1 / 2 ** n) times as large."""
    threshold = start * 10**power
    search, asked = searched(start, threshold, n_bisections)
    assert search.best is not None
    assert search.best <= threshold < search.best * 10 ** (0.5**n_bisections) * (1 + 1e-9)
    assert search.best in asked
    assert len(asked) <= 1 + 4 + n_bisections


@given(start=STARTS, n_bisections=st.integers(0, 6))
def test_nothing_is_best_where_nothing_holds(start: float, n_bisections: int) -> None:
    """A criterion that never holds ends after four factors down, without a best weight."""
    search, asked = searched(start, -1.0, n_bisections)
    assert search.best is None
    assert asked == pytest.approx([start / 10**power for power in range(5)])


@given(start=STARTS, n_bisections=st.integers(0, 6))
def test_the_search_ends_where_everything_holds(start: float, n_bisections: int) -> None:
    """A criterion that always holds ends after four factors up, with the last weight."""
    search, asked = searched(start, float("inf"), n_bisections)
    assert search.best == asked[-1] == pytest.approx(start * 1e4)


def test_the_weights_go_by_factors_and_then_by_the_middle_of_their_logarithms() -> None:
    """From 1 with the threshold 20: 1, 10, 100, then the middles."""
    _, asked = searched(1.0, 20.0, 2)
    assert asked == pytest.approx([1, 10, 100, 10**1.5, 10**1.25])
