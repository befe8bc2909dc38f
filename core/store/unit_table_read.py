"""Questions to the catalogue about all units of a study at once, as arrays: statistics, first images, labels, first synthetic images.

Every answer names units by key: place of the layer in the asked order, times KEY, plus channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from core.domain import Extreme, Study

Cursor = duckdb.DuckDBPyConnection
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KEY: Final = 1 << 32
KEY_OF: Final = f"((list_position($order, layer) - 1) * {KEY} + channel)"  # a layer that is not in the order has none


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Every mined unit's statistics, in order of key: each an array (n,)."""

    key: Ints
    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    is_constant: Bools
    is_dead: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The labels of an image set (the empty one left out), by name, with their images; and those of units' most activating images:
    key, rank, place among the labels, -1 where an image has none."""

    names: tuple[str, ...]
    n_images: Ints
    key: Ints
    rank: Ints
    code: Ints


@dataclass(frozen=True, slots=True)
class FirstMade:
    """The first image that the newest spec made of a unit at an extreme. `method`: the imported one, None for our own.

    `percent_below`: of the natural images, how many have a lower activation; to a bin of the stored histogram, evenly filled.
    """

    key: int
    extreme: Extreme
    method: str | None
    spec_digest: str
    address: str
    activation: float
    percent_below: float


def statistics(cursor: Cursor, study: Study, order: list[str]) -> Statistics:
    """Return the statistics of all mined units of the layers in `order`."""
    query = f"""
        SELECT {KEY_OF} AS key, mean, sd, low, high, is_constant, is_dead FROM units
        WHERE study = $study AND list_contains($order, layer) ORDER BY key"""
    found = cursor.execute(query, {"study": study.key, "order": order}).fetchnumpy()
    key, is_constant, is_dead = _ints(found["key"]), *(np.asarray(found[name], bool) for name in ("is_constant", "is_dead"))
    mean, sd, low, high = (np.ma.filled(found[name], np.nan).astype(np.float64) for name in ("mean", "sd", "low", "high"))
    return Statistics(key, mean, sd, low, high, is_constant, is_dead)


def first_natural(cursor: Cursor, study: Study, order: list[str]) -> list[tuple[int, Extreme, str]]:
    """Return key, extreme and address of every unit's most extreme natural image."""
    query = f"""
        SELECT {KEY_OF}, extreme, c.address FROM exemplars e
        JOIN crops c ON c.image_id = e.image_id AND c.image_set = $image_set
          AND (c.resize_px, c.crop_px, c.n_channels, c.interpolation) = ($resize, $crop, $n_channels, $interpolation)
        WHERE study = $study AND rank = 0 AND list_contains($order, layer)"""
    preprocessing = study.mining.preprocessing
    parameters: dict[str, Any] = {
        "study": study.key,
        "order": order,
        "image_set": study.image_set.name,
        "resize": preprocessing.resize_px,
        "crop": preprocessing.crop_px,
        "n_channels": preprocessing.n_channels,
        "interpolation": preprocessing.interpolation,
    }
    return cursor.execute(query, parameters).fetchall()


def labels(cursor: Cursor, study: Study, order: list[str], *, n_ranks: int) -> Labels:
    """Return the labels of every unit's `n_ranks` most activating images."""
    known = "SELECT label, count(*) AS n FROM images WHERE image_set = $image_set AND label <> '' GROUP BY label ORDER BY label"
    rows = cursor.execute(known, {"image_set": study.image_set.name}).fetchall()
    query = f"""
        WITH coded AS (
          SELECT image_id, CASE WHEN label = '' THEN -1 ELSE dense_rank() OVER (ORDER BY label) - 1 END AS code
          FROM images WHERE image_set = $image_set)
        SELECT {KEY_OF} AS key, rank, code FROM exemplars JOIN coded USING (image_id)
        WHERE study = $study AND extreme = 'max' AND rank < $n_ranks AND list_contains($order, layer)"""
    parameters = {"image_set": study.image_set.name, "study": study.key, "order": order, "n_ranks": n_ranks}
    found = cursor.execute(query, parameters).fetchnumpy()
    code = _ints(found["code"])
    if _has_empty(cursor, study):  # the empty label has the first rank
        code = np.maximum(code - 1, -1)
    return Labels(
        tuple(name for name, _ in rows), np.array([n for _, n in rows], np.int64), _ints(found["key"]), _ints(found["rank"]), code
    )


def first_made(cursor: Cursor, study: Study, order: list[str]) -> tuple[FirstMade, ...]:
    """Return the first synthetic and imported images of the network as its weights are now."""
    query = f"""
        WITH first AS (
          SELECT layer, channel, extreme, CASE WHEN contains(spec, '"imported":') THEN preset END AS method,
            arg_max((spec_digest, address, activation), (rendered_at, -idx)) AS made
          FROM renders JOIN render_specs USING (spec_digest)
          WHERE network = $network AND network_digest = $weights AND list_contains($order, layer) GROUP BY ALL),
        placed AS (
          SELECT first.*, u.low, u.high, u.n, u.counts, made[3]::DOUBLE * pow(2.0, -u.bin_exponent) - u.bin_origin AS place
          FROM first JOIN units u ON u.study = $study AND u.layer = first.layer AND u.channel = first.channel),
        binned AS (SELECT *, greatest(0, floor(least(place, len(counts))))::BIGINT AS bin FROM placed)
        SELECT {KEY_OF} AS key, extreme, method, made[1], made[2], made[3],
          CASE WHEN made[3] > high THEN 100 WHEN made[3] <= low THEN 0 ELSE
            100 * (coalesce(list_sum(list_slice(counts, 1, bin)), 0) + (place - bin) * coalesce(counts[bin + 1], 0)) / n END
        FROM binned ORDER BY key, extreme, method NULLS FIRST"""
    card = study.network
    parameters = {"study": study.key, "order": order, "network": card.name, "weights": card.network_digest}
    return tuple(FirstMade(*row) for row in cursor.execute(query, parameters).fetchall())


def _has_empty(cursor: Cursor, study: Study) -> bool:
    query = "SELECT 1 FROM images WHERE image_set = ? AND label = '' LIMIT 1"
    return cursor.execute(query, [study.image_set.name]).fetchone() is not None


def _ints(values: Any) -> Ints:
    return np.asarray(values, dtype=np.int64)
