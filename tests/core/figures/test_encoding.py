"""Places of words and marks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.figures.encoding import dodge, jitter, spread


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 0.1))
def test_words_do_not_overlap(values: list[float], gap: float) -> None:
    """They keep their order and stay within the axis, at least a gap apart, and where there is room already, in their place."""
    found = spread(values, gap, low=0.0, high=1.0)
    order = sorted(range(len(values)), key=lambda place: values[place])
    placed = [found[place] for place in order]
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in placed)
    assert all(after - before >= gap - 1e-9 for before, after in pairwise(placed))
    if all(after - before >= gap for before, after in pairwise(sorted(values))):
        assert found == pytest.approx(values)


@given(st.integers(1, 9))
def test_marks_side_by_side(n: int) -> None:
    """Around the middle, within half a place to either side."""
    offsets = [dodge(place, n) for place in range(n)]
    assert sum(offsets) == pytest.approx(0)
    assert all(abs(offset) < 0.5 for offset in offsets)


@given(st.text(), st.floats(-1, 0), st.floats(0, 1))
def test_jitter_is_of_the_name(name: str, low: float, high: float) -> None:
    """The same place every time, between the bounds."""
    assert low <= jitter(name, low, high) <= high
    assert jitter(name, low, high) == jitter(name, low, high)
