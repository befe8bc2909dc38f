"""The imported methods of a network: whose images are there, and how they stand against natural ones. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.design_spec import N_REFERENCES
from core.domain import Study
from core.services.experiment.materials import rendered_by
from core.standing import is_beyond
from core.store import render_read
from core.store.publication import CatalogueReader


@dataclass(frozen=True, slots=True)
class Method:
    """An imported method: its images of a study's network.

    Of `n_judged` images, of units that are mined, `n_beyond` activate their unit beyond the most extreme natural image (None where the
    study's activations are no means). `n_complete` units have 9 images at both extremes.
    """

    name: str
    spec_digest: str
    n_units: int
    n_images: int
    n_complete: int
    n_judged: int
    n_beyond: int | None


def methods(reader: CatalogueReader, study: Study) -> tuple[Method, ...]:
    """Return the methods whose images the study's network has, in order of their names."""
    found = render_read.imported_specs(reader.cursor(), study.network)
    return tuple(_method(reader, study, name, found[name][0]) for name in sorted(found))


def method_names(reader: CatalogueReader, study: Study) -> tuple[str, ...]:
    """Return their names alone, in order."""
    return tuple(sorted(render_read.imported_specs(reader.cursor(), study.network)))


def _method(reader: CatalogueReader, study: Study, name: str, spec_digest: str) -> Method:
    cursor = reader.cursor()
    images = [one for one in render_read.renders(cursor, study.network) if one.spec_digest == spec_digest]
    units = sorted({one.unit for one in images})
    best = render_read.best_naturals(cursor, study.key, units)
    judged = [(one.activation, best[one.unit, one.extreme], one.extreme) for one in images if (one.unit, one.extreme) in best]
    n_beyond = sum(is_beyond(*one) for one in judged) if study.mining.reduction == "mean" else None
    complete = rendered_by(reader, study, spec_digest, n_references=N_REFERENCES, units=units)
    return Method(name, spec_digest, len(units), len(images), len(complete.addresses), len(judged), n_beyond)
