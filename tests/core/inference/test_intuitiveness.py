"""Intuitiveness ratings: means over ratings, spread over participants, changes of what was rated twice."""

from __future__ import annotations

import numpy as np
import pytest

from core.answer_set import UnitRating
from core.design_spec import Moment
from core.domain import Unit
from core.inference.intuitiveness import intuitiveness


def rating(who: str, moment: Moment, layer: str, value: int) -> UnitRating:
    return UnitRating(who, moment, Unit(layer, 1), value, None)


GIVEN = [
    rating("p1", "begin", "3a", 10),
    rating("p1", "begin", "10a", -30),
    rating("p2", "begin", "3a", 50),
    rating("p1", "end", "3a", 40),
    rating("p2", "end", "10a", 20),
]


def test_means_are_over_ratings_and_spread_over_participants() -> None:
    """By layer, in the order of their numbers, and over all; two_sem needs two participants."""
    found = intuitiveness(GIVEN)["begin"]
    assert list(found) == ["3a", "10a", "all"]
    assert (found["all"].mean, found["all"].n_ratings, found["all"].n_participants) == (10, 3, 2)
    assert found["all"].two_sem == pytest.approx(2 * np.std([-10, 50]) / np.sqrt(2))
    assert found["10a"].two_sem is None


def test_changes_are_of_what_was_rated_at_both_moments() -> None:
    """Only p1's 3a was; a moment that was rated twice counts with its mean."""
    assert {name: (one.mean, one.n_ratings) for name, one in intuitiveness(GIVEN)["end_minus_begin"].items()} == {
        "3a": (30, 1),
        "all": (30, 1),
    }
    twice = intuitiveness([*GIVEN, rating("p1", "end", "3a", 0)])["end_minus_begin"]["all"]
    assert (twice.mean, twice.n_ratings) == (10, 1)


def test_moments_without_ratings_are_absent() -> None:
    """No ratings, no numbers; ratings at the beginning only have no change."""
    assert intuitiveness([]) == {}
    assert set(intuitiveness(GIVEN[:3])) == {"begin"}
