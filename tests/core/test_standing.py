"""How a synthetic image stands beside natural ones: by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.domain import Extreme
from core.standing import is_beyond, n_beyond, standing

NATURAL = np.array([1.0, 2.0, 3.0, 4.0], np.float32)  # sd: the root of 1.25


@pytest.mark.parametrize(
    ("activation", "extreme", "percentile", "margin", "is_beyond"),
    [
        (5.0, "max", 100.0, 1.0, True),
        (4.0, "max", 75.0, 0.0, False),
        (2.5, "max", 50.0, -1.5, False),
        (0.0, "max", 0.0, -4.0, False),
        (0.0, "min", 0.0, 1.0, True),
        (1.0, "min", 0.0, 0.0, False),
        (2.5, "min", 50.0, -1.5, False),
    ],
)
def test_percentile_and_margin(activation: float, extreme: Extreme, percentile: float, margin: float, is_beyond: bool) -> None:
    """The percentile is the share below; the margin is to the most extreme natural image, positive beyond it, also in sd."""
    found = standing(activation, extreme, NATURAL)
    assert (found.percentile, found.margin, found.is_beyond) == (percentile, margin, is_beyond)
    assert found.margin_sd == pytest.approx(margin / math.sqrt(1.25))


def test_natural_activations_without_a_spread() -> None:
    """Of a dead unit any difference is beyond all deviations, and none is none."""
    same = np.zeros(3, np.float32)
    assert standing(1.0, "max", same).margin_sd == math.inf and standing(1.0, "max", same).is_beyond
    assert standing(1.0, "min", same).margin_sd == -math.inf and not standing(1.0, "min", same).is_beyond
    assert standing(0.0, "max", same).margin_sd == 0.0 and standing(0.0, "max", same).percentile == 0.0


def test_beyond_is_above_at_the_max_end_and_below_at_the_min_end() -> None:
    """Equal is not beyond, and what is no number never is."""
    assert [is_beyond(value, 4.0, "max") for value in (3.0, 4.0, 4.5, math.nan)] == [False, False, True, False]
    assert [is_beyond(value, 1.0, "min") for value in (0.5, 1.0, 3.0, math.nan)] == [True, False, False, False]


def test_images_beyond_nature_are_counted() -> None:
    """Equal is not beyond."""
    assert n_beyond([standing(value, "max", NATURAL) for value in (3.0, 4.0, 4.5, 9.0)]) == 2
