"""What the workspace holds: its studies, which one is meant, and the figures of the overview. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import ImageSet, Study
from core.errors import NotReady, UnknownName
from core.store import catalogue_read, unit_read
from core.store.publication import CatalogueReader

EMPTY = "Nothing has been mined yet; run `exemplary demo`, or `exemplary index FOLDER --name NAME` and `exemplary mine`."


@dataclass(frozen=True, slots=True)
class StudyCounts:
    """How much of everything a study has."""

    n_images: int
    n_labels: int
    n_skipped: int
    n_units: int
    n_rendered_units: int
    n_renders: int
    n_dead: int  # units behind a ReLU that lets nothing of any image through


def list_studies(reader: CatalogueReader) -> tuple[Study, ...]:
    """Return the mined studies, the newest first; none on an empty workspace."""
    if reader.version == 0:
        return ()
    return catalogue_read.studies(reader.cursor())


def list_image_sets(reader: CatalogueReader) -> tuple[ImageSet, ...]:
    """Return the indexed image sets; none on an empty workspace."""
    return catalogue_read.image_sets(reader.cursor()) if reader.version else ()


def choose_study(reader: CatalogueReader, *, key: str | None = None, network: str | None = None) -> Study:
    """Return the study of this key, or the newest (of this network), one of spatial means before one of another reduction.

    Raises NotReady, UnknownName.
    """
    studies = list_studies(reader)
    if not studies:
        raise NotReady(EMPTY)
    if key is not None:
        found = [study for study in studies if study.key == key]
        if not found:
            raise UnknownName("study", key, [study.key for study in studies])
        return found[0]
    if network is not None:
        found = [study for study in studies if study.network.name == network]
        if not found:
            raise UnknownName("mined network", network, sorted({study.network.name for study in studies}))
        return _newest(found)
    return _newest(studies)


def _newest(studies: Sequence[Study]) -> Study:
    return next((study for study in studies if study.mining.reduction == "mean"), studies[0])


def study_counts(reader: CatalogueReader, study: Study) -> StudyCounts:
    """Return the study's figures."""
    cursor = reader.cursor()
    n_units, n_rendered_units, n_renders = unit_read.counts(cursor, study)
    n_labels = len(Counter(image.label for image in catalogue_read.images(cursor, study.image_set.name)))
    return StudyCounts(
        n_images=study.image_set.n_images,
        n_labels=n_labels,
        n_skipped=study.image_set.n_skipped,
        n_units=n_units,
        n_rendered_units=n_rendered_units,
        n_renders=n_renders,
        n_dead=unit_read.n_dead(cursor, study.key),
    )
