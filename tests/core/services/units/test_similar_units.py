"""A study's similar units, against slow computations from what is stored, kept or read layer by layer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.domain import Unit
from core.errors import StoreError, UnknownName
from core.services.units.similar_units import UnitLikeness
from core.store import mined_read, unit_read
from core.store.publication import CatalogueReader
from tests.studies import DEAD_UNIT, Workplace

UNIT = Unit("mixed4a", 2)


@pytest.mark.parametrize("most_bytes", [200_000_000, 0], ids=["kept", "layer by layer"])
def test_correlated_units_are_numpys(built_study: Workplace, most_bytes: int) -> None:
    """The most alike units are those with the highest numpy.corrcoef over all images, of every layer, and r is theirs."""
    reader = CatalogueReader(built_study.workspace)
    likeness = UnitLikeness(reader, built_study.study, most_bytes=most_bytes)
    stored = {one: unit_read.unit_activations(reader.workspace, reader.cursor(), built_study.study, one) for one in likeness.units}
    slow = {one: np.corrcoef(stored[UNIT], stored[one])[0, 1] for one in likeness.units if one not in {UNIT, DEAD_UNIT}}  # type: ignore[arg-type]
    expected = sorted((one for one in slow if slow[one] > 0), key=lambda one: -slow[one])[:6]
    found = likeness.by_activation(UNIT, 6)
    assert [one.unit for one in found] == expected
    assert [one.value for one in found] == pytest.approx([slow[one] for one in expected], abs=1e-5)
    assert likeness.n_images == built_study.study.image_set.n_images


def test_units_with_exemplars_in_common_are_those_of_sets(built_study: Workplace) -> None:
    """The shares are those of the sets of the most activating images that are kept."""
    reader = CatalogueReader(built_study.workspace)
    likeness = UnitLikeness(reader, built_study.study)
    ranked = unit_read.ranked_ids(reader.cursor(), built_study.study.key, likeness.units)
    own = set(ranked[UNIT, "max"])
    slow = {one: len(own & set(ranked[one, "max"])) / len(own) for one in likeness.units if one != UNIT}
    found = likeness.by_exemplars(UNIT, 5)
    assert [one.value for one in found] == sorted(slow.values(), reverse=True)[:5]
    assert all(slow[one.unit] == one.value for one in found)
    assert all(one.value >= other.value for one, other in itertools.pairwise(found))
    assert likeness.n_exemplars == len(own)


def test_a_constant_unit_correlates_with_nobody(built_study: Workplace) -> None:
    """Where every image activates a unit alike there is nothing to correlate."""
    assert UnitLikeness(CatalogueReader(built_study.workspace), built_study.study).by_activation(DEAD_UNIT, 5) == ()


def test_unknown_units_and_lost_activations_are_said(study_workspace: Workplace) -> None:
    """A unit that is not mined and activations that are gone each become a sentence."""
    reader = CatalogueReader(study_workspace.workspace)
    likeness = UnitLikeness(reader, study_workspace.study)
    with pytest.raises(UnknownName, match="mixed4a:99"):
        likeness.by_exemplars(Unit("mixed4a", 99), 3)
    mined_read.activation_files(reader.cursor(), reader.workspace, study_workspace.study.key, "mixed3a")[0].unlink()
    with pytest.raises(StoreError, match="mixed3a"):
        likeness.by_activation(UNIT, 3)
    assert likeness.by_exemplars(UNIT, 3), "these need no stored activations"
