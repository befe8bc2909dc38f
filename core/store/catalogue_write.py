"""Changes to the catalogue, as functions of a cursor on the copy that is about to be published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.domain import (
    ImageFile,
    ImageSet,
    Layer,
    MiningSpec,
    NetworkCard,
    PathSimilarity,
    Preprocessing,
    Reduction,
    Render,
    RenderCourse,
    SkippedFile,
    Unit,
    canonical_json,
    digest,
)
from core.imaging import crop_address
from core.ranking import Summary
from core.render_spec import RenderSpec
from core.store.activations import Shard

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class MinedLayer:
    """What mining found for one layer: its units' ranks and distributions, and the files of all activations.

    content_digest names the bytes of the mined images, in order of id.
    """

    layer: Layer
    summary: Summary
    shards: tuple[Shard, ...]
    content_digest: str


def put_image_set(
    cursor: Cursor, image_set: ImageSet, *, images: Sequence[ImageFile], skipped: Sequence[SkippedFile], keeps_ids: bool = False
) -> None:
    """Store an image set under its name, in place of what had the name before. `keeps_ids`: images of before have the ids they had."""
    name = image_set.name
    for table in ("image_sets", "images", "skipped", *(() if keeps_ids else ("crops",))):
        cursor.execute(f"DELETE FROM {table} WHERE image_set = ?", [name])
    cursor.execute(
        "INSERT INTO image_sets VALUES (?, ?, ?, ?, ?, ?)",
        [name, image_set.folder, image_set.set_digest, image_set.n_images, image_set.n_skipped, datetime.now(UTC)],
    )
    columns = ("image_id", "content_hash", "path", "label", "width_px", "height_px")
    table = pa.table({column: [getattr(image, column) for image in images] for column in columns})
    _insert(cursor, table, "INSERT INTO images SELECT $1, * FROM arriving", [name])
    if skipped:
        table = pa.table({"path": [file.path for file in skipped], "reason": [file.reason for file in skipped]})
        _insert(cursor, table, "INSERT INTO skipped SELECT $1, * FROM arriving", [name])


def put_network(cursor: Cursor, card: NetworkCard) -> None:
    """Store a network's card under its name, in place of what had the name before."""
    layers = json.dumps([asdict(layer) for layer in card.layers])
    cursor.execute("DELETE FROM networks WHERE network = ?", [card.name])
    cursor.execute(
        "INSERT INTO networks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [card.name, card.source, card.network_digest, *astuple(card.preprocessing), layers, card.n_classes],
    )


def drop_study(cursor: Cursor, study: str) -> None:
    """Forget what was mined of a study (its network or images have changed)."""
    for table in ("mined_layers", "shards", "units", "exemplars", "path_similarities"):
        cursor.execute(f"DELETE FROM {table} WHERE study = ?", [study])


def put_mined_layer(cursor: Cursor, study: str, *, spec: MiningSpec, mined: MinedLayer) -> None:
    """Store a layer's units and exemplars, in place of what the study had of this layer."""
    layer, now = mined.layer.name, datetime.now(UTC)
    cursor.execute("DELETE FROM path_similarities WHERE study = ?", [study])  # they compare with exemplars, which may be others now
    for table in ("mined_layers", "shards", "units", "exemplars"):
        cursor.execute(f"DELETE FROM {table} WHERE study = ? AND layer = ?", [study, layer])
    cursor.execute(
        f"INSERT INTO mined_layers VALUES ({', '.join('?' * 9)})",
        [study, spec.network, spec.image_set, layer, digest(spec), canonical_json(spec), mined.summary.n, mined.content_digest, now],
    )
    cursor.executemany("INSERT INTO shards VALUES (?, ?, ?, ?, ?, ?)", [[study, layer, *astuple(shard)] for shard in mined.shards])
    _insert(cursor, _unit_table(mined, spec.reduction), "INSERT INTO units SELECT $1, $2, * FROM arriving", [study, layer])
    for extreme, (ids, activations) in (("max", mined.summary.top()), ("min", mined.summary.bottom())):
        _insert(
            cursor,
            _exemplar_table(extreme, ids, activations),
            "INSERT INTO exemplars SELECT $1, $2, * FROM arriving",
            [study, layer],
        )


def put_crops(cursor: Cursor, image_set: str, preprocessing: Preprocessing) -> None:
    """Make every image of the set addressable under this preprocessing (the image route looks addresses up here)."""
    rows = cursor.execute(
        """SELECT image_id, content_hash FROM images WHERE image_set = $1 AND image_id NOT IN (
             SELECT image_id FROM crops
             WHERE image_set = $1 AND (resize_px, crop_px, n_channels, interpolation) = ($2, $3, $4, $5))""",
        [image_set, *astuple(preprocessing)],
    ).fetchall()
    if not rows:
        return
    table = pa.table(
        {"address": [crop_address(content_hash, preprocessing) for _, content_hash in rows], "image_id": [row[0] for row in rows]}
    )
    _insert(
        cursor,
        table,
        "INSERT INTO crops SELECT address, $1, image_id, $2, $3, $4, $5 FROM arriving",
        [image_set, *astuple(preprocessing)],
    )


