"""What trials and observers are made from: each unit's ranked exemplars, and the images of conditions that have their own. No torch."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.design_spec import Condition, DesignSpec, has_images_of_its_own
from core.domain import Extreme, Render, Study, Unit
from core.errors import NotReady
from core.psychophysics.trials import References, UnitMaterial
from core.store import render_read, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

POOL_FACTOR = 4  # of a large study, so many times the main units are drawn, of which the plan takes as many as it shows, evenly over layers


@dataclass(frozen=True, slots=True)
class Rendered:
    """The units that have enough images an extreme by one render spec: addresses in index order."""

    spec_digest: str | None
    addresses: dict[Unit, dict[Extreme, tuple[str, ...]]]

    def references(self, unit: Unit) -> References:
        """Return the unit's max and min images; none where it has too few."""
        found: Mapping[Extreme, tuple[str, ...]] = self.addresses.get(unit, {})
        return found.get("max", ()), found.get("min", ())


def rendered_units(reader: CatalogueReader, study: Study, *, n_references: int, wanted: Sequence[Unit] = ()) -> Rendered:
    """Return the units with enough synthetic images, by the render spec that has most of `wanted` (of all units where none is named);
    the newest among equals.

    One reference is shown of a render of one image only, several of a render of as many or more (METHOD section 3). Specs whose images do
    not explain the unit alone are left out: accentuated exemplars, differences, directions, imported methods.
    """
    by_spec: dict[str, list[Render]] = defaultdict(list)
    cursor = reader.cursor()
    for one in render_read.renders(cursor, study.network):
        by_spec[one.spec_digest].append(one)
    best, most = Rendered(None, {}), 0
    for spec_digest, renders in by_spec.items():
        spec = render_read.render_spec(cursor, spec_digest)
        if not spec.explains_unit or (spec.n_images == 1) != (n_references == 1):
            continue
        complete = _complete(renders, n_references)
        n = len(complete.keys() & set(wanted)) if wanted else len(complete)
        if n > most:
            best, most = Rendered(spec_digest, complete), n
    return best


def rendered_by(reader: CatalogueReader, study: Study, spec_digest: str, *, n_references: int, units: Sequence[Unit] | None) -> Rendered:
    """Return the units with enough images by this very spec."""
    found = [one for one in render_read.renders(reader.cursor(), study.network, units) if one.spec_digest == spec_digest]
    return Rendered(spec_digest, _complete(found, n_references))


def images_of(reader: CatalogueReader, study: Study, condition: Condition, *, n_references: int, wanted: Sequence[Unit] = ()) -> Rendered:
    """Return the units with enough images of a condition that has its own: synthetic, or an imported method (any spec of one may show one
    reference: its first). Raises NotReady where no such method was imported."""
    if condition == "synthetic":
        return rendered_units(reader, study, n_references=n_references, wanted=wanted)
    imported = render_read.imported_specs(reader.cursor(), study.network)
    if condition not in imported:
        known = f"; there are {', '.join(sorted(imported))}" if imported else ""
        raise NotReady(
            f"{study.network.name} has no images of a method called {condition!r}{known}. Import them with "
            f"`exemplary import-references FOLDER --method {condition} --network {study.network.name}`."
        )
    return rendered_by(reader, study, imported[condition][0], n_references=n_references, units=None)


def materials(
    reader: CatalogueReader, study: Study, units: Sequence[Unit], shown: Mapping[Condition, Rendered], *, n_references: int
) -> list[UnitMaterial]:
    """Return the material of those units that the study has mined, with these conditions' images."""
    return _materials(reader, study, units, {(condition, n_references): rendered for condition, rendered in shown.items()})


def design_materials(
    workspace: Workspace, reader: CatalogueReader, study: Study, design: DesignSpec, *, participant_number: int
) -> list[UnitMaterial]:
    """Return the material of all units that a participant's session may show.

    Where the design names no main units, these are the ones with all images it shows; without such images in the design, rendered units
    if there are enough (so that conditions are compared on the same units), else a draw of all by the participant's number.
    """
    named = sorted({unit for one in design.units for unit in one.parsed})
    shown = _rendered_of(reader, study, design, named if design.lists("main") else None)
    units = named if design.lists("main") else [*named, *_pool(reader, study, design, shown, participant_number, set(named))]
    found = _materials(reader, study, units, shown)
    return found if design.difficulty == "extreme" else _with_activations(workspace, reader, study, found)


