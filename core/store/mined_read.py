"""Questions to the catalogue about what was mined: by which spec, on how many images, where every activation lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from core.domain import MiningSpec, Preprocessing
from core.errors import StoreError
from core.histogram import N_BINS, Histogram
from core.ranking import Moments, Summary, keys_of
from core.store.activations import Shard
from core.store.workspace import Workspace

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Mined:
    """How a layer was mined: `content_digest` names the bytes of its n_images images in order of id."""

    spec: MiningSpec
    n_images: int
    content_digest: str


def mined_layers(cursor: Cursor, study: str) -> dict[str, MiningSpec]:
    """Return the mined layers of a study, each with the spec it was mined by."""
    return {layer: mined.spec for layer, mined in mined_states(cursor, study).items()}


def mined_states(cursor: Cursor, study: str) -> dict[str, Mined]:
    """Return the mined layers of a study, each with its spec and images."""
    query = "SELECT layer, spec, n_images, content_digest FROM mined_layers WHERE study = ?"
    return {layer: Mined(mining_spec(spec), n, content) for layer, spec, n, content in cursor.execute(query, [study]).fetchall()}


def whole_states(cursor: Cursor, workspace: Workspace, study: str) -> dict[str, Mined]:
    """Return the mined layers of a study whose activation files are all there: a layer that lost one is mined anew."""
    found = mined_states(cursor, study)
    return {
        layer: one for layer, one in found.items() if all((workspace.root / shard.path).exists() for shard in shards(cursor, study, layer))
    }


def mining_spec(text: str) -> MiningSpec:
    """Return the spec that stored JSON describes."""
    content: dict[str, Any] = json.loads(text)
    content["preprocessing"] = Preprocessing(**content["preprocessing"])
    content["layers"] = tuple(content["layers"])
    content["pre_relu"] = tuple(content["pre_relu"])
    return MiningSpec(**content)


def shards(cursor: Cursor, study: str, layer: str) -> tuple[Shard, ...]:
    """Return the files of a layer's activations, in the order of their images; none where it is not mined."""
    query = "SELECT first_image, n_images, path, digest FROM shards WHERE study = ? AND layer = ? ORDER BY first_image"
    return tuple(Shard(*row) for row in cursor.execute(query, [study, layer]).fetchall())


def activation_files(cursor: Cursor, workspace: Workspace, study: str, layer: str) -> list[Path]:
    """Return the paths of a layer's activations. Raises StoreError where one is gone or the layer was not mined."""
    found = shards(cursor, study, layer)
    paths = [workspace.root / shard.path for shard in found]
    if not paths or not all(path.exists() for path in paths):
        raise StoreError(f"The stored activations of {layer} in {study} are gone; mine it again (`exemplary mine --layers {layer}`).")
    return paths


def summary(cursor: Cursor, study: str, layer: str) -> Summary:
    """Return what mining knew of a layer, exactly as it was stored, so that more images can be added to it."""
    query = """SELECT low, high, bin_exponent, bin_origin, counts, moments FROM units WHERE study = ? AND layer = ? ORDER BY channel"""
    rows = cursor.execute(query, [study, layer]).fetchall()
    low, high, exponent, origin = (np.array([row[place] for row in rows]) for place in range(4))
    counts = np.zeros((len(rows), N_BINS), np.int64)
    for channel, row in enumerate(rows):
        counts[channel, : len(row[4])] = row[4]
    top = _exemplars(cursor, study, layer, "max", len(rows))
    bottom = _exemplars(cursor, study, layer, "min", len(rows))
    return Summary(
        top_k=_spec_of(cursor, study, layer).top_k,
        top_keys=keys_of(*top, highest_first=True),
        bottom_keys=keys_of(*bottom, highest_first=False),
        moments=_moments([row[5] for row in rows]),
        low=low.astype(np.float64),
        high=high.astype(np.float64),
        bins=Histogram(exponent.astype(np.int32), origin.astype(np.int64), counts),
    )


def _spec_of(cursor: Cursor, study: str, layer: str) -> MiningSpec:
    return mined_states(cursor, study)[layer].spec


def _exemplars(cursor: Cursor, study: str, layer: str, extreme: str, n_channels: int) -> tuple[Any, Any]:
    query = """SELECT image_id, activation FROM exemplars WHERE study = ? AND layer = ? AND extreme = ? ORDER BY channel, rank"""
    found = cursor.execute(query, [study, layer, extreme]).fetchnumpy()
    return (
        np.asarray(found["image_id"], dtype=np.int32).reshape(n_channels, -1),
        np.asarray(found["activation"], dtype=np.float32).reshape(n_channels, -1),
    )


def _moments(rows: list[list[Mapping[str, Any]]]) -> tuple[Moments, ...]:
    """Return each shard's moments from a list of them a channel."""
    return tuple(
        Moments(
            int(of_shard[0]["first_image"]),
            int(of_shard[0]["n"]),
            np.array([one["mean"] for one in of_shard]),
            np.array([one["squares"] for one in of_shard]),
        )
        for of_shard in zip(*rows, strict=True)
    )
