"""What pages of one unit, of comparisons and of images ask for, cached by the version of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.domain import Study, Unit
from core.excitation import Distributions
from core.services.images import image_activations
from core.services.images.photos import PhotoDesk
from core.services.units import unit_previews
from core.services.units.similar_units import UnitLikeness
from core.services.units.unit_previews import UnitPreview
from core.store.workspace import Workspace
from dashboard import resources, wall_resources
from dashboard.caching import kept

MAX_STUDIES = 2  # whose activations are kept: at most 200 MB each


def likeness(study: Study) -> UnitLikeness:
    """Return what the study's units are compared by."""
    return _likeness(resources.workspace(), resources.reader().version, study.key)


def previews(study: Study, units: Sequence[Unit]) -> Mapping[Unit, UnitPreview]:
    """Return units in small."""
    return _previews(resources.workspace(), resources.reader().version, study.key, tuple(units))


def some_units(study: Study, n: int) -> tuple[Unit, ...]:
    """Return up to `n` units to begin with, spread over the layers: of those with synthetic images, or of all where there are none."""
    table = wall_resources.table(study)
    rows = np.flatnonzero(table.is_rendered) if table.is_rendered.any() else np.arange(len(table.is_rendered))
    return tuple(table.unit(int(row)) for row in rows[np.unique(np.linspace(0, len(rows) - 1, min(n, len(rows))).astype(int))])


def distributions(study: Study) -> Distributions:
    """Return the distributions of all the study's units."""
    return _distributions(resources.workspace(), resources.reader().version, study.key)


def photo_desk() -> PhotoDesk:
    """Return where photos are measured; a process of its own starts with the first that is asked about."""
    return _photo_desk(resources.workspace())


def close() -> None:
    """End the process that measures photos, at the end of this one."""
    photo_desk().close()


@kept()
def _photo_desk(where: Workspace) -> PhotoDesk:
    return PhotoDesk(where)


@kept(MAX_STUDIES)
def _distributions(where: Workspace, version: int, key: str) -> Distributions:
    return image_activations.distributions(resources.reader(), resources.study(key))


@kept(MAX_STUDIES)
def _likeness(where: Workspace, version: int, key: str) -> UnitLikeness:
    return UnitLikeness(resources.reader(), resources.study(key))


@kept(64)
def _previews(where: Workspace, version: int, key: str, units: tuple[Unit, ...]) -> Mapping[Unit, UnitPreview]:
    return unit_previews.previews(resources.reader(), resources.study(key), units)