def put_renders(cursor: Cursor, *, card: NetworkCard, spec: RenderSpec, renders: Sequence[Render]) -> None:
    """Store synthetic images, in place of those of the same unit, extreme, index and spec."""
    cursor.execute("INSERT INTO render_specs VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [digest(spec), spec.preset, canonical_json(spec)])
    now = datetime.now(UTC)
    for render in renders:
        key = [card.name, render.unit.layer, render.unit.channel, render.extreme, render.index, render.spec_digest]
        cursor.execute(
            "DELETE FROM renders WHERE network = ? AND layer = ? AND channel = ? AND extreme = ? AND idx = ? AND spec_digest = ?", key
        )
        network, layer, channel, extreme, index, spec_digest = key
        cursor.execute(
            "INSERT INTO renders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [network, card.network_digest, layer, channel, extreme, index, spec_digest, render.address, render.activation, now],
        )


def drop_renders(cursor: Cursor, network: str, spec_digest: str) -> None:
    """Forget the images of a network by this spec, and their paths; the files stay until nothing refers to them."""
    gone = "FROM renders WHERE network = $network AND spec_digest = $spec"
    values = {"network": network, "spec": spec_digest}
    cursor.execute(f"DELETE FROM path_similarities WHERE address IN (SELECT address {gone})", values)
    cursor.execute(f"DELETE {gone}", values)


def put_courses(cursor: Cursor, *, card: NetworkCard, courses: Sequence[RenderCourse]) -> None:
    """Store how groups were optimised, in place of those of the same unit, extreme, group and spec."""
    for one in courses:
        key = [card.name, card.network_digest, one.unit.layer, one.unit.channel, one.extreme, one.group, one.spec_digest]
        cursor.execute(
            """DELETE FROM courses WHERE network = ? AND network_digest = ? AND layer = ? AND channel = ? AND extreme = ? AND grp = ?
               AND spec_digest = ?""",
            key,
        )
        snapshots = [{"step": step, "address": address} for step, address in one.snapshots]
        values = [one.n_steps, list(one.steps), list(one.activations), list(one.objectives), snapshots]
        cursor.execute(
            f"INSERT INTO courses VALUES ({', '.join('?' * 15)})", [*key, *values, one.diversity_weight, one.n_at_once, one.device]
        )


def put_path_similarities(cursor: Cursor, study: str, paths: Sequence[PathSimilarity]) -> None:
    """Store the paths of synthetic images through the network, in place of those of the same study and image."""
    for one in paths:
        cursor.execute(
            "DELETE FROM path_similarities WHERE study = ? AND address = ? AND layer = ? AND channel = ? AND extreme = ?",
            [study, one.address, one.unit.layer, one.unit.channel, one.extreme],
        )
        lists = [list(values) for values in (one.at_layers, one.similarities, one.natural, one.random)]
        cursor.execute(
            "INSERT INTO path_similarities VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [study, one.address, one.unit.layer, one.unit.channel, one.extreme, *lists],
        )


def put_reserved(cursor: Cursor, network: str, units: Sequence[Unit]) -> None:
    """Keep these units of the network for practice and catch trials."""
    for unit in units:
        cursor.execute("DELETE FROM reserved_units WHERE network = ? AND layer = ? AND channel = ?", [network, unit.layer, unit.channel])
        cursor.execute("INSERT INTO reserved_units VALUES (?, ?, ?)", [network, unit.layer, unit.channel])


def _unit_table(mined: MinedLayer, reduction: Reduction) -> pa.Table:
    layer, summary = mined.layer, mined.summary
    channels = np.arange(layer.n_channels, dtype=np.int32)
    mean, sd = summary.mean_and_sd()
    is_constant = summary.low == summary.high
    # Behind a ReLU that never opened all activations are 0. Before it, only the maxima tell.
    is_dead = is_constant & (summary.high == 0) if not layer.pre_relu else (summary.high <= 0) & (reduction == "max")
    return pa.table(
        {
            "channel": channels,
            "branch": [layer.branch_of(int(channel)) for channel in channels],
            "n": np.full(len(channels), summary.n, dtype=np.int32),
            "mean": mean,
            "sd": sd,
            "low": summary.low,
            "high": summary.high,
            "bin_exponent": summary.bins.exponent,
            "bin_origin": summary.bins.origin,
            "counts": [counts[: np.flatnonzero(counts)[-1] + 1] for counts in summary.bins.counts],
            "moments": pa.array(_moments_by_channel(summary), type=_MOMENTS),
            "is_constant": is_constant,
            "is_dead": is_dead,
        }
    )


_MOMENTS = pa.list_(pa.struct([("first_image", pa.int32()), ("n", pa.int32()), ("mean", pa.float64()), ("squares", pa.float64())]))


def _moments_by_channel(summary: Summary) -> list[list[dict[str, float]]]:
    return [
        [
            {"first_image": one.first_image, "n": one.n, "mean": float(one.mean[channel]), "squares": float(one.squares[channel])}
            for one in summary.moments
        ]
        for channel in range(len(summary.low))
    ]


def _exemplar_table(extreme: str, ids: npt.NDArray[np.int32], activations: npt.NDArray[np.float32]) -> pa.Table:
    n_channels, k = ids.shape
    return pa.table(
        {
            "channel": np.repeat(np.arange(n_channels, dtype=np.int32), k),
            "extreme": pa.repeat(extreme, n_channels * k),
            "rank": np.tile(np.arange(k, dtype=np.int32), n_channels),
            "image_id": ids.reshape(-1),
            "activation": activations.reshape(-1),
        }
    )


def _insert(cursor: Cursor, arriving: pa.Table, statement: str, parameters: list[object]) -> None:
    cursor.register("arriving", arriving)
    cursor.execute(statement, parameters)
    cursor.unregister("arriving")
