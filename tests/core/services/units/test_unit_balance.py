"""A unit's class balance is that of the sets that people are shown."""

from __future__ import annotations

from collections import Counter

import pytest

from core.domain import Unit
from core.services.units.unit_balance import balance_json, unit_balance
from core.services.units.units import as_json, unit_view
from core.store.publication import CatalogueReader
from tests.studies import DEAD_UNIT, Workplace


def test_balance_counts_the_most_extreme_images(built_study: Workplace) -> None:
    """120 images have two sets of ten at each extreme: their labels are those of the twenty most extreme images."""
    reader = CatalogueReader(built_study.workspace)
    view = unit_view(reader, built_study.study, Unit("mixed4a", 3))
    balance = unit_balance(built_study.study, view.unit, (*view.max_exemplars, *view.min_exemplars))
    assert balance is not None and len(balance.sets) == 4
    for one in balance.extremes:
        counted = Counter(exemplar.label for exemplar in view.exemplars(one.extreme)[:20])
        assert (one.n_images, one.n_labels, one.share) == (20, len(counted), max(counted.values()) / 20)
    found = as_json(reader, built_study.study, view, root=built_study.workspace.root)["class_balance"]
    assert found == balance_json(balance)
    assert set(found) == {"max", "min"} and [one["set_number"] for one in found["max"]["sets"]] == [0, 1]


def test_a_unit_without_sets_has_no_balance(built_study: Workplace) -> None:
    """Where ties fill both ends there are no disjoint sets, and as data that is null."""
    view = unit_view(CatalogueReader(built_study.workspace), built_study.study, DEAD_UNIT)
    balance = unit_balance(built_study.study, view.unit, (*view.max_exemplars, *view.min_exemplars))
    assert balance is None and balance_json(balance) is None


@pytest.mark.parametrize("extreme", ["max", "min"])
def test_a_class_that_fills_an_extreme_is_named(built_study: Workplace, extreme: str) -> None:
    """The unit of the small study prefers one label; where that has half of the images it is said to dominate."""
    view = unit_view(CatalogueReader(built_study.workspace), built_study.study, Unit("mixed3a", 0))
    balance = unit_balance(built_study.study, view.unit, (*view.max_exemplars, *view.min_exemplars))
    assert balance is not None
    (whole,) = (one for one in balance.extremes if one.extreme == extreme)
    assert whole.is_dominated == (extreme == "max") and (extreme == "min" or whole.label == "axolotl")
