"""The data dictionary: what every column of an export means, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.exchange.columns import REVIEWS, TABLES, Column, TableName


def dictionary() -> dict[str, Any]:
    """Return every table's columns, each with what it holds."""
    tables = [*TABLES.items(), ("reviews", REVIEWS)]
    return {table: [_described(column) for column in columns] for table, columns in tables}


def variables(tables: Iterable[TableName], others: Iterable[Column] = ()) -> list[dict[str, Any]]:
    """Return every column of these tables, and the others, once, as a schema.org PropertyValue."""
    own = [column for table in tables for column in TABLES[table]]
    every: Mapping[str, Column] = {column.name: column for column in (*own, *others)}
    return [_property_value(column) for column in every.values()]


def _described(column: Column) -> dict[str, Any]:
    values = {
        "name": column.name,
        "kind": column.kind,
        "description": column.about,
        "unit": column.unit,
        "levels": list(column.levels) or None,
        "minimum": column.low,
        "maximum": column.high,
        "may_be_empty": column.is_optional or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _property_value(column: Column) -> dict[str, Any]:
    about = column.about + (f"; one of: {', '.join(column.levels)}" if column.levels else "")
    values = {
        "@type": "PropertyValue",
        "name": column.name,
        "description": about + ("; empty where not recorded or not applicable" if column.is_optional else ""),
        "unitText": column.unit,
        "minValue": column.low,
        "maxValue": column.high,
    }
    return {name: value for name, value in values.items() if value is not None}
