"""Where a map is most extreme, and the box of pixels that this depends on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.activation_map import Box, MapRequest, UnitMaps, effective_field, extreme_position, mass_box, squared
from core.domain import Unit
from core.errors import UsageError

WEIGHTS = arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.floats(0, 100, allow_subnormal=False))
REQUEST = MapRequest("net", "0123456789abcdef", Unit("mixed4a", 3), "max", ("a" * 32, "b" * 32))


def inside(weights: npt.NDArray[np.float64], box: Box) -> float:
    return float(weights[box.top : box.bottom, box.left : box.right].sum())


def test_the_extreme_position_is_row_and_column() -> None:
    """The largest and the smallest value are found where they are."""
    values = np.array([[0.0, 3.0, 1.0], [-2.0, 0.5, 2.0]])
    assert extreme_position(values, "max") == (0, 1)
    assert extreme_position(values, "min") == (1, 0)


def test_equal_extremes_are_no_position() -> None:
    """Behind a ReLU many positions are 0: none of them is the smallest, though there is a largest."""
    values = np.array([[0.0, 3.0], [0.0, 0.0]])
    assert extreme_position(values, "min") is None
    assert extreme_position(values, "max") == (0, 1)
    assert extreme_position(np.zeros((7, 7)), "max") is None


@given(WEIGHTS, st.floats(0.05, 1.0))
def test_a_box_holds_its_share(weights: npt.NDArray[np.float64], share: float) -> None:
    """Whatever the weights, the box lies in the image and holds at least the share; without weights there is none."""
    box = mass_box(weights, share)
    if box is None:
        assert not weights.any()
        return
    assert 0 <= box.left < box.right <= weights.shape[1] and 0 <= box.top < box.bottom <= weights.shape[0]
    assert inside(weights, box) >= share * weights.sum() * (1 - 1e-9)


@given(WEIGHTS)
def test_the_whole_share_is_the_extent(weights: npt.NDArray[np.float64]) -> None:
    """With share 1 the box is that of the weights above 0, neither more nor less."""
    box = mass_box(weights, 1.0)
    rows, columns = np.nonzero(weights)
    assert box == (None if len(rows) == 0 else Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))


@given(WEIGHTS, st.floats(0.05, 0.95))
def test_nothing_more_could_be_cut_off(weights: npt.NDArray[np.float64], share: float) -> None:
    """One more row or column cut off at any side would be more than that side's quarter of the rest."""
    box = mass_box(weights, share)
    if box is None:
        return
    allowed = (1 - share) / 4 * weights.sum()
    tails = weights[: box.top + 1], weights[box.bottom - 1 :], weights[:, : box.left + 1], weights[:, box.right - 1 :]
    assert all(tail.sum() >= allowed * (1 - 1e-9) for tail in tails)


@pytest.mark.parametrize("share", [0.0, -1.0, 1.1])
def test_a_share_is_a_share(share: float) -> None:
    """Nothing outside (0, 1] is taken."""
    with pytest.raises(UsageError, match="share"):
        mass_box(np.ones((2, 2)), share)


def test_the_effective_field_follows_the_square() -> None:
    """Long thin tails of the gradient are left out, and float32 that would vanish when squared is not lost."""
    gradient = np.full((101, 101), 0.003, np.float32)
    gradient[48:53, 60:65] = 1.0
    assert effective_field(gradient) == Box(60, 48, 65, 53)
    assert effective_field(gradient * np.float32(1e-30)) == Box(60, 48, 65, 53)
    assert effective_field(np.zeros((5, 5), np.float32)) is None


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 32), st.integers(1, 32))
def test_a_squared_box_stays_in_the_image(left: int, top: int, width: int, height: int) -> None:
    """The square holds the box, has its longer side, and lies in the image."""
    box = Box(left, top, min(32, left + width), min(32, top + height))
    square = squared(box, 32)
    assert square.width == square.height == max(box.width, box.height)
    assert 0 <= square.left <= box.left and box.right <= square.right <= 32
    assert 0 <= square.top <= box.top and box.bottom <= square.bottom <= 32


def test_a_square_is_around_the_middle() -> None:
    """Where there is room, the box is in the middle of its square."""
    assert squared(Box(10, 14, 20, 16), 32) == Box(10, 10, 20, 20)


def test_a_key_names_all_that_determines_the_maps() -> None:
    """Another network, unit, extreme, image or order of images has another key; the network's name alone changes nothing."""
    others = [
        replace(REQUEST, network_digest="f" * 16),
        replace(REQUEST, unit=Unit("mixed4a", 4)),
        replace(REQUEST, unit=Unit("mixed4b", 3)),
        replace(REQUEST, extreme="min"),
        replace(REQUEST, addresses=REQUEST.addresses[::-1]),
        replace(REQUEST, addresses=REQUEST.addresses[:1]),
    ]
    assert len({one.key for one in (REQUEST, *others)}) == 1 + len(others)
    assert replace(REQUEST, network="other name").key == REQUEST.key


def test_maps_share_one_scale() -> None:
    """The scale ends at the largest absolute value of all maps; it is signed where any is negative."""
    values = np.array([[[1.0, 2.0]], [[-5.0, 0.0]]], np.float32)
    maps = UnitMaps(REQUEST.addresses, values, (None, None), Box(0, 0, 1, 1), 32)
    assert maps.limit == 5.0 and maps.is_signed
    assert not replace(maps, values=np.abs(values)).is_signed
