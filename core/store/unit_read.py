"""Questions to the catalogue about units: walls, exemplars, synthetic images, distributions of activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from core.domain import ActivationSummary, Exemplar, Extreme, Study, Unit
from core.errors import UnknownName
from core.histogram import N_BINS, collapsed, percentile
from core.imaging import crop_address
from core.store import mined_read
from core.store.activations import read_unit
from core.store.workspace import Workspace

Cursor = duckdb.DuckDBPyConnection
SHOWN_BINS = 64  # of a histogram as a chart
PERCENTS = (0.1, 1, 5, 15, 25, 50, 75, 85, 95, 99, 99.9)


def activation_summary(cursor: Cursor, study: Study, unit: Unit) -> ActivationSummary:
    """Return the distribution of a unit's activation. Raises UnknownName."""
    query = """SELECT n, mean, sd, low, high, bin_exponent, bin_origin, counts, is_constant, is_dead FROM units
               WHERE study = ? AND layer = ? AND channel = ?"""
    row = cursor.execute(query, [study.key, unit.layer, unit.channel]).fetchone()
    if row is None:
        known = cursor.execute("SELECT DISTINCT layer || ':' || channel FROM units WHERE study = ?", [study.key]).fetchall()
        raise UnknownName("mined unit", str(unit), [name for (name,) in known])
    n, mean, sd, low, high, exponent, origin, fine, is_constant, is_dead = row
    counts_of_bins = np.array(fine, dtype=np.int64)
    percentiles = tuple((percent, float(np.clip(percentile(exponent, origin, counts_of_bins, percent), low, high))) for percent in PERCENTS)
    bins = collapsed(exponent, origin, counts_of_bins, at_most=SHOWN_BINS)
    return ActivationSummary(n, mean, sd, low, high, *bins, percentiles, is_constant, is_dead)


def unit_activations(workspace: Workspace, cursor: Cursor, study: Study, unit: Unit) -> npt.NDArray[np.float32] | None:
    """Return the unit's activation of every image, (n,), in order of image id; None where the file of all activations is not there."""
    paths = [workspace.root / shard.path for shard in mined_read.shards(cursor, study.key, unit.layer)]
    return read_unit(cursor, paths, unit.channel) if paths and all(path.exists() for path in paths) else None


def exemplars(cursor: Cursor, study: Study, units: Sequence[Unit], *, limit: int) -> tuple[Exemplar, ...]:
    """Return up to `limit` exemplars an extreme of each unit, in order of unit, extreme and rank."""
    query = """
        SELECT e.layer, e.channel, e.extreme, e.rank, e.image_id, i.content_hash, $folder || '/' || i.path, i.label, e.activation
        FROM exemplars e JOIN images i ON i.image_set = $image_set AND i.image_id = e.image_id
        WHERE e.study = $study AND e.rank < $limit AND list_contains($units, e.layer || ':' || e.channel)
        ORDER BY e.layer, e.channel, e.extreme, e.rank"""
    parameters = {
        "image_set": study.image_set.name,
        "folder": study.image_set.folder,
        "study": study.key,
        "limit": limit,
        "units": [str(unit) for unit in units],
    }
    preprocessing = study.mining.preprocessing
    return tuple(
        Exemplar(Unit(layer, channel), extreme, rank, image_id, crop_address(content_hash, preprocessing), path, label, activation)
        for layer, channel, extreme, rank, image_id, content_hash, path, label, activation in cursor.execute(query, parameters).fetchall()
    )


def reserved_units(cursor: Cursor, network_name: str) -> tuple[Unit, ...]:
    """Return the units kept for practice and catch trials."""
    query = "SELECT layer, channel FROM reserved_units WHERE network = ? ORDER BY layer, channel"
    return tuple(Unit(*row) for row in cursor.execute(query, [network_name]).fetchall())


