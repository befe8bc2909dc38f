"""Which conditions the quick self-test offers."""

from __future__ import annotations

from core.services.experiment.designs import UnitCounts
from dashboard.components.design_choice import LENGTHS, available_conditions, n_units

FEW = min(LENGTHS) - 1


def test_imported_methods_are_offered_beside_the_conditions_that_are_always_there() -> None:
    """By name, after natural, synthetic and none; each where it has units enough for the shortest self-test."""
    counts = UnitCounts(20, 8, 2, 3, 0.02, {"zebra": 5, "grad": 6, "sparse": FEW})
    assert available_conditions(counts) == ["natural", "synthetic", "none", "grad", "zebra"]
    assert (n_units(counts, "grad"), n_units(counts, "synthetic"), n_units(counts, "none")) == (6, 8, 20)


def test_without_synthetic_and_imported_images_two_conditions_are_left() -> None:
    """Natural references and none need no images of their own."""
    assert available_conditions(UnitCounts(20, FEW, 2, 3, 0.02)) == ["natural", "none"]
