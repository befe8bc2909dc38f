"""Units in small: the images that their own pages show first."""

from __future__ import annotations

from core.services.units.unit_previews import previews
from core.services.units.units import unit_view
from core.store.publication import CatalogueReader
from tests.studies import MAIN_UNITS, Workplace, put_synthetic


def test_previews_are_the_first_images_of_the_units_pages(built_study: Workplace) -> None:
    """Each unit's preview is the first exemplar and first synthetic image of its view; one that is not rendered has none."""
    from core.domain import Unit

    reader = CatalogueReader(built_study.workspace)
    units = [*MAIN_UNITS[:3], Unit("mixed4a", 6)]
    found = previews(reader, built_study.study, units)
    assert list(found) == units
    for unit in units:
        view = unit_view(reader, built_study.study, unit)
        first = view.render_sets[0].max_images[0].address if view.render_sets else None
        assert (found[unit].natural, found[unit].synthetic) == (view.max_exemplars[0].address, first)
        assert found[unit].branch == view.branch


def test_the_newest_images_made_here_are_shown(study_workspace: Workplace) -> None:
    """A newer set takes an older one's place."""
    study, unit = study_workspace.study, MAIN_UNITS[0]
    before = previews(CatalogueReader(study_workspace.workspace), study, [unit])[unit].synthetic
    put_synthetic(study_workspace.workspace, study.network, [unit], n_images=2, seed=9)
    after = previews(CatalogueReader(study_workspace.workspace), study, [unit])[unit].synthetic
    assert after not in {before, None}
