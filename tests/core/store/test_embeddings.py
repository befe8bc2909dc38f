"""Each image is embedded once: parts come back, damaged ones are refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import StoreError
from core.store.embeddings import check_part, embedded, put_embeddings, read_embeddings
from core.store.workspace import Workspace


def test_parts_come_back(empty_workspace: Workspace) -> None:
    """Rows of several parts are read by address, each address once; another embedder has none."""
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    put_embeddings(empty_workspace, "e", ["a", "b"], rows[:2])
    put_embeddings(empty_workspace, "e", ["c", "d"], rows[2:])
    assert embedded(empty_workspace, "e") == {"a", "b", "c", "d"} and embedded(empty_workspace, "other") == frozenset()
    found = read_embeddings(empty_workspace, "e", ["d", "a", "absent"])
    assert {address: row.tolist() for address, row in zip(found.addresses, found.rows, strict=True)} == {"a": [0, 1, 2], "d": [9, 10, 11]}
    assert len(read_embeddings(empty_workspace, "e", []).addresses) == 0


def test_damage_is_told(empty_workspace: Workspace) -> None:
    """A torn part and numbers that are not finite are refused with a sentence."""
    path = put_embeddings(empty_workspace, "e", ["a"], np.ones((1, 2), np.float32))
    check_part(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match="exemplary observe"):
        check_part(path)
    with pytest.raises(StoreError, match="not finite for the image b"):
        put_embeddings(empty_workspace, "e", ["a", "b"], np.array([[1.0], [np.nan]], np.float32))
