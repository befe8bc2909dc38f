"""Embeddings of images, each made once: a folder an embedder, in which every part is a Parquet file that is published whole.

embeddings/<embedder digest>/<digest of the addresses>.parquet     address, embedding (float32, as many as the embedder has)

Images are named by their addresses, natural and made ones alike: an image set that grows, or another study of the same crops, costs only
the images that are new. What an embedder is, its digest says; the folder may be deleted at any time, and is made again when needed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.domain import digest
from core.errors import StoreError
from core.store.workspace import Workspace, publish_file

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """`rows`: (n, d), one for each address."""

    addresses: tuple[str, ...]
    rows: Floats


def put_embeddings(workspace: Workspace, embedder: str, addresses: Sequence[str], rows: Floats) -> Path:
    """Publish the embeddings (n, d) of images as one more part of an embedder's; NaN and infinity are refused with StoreError."""
    if not np.isfinite(rows).all():
        bad = addresses[int(np.argmin(np.isfinite(rows).all(axis=1)))]
        raise StoreError(f"The embedder gives numbers that are not finite for the image {bad}; check its weights.")
    folder = workspace.embeddings / embedder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest(list(addresses))}.parquet"
    flat = pa.array(np.ascontiguousarray(rows, dtype=np.float32).reshape(-1))
    table = pa.table({"address": pa.array(addresses, pa.string()), "embedding": pa.FixedSizeListArray.from_arrays(flat, rows.shape[1])})
    temporary = path.with_suffix(".tmp")
    pq.write_table(table, temporary, compression="none", use_dictionary=False)
    publish_file(temporary, path)
    return path


def embedded(workspace: Workspace, embedder: str) -> frozenset[str]:
    """Return the addresses of the images that this embedder has embedded. Raises StoreError where a part is damaged."""
    return frozenset(address for path in _parts(workspace, embedder) for address in _addresses(path))


def read_embeddings(workspace: Workspace, embedder: str, wanted: Collection[str]) -> Embeddings:
    """Return the embeddings of those of `wanted` that there are. Raises StoreError where a part is damaged."""
    left, addresses, parts = set(wanted), [], []
    for path in _parts(workspace, embedder):
        chosen = [(place, address) for place, address in enumerate(_addresses(path)) if address in left]
        if chosen:
            rows = _rows(path)
            parts.append(rows[[place for place, _ in chosen]] if len(chosen) < len(rows) else rows)
            addresses += [address for _, address in chosen]
            left.difference_update(address for _, address in chosen)
    return Embeddings(tuple(addresses), np.concatenate(parts) if parts else np.empty((0, 0), np.float32))


def check_part(path: Path) -> None:
    """Raise StoreError where a part cannot be read whole."""
    if len(_addresses(path)) != len(_rows(path)):
        raise StoreError(f"{path} has not one embedding an address; delete it.")


def _parts(workspace: Workspace, embedder: str) -> list[Path]:
    return sorted((workspace.embeddings / embedder).glob("*.parquet"))


def _addresses(path: Path) -> list[str]:
    return [str(address) for address in _read(path, "address").to_pylist()]


def _rows(path: Path) -> Floats:
    column = _read(path, "embedding").combine_chunks()
    return np.asarray(column.flatten().to_numpy(), dtype=np.float32).reshape(len(column), -1)


def _read(path: Path, column: str) -> pa.ChunkedArray:
    try:
        return pq.read_table(path, columns=[column])[column]
    except (OSError, KeyError, pa.ArrowException) as error:
        text = str(error).splitlines()[0]
        raise StoreError(f"{path} cannot be read ({text}); delete it, and its images are embedded again (`exemplary observe`).") from error
