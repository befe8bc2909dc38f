"""Reviews as Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

TYPES: Mapping[str, pa.DataType] = {
    "channel": pa.int32(), "rating": pa.int32(), "low": pa.int32(), "high": pa.int32(), "given_at": pa.timestamp("us", tz="UTC"),
}  # fmt: skip


def review_parquet(columns: Mapping[str, list[object]]) -> bytes:
    """Return columns as a Parquet file; those without a type of their own are texts."""
    schema = pa.schema([pa.field(name, TYPES.get(name, pa.string())) for name in columns])
    file = io.BytesIO()
    pq.write_table(pa.table(dict(columns), schema=schema), file)
    return file.getvalue()