def live_units(cursor: Cursor, study: str, *, n_ranks: int = 0) -> tuple[Unit, ...]:
    """Return the mined units whose activation differs between images, in order of layer and channel.

    Units with an image among both the first `n_ranks` max and min exemplars are left out: so few images activate them that ties fill
    both ends, and no disjoint stimulus sets of that many images exist.
    """
    query = """
        SELECT layer, channel FROM units WHERE study = $study AND high > low AND (layer, channel) NOT IN (
          SELECT a.layer, a.channel FROM exemplars a JOIN exemplars b USING (study, layer, channel, image_id)
          WHERE a.study = $study AND a.extreme = 'max' AND b.extreme = 'min' AND a.rank < $n_ranks AND b.rank < $n_ranks)
        ORDER BY layer, channel"""
    return tuple(Unit(*row) for row in cursor.execute(query, {"study": study, "n_ranks": n_ranks}).fetchall())


def ranked_ids(cursor: Cursor, study: str, units: Sequence[Unit]) -> dict[tuple[Unit, Extreme], tuple[int, ...]]:
    """Return the image ids of each unit's exemplars in rank order, for both extremes."""
    query = """SELECT layer, channel, extreme, list(image_id ORDER BY rank) FROM exemplars
               WHERE study = ? AND list_contains(?, layer || ':' || channel) GROUP BY layer, channel, extreme"""
    rows = cursor.execute(query, [study, [str(unit) for unit in units]]).fetchall()
    return {(Unit(layer, channel), extreme): tuple(ids) for layer, channel, extreme, ids in rows}


def top_ids(cursor: Cursor, study: str, layers: Sequence[str], *, n_ranks: int) -> npt.NDArray[np.int64]:
    """Return the image ids of every unit's most activating exemplars, int64 (n_units, at most n_ranks), layer after layer as named."""
    query = """SELECT layer, image_id FROM exemplars WHERE study = ? AND extreme = 'max' AND rank < ? AND list_contains(?, layer)
               ORDER BY list_position(?, layer), channel, rank"""
    found = cursor.execute(query, [study, n_ranks, list(layers), list(layers)]).fetchnumpy()
    (n_units,) = cursor.execute("SELECT count(*) FROM units WHERE study = ? AND list_contains(?, layer)", [study, list(layers)]).fetchall()[
        0
    ]
    return np.asarray(found["image_id"], dtype=np.int64).reshape(n_units, -1)


def distributions(cursor: Cursor, study: str, layers: Sequence[str]) -> tuple[npt.NDArray[Any], ...]:
    """Return every unit's histogram and moments, layer after layer as named: exponent int32, origin int64, counts int64 (n_units, N_BINS),
    mean and sd float64."""
    query = """SELECT bin_exponent, bin_origin, counts, mean, sd FROM units WHERE study = ? AND list_contains(?, layer)
               ORDER BY list_position(?, layer), channel"""
    found = cursor.execute(query, [study, list(layers), list(layers)]).fetchnumpy()
    counts = np.zeros((len(found["mean"]), N_BINS), dtype=np.int64)
    for row, used in enumerate(found["counts"]):
        counts[row, : len(used)] = used
    exponent, origin = np.asarray(found["bin_exponent"], np.int32), np.asarray(found["bin_origin"], np.int64)
    return exponent, origin, counts, np.asarray(found["mean"], np.float64), np.asarray(found["sd"], np.float64)


def n_dead(cursor: Cursor, study: str) -> int:
    """Return the number of mined units that are dead."""
    found = cursor.execute("SELECT count(*) FROM units WHERE study = ? AND is_dead", [study]).fetchone()
    return int((found or (0,))[0])


def counts(cursor: Cursor, study: Study) -> tuple[int, int, int]:
    """Return the numbers of mined units, of units with synthetic images, and of synthetic images."""
    units = cursor.execute("SELECT count(*) FROM units WHERE study = ?", [study.key]).fetchone()
    rendered = cursor.execute(
        """SELECT count(DISTINCT (layer, channel)), count(*) FROM renders JOIN render_specs USING (spec_digest)
           WHERE network = ? AND network_digest = ? AND NOT contains(spec, '"imported":')""",
        [study.network.name, study.network.network_digest],
    ).fetchone()
    return (units or (0,))[0], *(rendered or (0, 0))
