"""The wall's address: ranges, pages and choices, written rightly or wrongly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.roles import Person
from core.services.units.unit_finding import Filters, Order, Range
from dashboard import state, wall_resources
from dashboard.wall_asked import Address, Asked, asked, is_of_wall, order_labels, range_of
from tests.studies import Workplace

SOMEBODY = Person(None, "admin")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("high:1..2", Range("high", 1, 2)),
        ("high:..", Range("high")),
        ("high:-1e3..", Range("high", -1000)),
        ("high:a..2", None),
        ("high:nan..", None),
        ("high", None),
    ],
)
def test_ranges_as_the_address_writes_them(written: str, expected: Range | None) -> None:
    """measure:least..most, either end left out."""
    assert range_of(written) == expected


@given(st.text(max_size=20))
def test_any_range_is_read_or_passed_over(written: str) -> None:
    """Whatever an address holds, a range is found or not."""
    found = range_of(written)
    assert found is None or written.startswith(f"{found.measure}:")


def read(served: Workplace, address: Address) -> Asked:
    finder = wall_resources.finder(served.study, None, who=SOMEBODY)
    return asked(address, served.study, finder, order_labels(finder, None))


def test_an_empty_address_asks_for_what_was_made(served: Workplace) -> None:
    """Units with synthetic images in the network's order, both images, the first page."""
    found = read(served, {})
    assert (found.filters, found.order, found.guise, found.page, found.colour) == (Filters(made_only=True), Order(), "both", 1, None)


def test_everything_is_in_the_address(served: Workplace) -> None:
    """Each parameter is one choice; several values of a filter are several."""
    address = {
        state.LAYER: ["mixed3a"],
        state.BRANCH: ["3x3"],
        state.SEARCH: ["kite"],
        state.RENDERED: ["false"],
        state.LIFE: ["dead", "live"],
        state.WHERE: ["high:1..", "low:..2"],
        state.SORT: ["Lowest activation"],
        state.LOWEST_FIRST: ["true"],
        state.GROUPED: ["True"],
        state.COLOUR: ["Mean activation"],
        state.GUISE: ["Min"],
        state.WALL_PAGE: ["7"],
    }
    ranges = (Range("high", 1), Range("low", None, 2))
    filters = Filters("mixed3a", "3x3", "kite", lives=frozenset({"dead", "live"}), ranges=ranges)
    assert read(served, address) == Asked(
        filters, Order("low", lowest_first=True, grouped=True), "Lowest activation", "min", "Mean activation", 7
    )


@pytest.mark.parametrize("name", [state.LAYER, state.BRANCH, state.SORT, state.COLOUR, state.GUISE, state.WALL_PAGE, state.WHERE])
@pytest.mark.parametrize("value", ["", "-1", "no such thing", "²", "9" * 40])
def test_what_is_not_there_narrows_nothing(served: Workplace, name: str, value: str) -> None:
    """A value that names nothing is passed over."""
    assert read(served, {name: [value]}) == read(served, {})


def test_what_is_said_of_the_wall() -> None:
    """The study and the unit say nothing about it, a filter does."""
    assert not is_of_wall({state.STUDY: ["tiny/shapes"], state.UNIT: ["mixed3a:1"], state.LAYER: []})
    assert is_of_wall({state.UNIT: ["mixed3a:1"], state.LAYER: ["mixed3a"]})
