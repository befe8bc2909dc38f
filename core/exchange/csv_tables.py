"""Tables as CSV: UTF-8, comma-separated, a header, empty where there is no value."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
        writer.writerows(self.rows)
        return file.getvalue().encode()


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
