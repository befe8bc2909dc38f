"""CSV tables hold what they were given, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.csv_tables import Table, as_given, inert

CELLS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n\x00"), max_size=12) | st.sampled_from(
    ["=1+1", "'=1", "''@x", "-5", "+3.2e1", "-5+cmd", "@sum", "'", "-", "--1", "-inf", "\tx"]
)


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("@a", "'@a"), ("-2+3", "'-2+3"), ("+x", "'+x"), ("\t=1", "'\t=1"), ("-100", "-100"), ("+1.5", "+1.5"),
     ("a=1", "a=1"), ("", ""), ("'quoted'", "'quoted'"), ("-", "'-")],
)  # fmt: skip
def test_formulas_are_texts(cell: str, written: str) -> None:
    """What begins like a formula and is no number stands behind an apostrophe; everything else stays."""
    assert inert(cell) == written


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_what_is_read_is_what_was_written(rows: list[tuple[str, str]]) -> None:
    """Reading a table gives its cells back, also those that look as if they stood behind an apostrophe already."""
    content = Table(("a", "b"), tuple(rows)).as_csv().decode()
    _, *found = csv.reader(io.StringIO(content, newline=""))
    assert [tuple(map(as_given, row)) for row in found] == rows
    for row in found:
        for cell in row:
            assert cell[:1] not in set("=@\t")
            if cell[:1] in set("+-"):
                float(cell)
