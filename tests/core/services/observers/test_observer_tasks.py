"""An observer's tasks are the stimulus sets of people's designs, of every unit that has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core import selection
from core.design_spec import Scheme
from core.domain import Unit
from core.errors import NotReady, UsageError
from core.services.observers.observer_tasks import SEED, study_tasks
from core.store import catalogue_read, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.studies import DEAD_UNIT, LAYERS, MAIN_UNITS, RESERVED_UNITS, Workplace, activation_matrix, tiny_study

WITHOUT_IMAGES = Unit("conv2d2", 0)


@pytest.mark.parametrize(("scheme", "n_sets"), [("Min-Max-9", 4), ("Max-9", 4), ("Min-Max-1", 20), ("Max-1", 20)])
def test_tasks_are_the_units_stimulus_sets(built_study: Workplace, scheme: Scheme, n_sets: int) -> None:
    """Every task shows a set of its unit, as many sets as the exemplars give, up to 20; constant units are counted."""
    reader, study = CatalogueReader(built_study.workspace), built_study.study
    found = study_tasks(reader, study, scheme=scheme)
    n_references = 1 if scheme.endswith("-1") else 9
    assert (found.n_sets, found.n_left_out) == (n_sets, 1) and DEAD_UNIT not in found.units
    natural, addresses = found.tasks["natural"], catalogue_read.crop_addresses(reader.cursor(), study)
    ids = unit_read.ranked_ids(reader.cursor(), study.key, found.units)
    for row in range(0, len(natural), 7):
        unit = found.units[natural.unit[row]]
        rng = selection.set_rng(SEED, unit)
        sets = selection.stratified_sets(ids[unit, "max"], ids[unit, "min"], n_sets=n_sets, n_references=n_references, rng=rng)
        one = sets[found.set_numbers("natural")[row]]
        assert [natural.images[place] for place in natural.queries[row]] == [addresses[one.max_query], addresses[one.min_query]]
        assert [natural.images[place] for place in natural.max_references[row]] == [addresses[image] for image in one.max_references]
        least = [addresses[image] for image in one.min_references] if scheme.startswith("Min") else []
        assert [natural.images[place] for place in natural.min_references[row]] == least


def test_made_references_are_the_units_own(built_study: Workplace) -> None:
    """Units with synthetic images have as many tasks with them; queries are those of the natural condition."""
    found = study_tasks(CatalogueReader(built_study.workspace), built_study.study)
    made = found.tasks["synthetic"]
    assert {found.units[place] for place in made.unit} == {*MAIN_UNITS, *RESERVED_UNITS} - {DEAD_UNIT}
    assert len(made) == found.n_sets * len(set(made.unit.tolist()))
    natural = found.tasks["natural"]
    assert (made.queries == natural.queries[[unit in made.unit for unit in natural.unit]]).all()
    assert {one for one, _ in found.references} == {"synthetic"}
    with pytest.raises(UsageError, match="at least one"):
        study_tasks(CatalogueReader(built_study.workspace), built_study.study, n_tasks=0)


def test_conditions_without_tasks_are_left_out_and_named(built_study: Workplace) -> None:
    """Of units without synthetic images that condition has no tasks; the digest of its spec is told whichever units are asked."""
    reader, study = CatalogueReader(built_study.workspace), built_study.study
    whole = study_tasks(reader, study)
    one = study_tasks(reader, study, units=[WITHOUT_IMAGES])
    assert (set(one.tasks), one.conditions_left_out) == ({"natural"}, ("synthetic",)) and len(one.tasks["natural"]) == one.n_sets
    assert (set(whole.tasks), whole.conditions_left_out) == ({"natural", "synthetic"}, ()) and one.references == whole.references
    some = study_tasks(reader, study, units=[WITHOUT_IMAGES, MAIN_UNITS[0], DEAD_UNIT])
    assert some.units == (WITHOUT_IMAGES, MAIN_UNITS[0]) and some.n_left_out == 1
    assert some.tasks["synthetic"].unit.tolist() == [1] * some.n_sets


def test_units_whose_ends_share_images_are_left_out(tmp_path: Path) -> None:
    """An image among both the max and the min exemplars gives no sets: with almost all images at both ends of few that differ."""
    n_images = 60
    matrices = {layer.name: activation_matrix(layer, n_images) for layer in LAYERS}
    matrices["mixed4a"][:, 0] = np.arange(n_images) < 10  # ten images differ; the others are ranked by number at both ends
    study = tiny_study(tmp_path, n_images=n_images, top_k=30, matrices=matrices, n_renders=0, observed=False)
    reader = CatalogueReader(Workspace(tmp_path / "workspace"))
    found = study_tasks(reader, study)
    ids = unit_read.ranked_ids(reader.cursor(), study.key, [Unit("mixed4a", channel) for channel in range(8)])
    n_ranks = found.n_sets * (found.n_references + 1)
    apart = {unit for unit, end in ids if end == "max" and not {*ids[unit, "max"][:n_ranks]} & {*ids[unit, "min"][:n_ranks]}}
    assert {unit for unit in found.units if unit.layer == "mixed4a"} == apart and Unit("mixed4a", 0) not in apart
    with pytest.raises(NotReady, match="none is mined, or all are constant"):
        study_tasks(reader, study, units=[DEAD_UNIT])
