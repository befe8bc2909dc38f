"""An observer's tasks are the stimulus sets of people's designs, of every unit that has them."""

from __future__ import annotations

import pytest

from core import selection
from core.design_spec import Scheme
from core.errors import UsageError
from core.services.observer_tasks import SEED, study_tasks
from core.store import catalogue_read, unit_read
from core.store.publication import CatalogueReader
from tests.studies import DEAD_UNIT, MAIN_UNITS, RESERVED_UNITS, Workplace


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
