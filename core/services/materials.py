"""What trials and observers are made from: each unit's ranked exemplars and its synthetic images by one render spec. No torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import Extreme, Render, Study, Unit
from core.psychophysics.trials import UnitMaterial
from core.store import render_read, unit_read
from core.store.publication import CatalogueReader


@dataclass(frozen=True, slots=True)
class Rendered:
    """The units that have at least n images an extreme by one render spec: addresses in index order."""

    spec_digest: str | None
    addresses: dict[Unit, dict[Extreme, tuple[str, ...]]]


def rendered_units(reader: CatalogueReader, study: Study, *, n_references: int) -> Rendered:
    """Return the units with enough synthetic images, by the render spec that has most of them (the newest among equals).

    Specs whose images do not explain the unit alone are left out: accentuated exemplars, differences, directions.
    """
    by_spec: dict[str, list[Render]] = defaultdict(list)
    cursor = reader.cursor()
    for one in render_read.renders(cursor, study.network):
        by_spec[one.spec_digest].append(one)
    best = Rendered(None, {})
    for spec_digest, renders in by_spec.items():
        if not render_read.render_spec(cursor, spec_digest).explains_unit:
            continue
        complete = _complete(renders, n_references)
        if len(complete) > len(best.addresses):
            best = Rendered(spec_digest, complete)
    return best


def materials(reader: CatalogueReader, study: Study, units: Sequence[Unit], rendered: Rendered) -> list[UnitMaterial]:
    """Return the material of those units that the study has mined."""
    ids = unit_read.ranked_ids(reader.cursor(), study.key, units)
    nothing: dict[Extreme, tuple[str, ...]] = {}
    return [
        UnitMaterial(
            unit=unit,
            max_ids=ids[unit, "max"],
            min_ids=ids[unit, "min"],
            synthetic_max=rendered.addresses.get(unit, nothing).get("max", ()),
            synthetic_min=rendered.addresses.get(unit, nothing).get("min", ()),
        )
        for unit in units
        if (unit, "max") in ids and (unit, "min") in ids
    ]


def _complete(renders: Sequence[Render], n_references: int) -> dict[Unit, dict[Extreme, tuple[str, ...]]]:
    found: dict[Unit, dict[Extreme, list[str]]] = defaultdict(lambda: {"max": [], "min": []})
    for one in renders:
        found[one.unit][one.extreme].append(one.address)
    return {
        unit: {extreme: tuple(addresses) for extreme, addresses in extremes.items()}
        for unit, extremes in found.items()
        if min(map(len, extremes.values())) >= n_references
    }
