from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain import digest
from core.errors import NotReady
from core.render_spec import Difference, ExemplarStart, ObjectiveSpec, RenderSpec
from core.services.experiment.materials import images_of, rendered_units
from core.services.units import units
from core.store import catalogue_write, render_read
from core.store.publication import CatalogueReader, publish
from tests.core.services.method_folders import METHOD, put_method
from tests.studies import MAIN_UNITS, Workplace


def put_again(place: Workplace, spec: RenderSpec) -> None:
    """Store the study's synthetic images once more, as if they were made by another spec, and later."""
    card = place.study.network
    found = render_read.renders(CatalogueReader(place.workspace).cursor(), card)
    copies = [replace(one, spec_digest=digest(spec), preset=spec.preset) for one in found]
    publish(place.workspace, lambda cursor: catalogue_write.put_renders(cursor, card=card, spec=spec, renders=copies))


def other_specs(place: Workplace) -> list[RenderSpec]:
    first = render_read.renders(CatalogueReader(place.workspace).cursor(), place.study.network)[0]
    spec = render_read.render_spec(CatalogueReader(place.workspace).cursor(), first.spec_digest)
    return [
        replace(spec, preset="accentuate", start=ExemplarStart("some images")),
        replace(spec, preset="difference", objective=ObjectiveSpec(Difference(str(MAIN_UNITS[1])))),
    ]


def test_images_that_do_not_explain_the_unit_are_no_references(study_workspace: Workplace) -> None:
    """Accentuated exemplars and differences, though newest, are not taken for the synthetic condition."""
    reader, study = CatalogueReader(study_workspace.workspace), study_workspace.study
    before = rendered_units(reader, study, n_references=9)
    for spec in other_specs(study_workspace):
        put_again(study_workspace, spec)
    assert rendered_units(reader, study, n_references=9) == before
    assert before.addresses


def test_only_images_of_the_activation_are_held_against_nature(study_workspace: Workplace) -> None:
    """A difference gets no standing: its activation is not what was maximised."""
    _, difference = other_specs(study_workspace)
    put_again(study_workspace, difference)
    view = units.unit_view(CatalogueReader(study_workspace.workspace), study_workspace.study, MAIN_UNITS[0])
    shown = {chosen.preset: chosen.shows_activation for chosen in view.render_sets}
    assert shown == {"difference": False, "quick": True}


def test_imported_images_are_a_condition_of_their_own(study_workspace: Workplace) -> None:
    """They are never taken for synthetic ones; a method shows its first images; one that is not there is told with the command."""
    place, study = study_workspace, study_workspace.study
    before = rendered_units(CatalogueReader(place.workspace), study, n_references=9)
    spec = put_method(place.workspace, study.network, MAIN_UNITS[:3], n_images=10)
    reader = CatalogueReader(place.workspace)
    assert rendered_units(reader, study, n_references=9) == before
    for n_references in (9, 1):
        found = images_of(reader, study, METHOD, n_references=n_references)
        assert found.spec_digest == digest(spec) and set(found.addresses) == set(MAIN_UNITS[:3])
    assert images_of(reader, study, METHOD, n_references=11).addresses == {}
    with pytest.raises(NotReady, match=r"there are grad.*exemplary import-references FOLDER --method gard"):
        images_of(reader, study, "gard", n_references=9)
