"""The rows of similar units: what each tile says, and what is said where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain import Unit
from core.services.units.similar_units import UnitLikeness
from core.store.publication import CatalogueReader
from dashboard import unit_text
from dashboard.components import similar_units
from dashboard.components.unit_strip import StripUnit, unit_address
from tests.dashboard.apptest import open_page, words_of
from tests.studies import DEAD_UNIT, Workplace

UNIT = Unit("mixed4a", 2)


@pytest.fixture
def strips(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[StripUnit]]:
    """Return what the rows of the page were given, by key."""
    found: dict[str, list[StripUnit]] = {}

    def draw(given: list[StripUnit], *, key: str, **layout: Any) -> None:
        found[key] = list(given)

    monkeypatch.setattr(similar_units, "unit_strip", draw)
    return found


def test_a_units_page_shows_the_units_that_are_like_it(served: Workplace, strips: dict[str, list[StripUnit]]) -> None:
    """Each row holds the most alike units with their numbers and first images, and says over how many images."""
    page = open_page("feature-maps", unit=str(UNIT))
    assert not page.exception
    likeness = UnitLikeness(CatalogueReader(served.workspace), served.study)
    by_activation, by_exemplars = strips[f"similar/activation/tiny/shapes/{UNIT}"], strips[f"similar/exemplars/tiny/shapes/{UNIT}"]
    assert [(one.unit, one.caption) for one in by_activation] == [
        (str(one.unit), f"r = {one.value:.2f}") for one in likeness.by_activation(UNIT, 10)
    ]
    assert [(one.unit, one.share) for one in by_exemplars] == [(str(one.unit), one.value) for one in likeness.by_exemplars(UNIT, 10)]
    assert all(one.natural for one in (*by_activation, *by_exemplars))
    words = words_of(page)
    assert "all 120 images" in words and "the 40 most activating images" in words


def test_a_dead_unit_is_like_nobody(served: Workplace) -> None:
    """Where nothing correlates that is said."""
    assert unit_text.NOBODY_ALIKE in words_of(open_page("feature-maps", unit=str(DEAD_UNIT)))


def test_samples_are_named() -> None:
    """Where not all images are compared the page says how many are."""
    assert unit_text.compared_over(4096, 1_281_167) == "a fixed sample of 4,096 of 1,281,167 images"


def test_addresses_of_units_are_readable() -> None:
    """A unit's link names its study and itself as they are written."""
    assert unit_address("tiny/shapes", "mixed4a:2") == "feature-maps?study=tiny/shapes&unit=mixed4a:2"
