"""Tables as CSV: UTF-8, comma-separated, a header, empty where there is no value; no cell is a formula to a spreadsheet.

A text that a spreadsheet would run (what OWASP calls CSV injection: it begins with =, +, -, @, a tab or a carriage return, and is no
number) stands behind an apostrophe, as spreadsheets themselves mark texts. `as_given` takes it off again.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

FORMULA_STARTS: Final = frozenset("=+-@\t\r")


@dataclass(frozen=True, slots=True)
class Table:
    """Column names and rows of text, each as long as the names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_csv(self) -> bytes:
        """Return the table as a CSV file."""
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([inert(cell) for cell in row] for row in self.rows)
        return file.getvalue().encode()


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet runs: behind an apostrophe where it would, or where it looks like one that stands behind some."""
    return f"'{cell}" if _is_formula(cell.lstrip("'")) else cell


def as_given(cell: str) -> str:
    """Return what `inert` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def text(value: Any) -> str:
    """Return a value as it is written: empty for None, ISO 8601 for times, every digit of a number, whole numbers without a point,
    several texts with spaces between."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return " ".join(map(text, value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _is_formula(cell: str) -> bool:
    if cell[:1] not in FORMULA_STARTS:
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False
