"""Questions to the catalogue about synthetic images: the images, how they were optimised, their paths through the network."""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb

from core.domain import Extreme, NetworkCard, PathSimilarity, Render, RenderCourse, Unit
from core.errors import UnknownName
from core.render_json import spec_from_json
from core.render_spec import RenderSpec

Cursor = duckdb.DuckDBPyConnection


def renders(cursor: Cursor, card: NetworkCard, units: Sequence[Unit] | None = None) -> tuple[Render, ...]:
    """Return the synthetic images of the network as its weights are now (of `units`, or of all), the newest spec first."""
    query = """
        SELECT layer, channel, extreme, idx, address, activation, spec_digest, preset
        FROM renders JOIN render_specs USING (spec_digest)
        WHERE network = $network AND network_digest = $weights AND ($units IS NULL OR list_contains($units, layer || ':' || channel))
        ORDER BY max(rendered_at) OVER (PARTITION BY spec_digest) DESC, spec_digest, layer, channel, extreme, idx"""
    return tuple(
        Render(
            Unit(layer, channel),
            extreme,
            index,
            address=address,
            path=f"images/{address[:2]}/{address}.png",
            activation=activation,
            spec_digest=spec_digest,
            preset=preset,
        )
        for layer, channel, extreme, index, address, activation, spec_digest, preset in cursor.execute(
            query, _of_network(card, units)
        ).fetchall()
    )


def render_spec(cursor: Cursor, spec_digest: str) -> RenderSpec:
    """Return a render spec by its digest. Raises UnknownName."""
    row = cursor.execute("SELECT spec FROM render_specs WHERE spec_digest = ?", [spec_digest]).fetchone()
    if row is None:
        raise UnknownName("render spec", spec_digest, [])
    return spec_from_json(json.loads(row[0]))


def imported_specs(cursor: Cursor, card: NetworkCard) -> dict[str, tuple[str, RenderSpec]]:
    """Return digest and spec of the images that each imported method made of the network as its weights are now, by the method's name."""
    query = """
        SELECT spec_digest, spec FROM render_specs
        WHERE contains(spec, '"imported":') AND spec_digest IN (
            SELECT spec_digest FROM renders WHERE network = $network AND network_digest = $weights)"""
    rows = cursor.execute(query, {"network": card.name, "weights": card.network_digest}).fetchall()
    specs = {spec_digest: spec_from_json(json.loads(text)) for spec_digest, text in rows}
    return {spec.imported.method: (key, spec) for key, spec in sorted(specs.items()) if spec.imported is not None}


def courses(cursor: Cursor, card: NetworkCard, units: Sequence[Unit]) -> tuple[RenderCourse, ...]:
    """Return how the groups of these units were optimised, in order of spec, unit, extreme and group."""
    query = """
        SELECT layer, channel, extreme, grp, spec_digest, n_steps, steps, activations, objectives, snapshots, diversity_weight, n_at_once,
               device
        FROM courses WHERE network = $network AND network_digest = $weights AND list_contains($units, layer || ':' || channel)
        ORDER BY spec_digest, layer, channel, extreme, grp"""
    return tuple(
        RenderCourse(
            Unit(row[0], row[1]),
            extreme=row[2],
            group=row[3],
            spec_digest=row[4],
            n_steps=row[5],
            steps=tuple(row[6]),
            activations=tuple(row[7]),
            objectives=tuple(row[8]),
            snapshots=tuple((one["step"], one["address"]) for one in row[9]),
            diversity_weight=row[10],
            n_at_once=row[11],
            device=row[12],
        )
        for row in cursor.execute(query, _of_network(card, units)).fetchall()
    )


def path_similarities(cursor: Cursor, study: str, units: Sequence[Unit] | None = None) -> tuple[PathSimilarity, ...]:
    """Return the paths of the synthetic images of these units (or of all) that are known in a study."""
    query = """
        SELECT address, layer, channel, extreme, at_layers, similarities, exemplars_alike, random_alike FROM path_similarities
        WHERE study = $study AND ($units IS NULL OR list_contains($units, layer || ':' || channel))
        ORDER BY layer, channel, extreme, address"""
    names = None if units is None else [str(unit) for unit in units]
    return tuple(
        PathSimilarity(address, Unit(layer, channel), extreme, *(tuple(values) for values in lists))
        for address, layer, channel, extreme, *lists in cursor.execute(query, {"study": study, "units": names}).fetchall()
    )


def best_naturals(cursor: Cursor, study: str, units: Sequence[Unit]) -> dict[tuple[Unit, Extreme], float]:
    """Return the activation of the most extreme natural image of each unit and extreme."""
    query = """SELECT layer, channel, extreme, activation FROM exemplars
               WHERE study = ? AND rank = 0 AND list_contains(?, layer || ':' || channel)"""
    rows = cursor.execute(query, [study, [str(unit) for unit in units]]).fetchall()
    return {(Unit(layer, channel), extreme): activation for layer, channel, extreme, activation in rows}


def _of_network(card: NetworkCard, units: Sequence[Unit] | None) -> dict[str, object]:
    names = None if units is None else [str(unit) for unit in units]
    return {"network": card.name, "weights": card.network_digest, "units": names}