def unit_material(reader: CatalogueReader, study: Study, design: DesignSpec, unit: Unit) -> UnitMaterial | None:
    """Return one unit's exemplars and images as the design shows them; None where it is not mined."""
    return next(iter(_materials(reader, study, [unit], _rendered_of(reader, study, design, [unit]))), None)


def free_units(reader: CatalogueReader, study: Study, *, n_ranks: int) -> list[Unit]:
    """Return the units that main trials can be of: those whose first n_ranks images at both ends differ, and that are not reserved."""
    cursor = reader.cursor()
    reserved = set(unit_read.reserved_units(cursor, study.network.name))
    return [unit for unit in unit_read.live_units(cursor, study.key, n_ranks=n_ranks) if unit not in reserved]


def n_ranks(design: DesignSpec) -> int:
    """Return how many images at each extreme the stimulus sets use: a query and the references each."""
    return design.n_sets * (max(design.references_of(scheme) for scheme in design.schemes) + 1)


def _rendered_of(
    reader: CatalogueReader, study: Study, design: DesignSpec, units: Sequence[Unit] | None
) -> dict[tuple[Condition, int], Rendered]:
    return {
        (one.condition, one.n_references): rendered_by(reader, study, one.spec_digest, n_references=one.n_references, units=units)
        for one in design.renders
    }


def _materials(
    reader: CatalogueReader, study: Study, units: Sequence[Unit], shown: Mapping[tuple[Condition, int], Rendered]
) -> list[UnitMaterial]:
    ids = unit_read.ranked_ids(reader.cursor(), study.key, units)
    return [
        UnitMaterial(
            unit=unit,
            max_ids=ids[unit, "max"],
            min_ids=ids[unit, "min"],
            images={key: rendered.references(unit) for key, rendered in shown.items()},
        )
        for unit in dict.fromkeys(units)
        if (unit, "max") in ids and (unit, "min") in ids
    ]


def _pool(
    reader: CatalogueReader,
    study: Study,
    design: DesignSpec,
    shown: Mapping[tuple[Condition, int], Rendered],
    participant_number: int,
    taken: set[Unit],
) -> list[Unit]:
    free = [unit for unit in free_units(reader, study, n_ranks=n_ranks(design)) if unit not in taken]
    n_main = max(design.n_main(condition) for condition in design.conditions)
    if not any(map(has_images_of_its_own, design.conditions)):
        shown = {("synthetic", design.n_references): rendered_units(reader, study, n_references=design.n_references)}
    whole = [unit for unit in free if all(unit in rendered.addresses for rendered in shown.values())]
    if any(map(has_images_of_its_own, design.conditions)) or len(whole) >= n_main:
        return whole
    if not free:
        raise NotReady("No unit of this study can be tested: all are reserved or constant; mine more layers.")
    name = hashlib.sha256(f"pool/{design.seed}/{participant_number}".encode()).digest()
    chosen = np.random.default_rng(int.from_bytes(name, "big")).permutation(len(free))[: n_main * POOL_FACTOR]
    return [free[int(place)] for place in sorted(chosen)]


def _with_activations(workspace: Workspace, reader: CatalogueReader, study: Study, found: Sequence[UnitMaterial]) -> list[UnitMaterial]:
    cursor = reader.cursor()
    whole = []
    for material in found:
        activations = unit_read.unit_activations(workspace, cursor, study, material.unit)
        if activations is None:
            raise NotReady(
                f"The file of all activations of {material.unit.layer} is missing, from which query bands are taken; `exemplary check` "
                "says how to mend it."
            )
        whole.append(UnitMaterial(material.unit, material.max_ids, material.min_ids, material.images, activations))
    return whole


def _complete(renders: Sequence[Render], n_references: int) -> dict[Unit, dict[Extreme, tuple[str, ...]]]:
    found: dict[Unit, dict[Extreme, list[str]]] = defaultdict(lambda: {"max": [], "min": []})
    for one in renders:
        found[one.unit][one.extreme].append(one.address)
    return {
        unit: {extreme: tuple(addresses) for extreme, addresses in extremes.items()}
        for unit, extremes in found.items()
        if min(map(len, extremes.values())) >= n_references
    }
