"""A unit in small: its most activating natural and synthetic image, for lists of units. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain import Render, Study, Unit
from core.store import render_read, unit_read
from core.store.publication import CatalogueReader


@dataclass(frozen=True, slots=True)
class UnitPreview:
    """The addresses of a unit's first image of each kind at max; None where there is none."""

    unit: Unit
    branch: str
    natural: str | None
    synthetic: str | None


def previews(reader: CatalogueReader, study: Study, units: Sequence[Unit]) -> Mapping[Unit, UnitPreview]:
    """Return the previews of units of a study, all read at once; synthetic images are the newest that were made here."""
    cursor, wanted = reader.cursor(), list(dict.fromkeys(units))
    natural = {one.unit: one.address for one in unit_read.exemplars(cursor, study, wanted, limit=1) if one.extreme == "max"}
    rendered = [one for one in render_read.renders(cursor, study.network, wanted) if one.extreme == "max"]
    imported = {digest for digest, _ in render_read.imported_specs(cursor, study.network).values()} if rendered else frozenset()
    synthetic: dict[Unit, Render] = {}
    for one in rendered:  # the newest spec first, then in order of index
        if one.spec_digest not in imported:
            synthetic.setdefault(one.unit, one)
    return {
        unit: UnitPreview(
            unit,
            study.network.layer(unit.layer).branch_of(unit.channel),
            natural.get(unit),
            None if (found := synthetic.get(unit)) is None else found.address,
        )
        for unit in wanted
    }
