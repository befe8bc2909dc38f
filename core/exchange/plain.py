"""Answers, ratings and sessions as CSV files of our own columns."""

from __future__ import annotations

from core.answer_set import Collected
from core.exchange.columns import TABLES, TableName, rows_of
from core.exchange.csv_tables import Table, text


def plain_table(collected: Collected, table: TableName) -> Table:
    """Return one of the tables as text, in the order of its columns."""
    columns = tuple(column.name for column in TABLES[table])
    return Table(columns, tuple(tuple(map(text, row)) for row in rows_of(collected, table)))
