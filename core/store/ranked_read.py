"""Questions to the catalogue about all units of a layer at once: their ranked exemplars, and which of them respond at all."""

from __future__ import annotations

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.domain import Extreme

Cursor = duckdb.DuckDBPyConnection


def ranked_images(cursor: Cursor, study: str, layer: str, extreme: Extreme, *, n_ranks: int) -> NDArray[np.int64]:
    """Return the image ids of every channel's first n_ranks exemplars of an extreme, (n_channels, n_ranks), rank 0 first."""
    query = """SELECT image_id FROM exemplars WHERE study = ? AND layer = ? AND extreme = ? AND rank < ? ORDER BY channel, rank"""
    found = cursor.execute(query, [study, layer, extreme, n_ranks]).fetchnumpy()["image_id"]
    return np.asarray(found, dtype=np.int64).reshape(-1, n_ranks)


def responds(cursor: Cursor, study: str, layer: str) -> NDArray[np.bool_]:
    """Return whether each channel's activation differs between images, (n_channels,)."""
    query = "SELECT high > low AS responds FROM units WHERE study = ? AND layer = ? ORDER BY channel"
    return np.asarray(cursor.execute(query, [study, layer]).fetchnumpy()["responds"], dtype=np.bool_)
