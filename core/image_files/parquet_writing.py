"""Images as Parquet files in Hugging Face's layout: a column `image` of bytes and path, a column `label` of text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_IMAGES = 200  # rows of a row group, which is read whole
_FEATURES = {"image": {"_type": "Image"}, "label": {"dtype": "string", "_type": "Value"}}
_SCHEMA = pa.schema(
    [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("label", pa.string())],
    metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})},
)


def write_parquet(path: Path, rows: Iterable[tuple[bytes, str]]) -> None:
    """Write images (a file's bytes and its label) to a new Parquet file, a row group at a time."""
    remaining = iter(rows)
    with pq.ParquetWriter(path, _SCHEMA, compression="none") as writer:  # PNG is compressed
        while group := list(islice(remaining, GROUP_IMAGES)):
            images = [{"bytes": content, "path": None} for content, _ in group]
            writer.write_table(pa.table({"image": images, "label": [label for _, label in group]}, schema=_SCHEMA))
