"""Figures as files."""

from __future__ import annotations

from core.figures import export


def test_numbers_as_csv() -> None:
    """Columns of all rows; nothing is rounded; what is not known is empty; commas stay inside their cell."""
    text = export.csv([{"unit": "a,b", "value": 0.1 + 0.2}, {"unit": "c", "value": None, "n": 3}])
    assert text == 'unit,value,n\n"a,b",0.30000000000000004,\nc,,3\n'
    assert export.csv([]) == "\n"
