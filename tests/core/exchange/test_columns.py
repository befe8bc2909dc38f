"""Columns: every field of the records is stored, comes back as it was, and is described."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from core.answer_set import Collected, Presentation, SessionFacts, UnitRating
from core.exchange.columns import REVIEWS, TABLES, TableName, collected_of, rows_of
from core.exchange.dictionary import dictionary, variables
from core.exchange.plain import plain_table
from core.experiment import Answer
from tests.core.exchange.simulated import simulated

RECORDS: dict[TableName, type] = {"answers": Answer, "ratings": UnitRating, "sessions": SessionFacts, "presentations": Presentation}
DOCS = Path(__file__).parents[3] / "docs" / "answers.md"


@pytest.fixture(scope="module")
def collected() -> Collected:
    return simulated("borowski2021-exp1", n_people=2)


@pytest.mark.parametrize("table", TABLES)
def test_every_field_has_a_column(table: TableName) -> None:
    """A table has a column for every field of its record; the unit has two, layer and channel."""
    names = [name for field in fields(RECORDS[table]) for name in (("layer", "channel") if field.name == "unit" else (field.name,))]
    assert sorted(names) == sorted(column.name for column in TABLES[table])


def test_rows_give_the_records_back(collected: Collected) -> None:
    """What is written as rows comes back equal."""
    assert collected_of({table: rows_of(collected, table) for table in TABLES}) == collected


@pytest.mark.parametrize("table", TABLES)
def test_values_are_what_their_columns_say(collected: Collected, table: TableName) -> None:
    """Values are of the column's levels and in its range, and only optional columns are empty."""
    for row in rows_of(collected, table):
        for column, value in zip(TABLES[table], row, strict=True):
            assert value is not None or column.is_optional
            assert value is None or not column.levels or value in column.levels
            assert value is None or column.low is None or column.low <= value
            assert value is None or column.high is None or value <= column.high


def test_the_dictionary_and_the_docs_name_every_column() -> None:
    """Each column is in the data dictionary, once among the variables, and in docs/answers.md."""
    docs = DOCS.read_text(encoding="utf-8")
    for table, columns in dictionary().items():
        assert [one["name"] for one in columns] == [column.name for column in {**TABLES, "reviews": REVIEWS}[table]]  # type: ignore[dict-item]
        assert all(f"| `{one['name']}` |" in docs and one["description"] in docs for one in columns)
    names = [one["name"] for one in variables(TABLES)]
    assert len(names) == len(set(names))


def test_csv_keeps_every_digit(collected: Collected) -> None:
    """Times come back from CSV as the very numbers that were written, and a missing value is empty."""
    table = plain_table(collected, "answers")
    place = table.columns.index("reaction_time_ms")
    assert [float(row[place]) for row in table.rows] == [answer.reaction_time_ms for answer in collected.answers]
    assert {row[table.columns.index("expertise")] for row in table.rows} == {""}
    shown = plain_table(collected, "presentations")
    references = [row[shown.columns.index("max_references")] for row in shown.rows]
    assert references == [" ".join(one.max_references) for one in collected.presentations]
