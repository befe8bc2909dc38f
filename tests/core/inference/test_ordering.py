"""The order of rows, and what stands at a place of it, against Python's sorting and statistics."""

from __future__ import annotations

import math
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference.ordering import FEW, by_group, medians, ordered, ordered_keys, rising_order, starts_of

N_GROUPS = 5
ROWS = st.lists(st.tuples(st.integers(0, N_GROUPS - 1), st.sampled_from([-2.5, 0.0, 0.1, 0.25, 1.0, 7.5])), max_size=40)


def columns(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([code for code, _ in rows], dtype=np.int32), np.array([value for _, value in rows], dtype=np.float64)


@pytest.mark.parametrize("stride", [1, FEW])
@given(rows=ROWS)
def test_rows_come_by_group_and_keep_their_order(rows: list[tuple[int, float]], stride: int) -> None:
    """Python's stable sort gives the same order, be groups few or so many that they are sorted in another way."""
    codes, values = columns([(code * stride, value) for code, value in rows])
    n_groups = (N_GROUPS - 1) * stride + 1
    assert by_group(codes, n_groups).tolist() == sorted(range(len(rows)), key=lambda row: codes[row])
    assert ordered(values, codes, n_groups).tolist() == sorted(range(len(rows)), key=lambda row: (codes[row], values[row]))


@pytest.mark.parametrize("stride", [1, 2**60])
@given(rows=ROWS)
def test_keys_rise_and_equal_ones_keep_their_order(rows: list[tuple[int, float]], stride: int) -> None:
    """Python's stable sort gives the same rows and keys, be key and row together few bits or too many for one number."""
    keys = np.array([code * stride for code, _ in rows], dtype=np.int64)
    order, rising = ordered_keys(keys)
    assert order.tolist() == sorted(range(len(rows)), key=lambda row: keys[row])
    assert rising.tolist() == sorted(keys.tolist())


@given(st.lists(st.one_of(st.floats(allow_nan=False), st.floats(1, 1 + 2**-45), st.sampled_from([0.0, -0.0])), max_size=40))
def test_rows_come_in_rising_order_of_value(values: list[float]) -> None:
    """Every row once, negative, infinite and subnormal numbers and those that differ in their last bits among them."""
    rows = rising_order(np.array(values, dtype=np.float64)).tolist()
    assert sorted(rows) == list(range(len(values))) and [values[row] for row in rows] == sorted(values)


@given(ROWS)
def test_groups_start_where_those_before_end(rows: list[tuple[int, float]]) -> None:
    """Every group's rows are those from its start on, groups without any among them."""
    codes, _ = columns(rows)
    order, (starts, n) = by_group(codes, N_GROUPS), starts_of(codes, N_GROUPS)
    for group in range(N_GROUPS):
        own = order[starts[group] : starts[group] + n[group]].tolist()
        assert own == [row for row in range(len(rows)) if codes[row] == group]


def same(found: np.ndarray, wanted: list[float]) -> bool:
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(found.tolist(), wanted, strict=True))


@given(ROWS)
def test_medians_are_those_of_statistics(rows: list[tuple[int, float]]) -> None:
    """To the last bit; NaN for a group without values; also where values stand elsewhere and only their places, or the
    places of some of these, come in order."""
    codes, values = columns(rows)
    wanted = [median(own) if (own := [value for code, value in rows if code == group]) else math.nan for group in range(N_GROUPS)]
    n, order = np.bincount(codes, minlength=N_GROUPS), ordered(values, codes, N_GROUPS)
    assert same(medians(values[order], n), wanted)
    assert same(medians(values, n, order), wanted)
    rising = np.argsort(values, kind="stable")
    assert same(medians(values, n, rising, by_group(codes[rising], N_GROUPS)), wanted)
