"""Answers and what belongs to them as Parquet, in the columns of `core/exchange/columns.py`: as sets are kept and handed on."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from core.answer_set import Collected
from core.errors import StoreError
from core.exchange.columns import TABLES, Column, TableName, collected_of, rows_of

DESIGNS = "designs.json"
ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
}


def as_parquet(collected: Collected, table: TableName) -> bytes:
    """Return one of the tables as a Parquet file."""
    rows, columns = rows_of(collected, table), TABLES[table]
    values = {column.name: [row[place] for row in rows] for place, column in enumerate(columns)}
    file = io.BytesIO()
    pq.write_table(pa.table(values, schema=pa.schema([_field(column) for column in columns])), file)
    return file.getvalue()


def read_tables(files: Mapping[TableName, Path | BinaryIO]) -> Collected:
    """Return what `as_parquet` wrote. Raises FileNotFoundError, StoreError."""
    return collected_of({table: _rows(file, table) for table, file in files.items()})


def packed(collected: Collected) -> bytes:
    """Return all tables and the designs in one zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for table in TABLES:
            archive.writestr(f"{table}.parquet", as_parquet(collected, table))
        archive.writestr(DESIGNS, json.dumps(collected.designs))
    return file.getvalue()


def unpacked(content: bytes) -> Collected:
    """Return what `packed` gave. Raises StoreError where it is not such an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = read_tables({table: io.BytesIO(archive.read(f"{table}.parquet")) for table in TABLES})
            return replace(found, designs=tuple(json.loads(archive.read(DESIGNS))))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise StoreError(f"What came is not an archive of answers ({error}).") from error


def _field(column: Column) -> pa.Field:
    return pa.field(column.name, ARROW_TYPES[column.kind], nullable=column.is_optional)


def _rows(file: Path | BinaryIO, table: TableName) -> list[tuple[Any, ...]]:
    name = f"{file.parent.name}/{file.name}" if isinstance(file, Path) else f"{table}.parquet"
    columns = TABLES[table]
    try:
        found = pq.read_table(file)
    except FileNotFoundError as error:
        raise FileNotFoundError(2, "gone", str(file)) from error
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{name} cannot be read ({str(error).splitlines()[0]}); make the set again.") from error
    missing = [column.name for column in columns if not column.is_optional and column.name not in found.column_names]
    if missing:
        raise StoreError(f"{name} has no column {', '.join(missing)}; make the set again.")
    values = (found[one.name].to_pylist() if one.name in found.column_names else [None] * found.num_rows for one in columns)
    return list(zip(*values, strict=True))
