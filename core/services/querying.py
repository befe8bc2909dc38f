"""Answers to questions in SQL, as a table, CSV, JSON or Parquet. No torch."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TextIO, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import UsageError
from core.store.query_views import Answer
from core.store.workspace import publish_file

Format = Literal["table", "csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
SHOWN_ROWS = 40
EXPLAINED = ["explain_key", "explain_value"]
MOST_CHARACTERS = 60  # of a cell of a table
_ENDINGS: dict[str, Format] = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".txt": "table"}


def format_of(asked: Format | None, out: Path | None, *, is_terminal: bool) -> Format:
    """Return the format that is asked for, else that of the file's ending, else a table for a terminal and CSV for all else."""
    if asked == "parquet" and out is None:
        raise UsageError("Parquet is not printed; name a file with --out FILE.")
    if asked is not None:
        return asked
    if out is not None:
        if out.suffix.lower() not in _ENDINGS:
            raise UsageError(f"{out.name} does not tell its format; give --format {'|'.join(FORMATS)}, or end it in {', '.join(_ENDINGS)}.")
        return _ENDINGS[out.suffix.lower()]
    return "table" if is_terminal else "csv"


def write_answer(answer: Answer, stream: TextIO, kind: Format, *, n_rows: int = SHOWN_ROWS) -> None:
    """Write an answer to a text stream; a table has at most `n_rows` rows and says so."""
    writers: dict[str, Callable[[Answer, TextIO], None]] = {"csv": _write_csv, "json": _write_json}
    if kind == "table":
        stream.write(table(answer, n_rows=n_rows))
    else:
        writers[kind](answer, stream)


def save_answer(answer: Answer, path: Path, kind: Format, *, n_rows: int = SHOWN_ROWS) -> None:
    """Write an answer to a file, whole or not at all."""
    if not path.absolute().parent.is_dir():
        raise UsageError(f"The folder {path.absolute().parent} does not exist; make it first.")
    with _whole(path) as temporary:
        if kind == "parquet":
            _save_parquet(answer, temporary)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                write_answer(answer, file, kind, n_rows=n_rows)


def table(answer: Answer, *, n_rows: int = SHOWN_ROWS) -> str:
    """Return the first rows in aligned columns; numbers stand at the right. What EXPLAIN says is left as it is."""
    names = answer.schema.names
    found = list(islice(_rows(answer), n_rows + 1))
    if names == EXPLAINED:
        return "\n".join(str(value) for _, value in found) + "\n"
    cells = [[_cell(value) for value in row] for row in found[:n_rows]]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    rights = [_is_number(field.type) for field in answer.schema]
    lines = [_line(row, widths, rights) for row in (names, ["-" * width for width in widths], *cells)]
    if len(found) > n_rows:
        lines.append(f"There are more rows than these {n_rows:,}; --rows N shows more, --format csv, json or parquet gives all.")
    else:
        lines.append(f"({len(cells):,} {'row' if len(cells) == 1 else 'rows'})")
    return "\n".join(lines) + "\n"


def _write_csv(answer: Answer, stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(answer.schema.names)
    for row in _rows(answer):
        plain = map(_plain, row)
        writer.writerow([json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value for value in plain])


def _write_json(answer: Answer, stream: TextIO) -> None:
    _refuse_twins(answer)
    stream.write("[")
    for number, row in enumerate(_rows(answer)):
        content = dict(zip(answer.schema.names, map(_plain, row), strict=True))
        stream.write(("," if number else "") + "\n" + json.dumps(content, ensure_ascii=False, allow_nan=False))
    stream.write("\n]\n")


def _refuse_twins(answer: Answer) -> None:
    """Raise UsageError where two columns have one name: of an object's values of one name a reader sees the last only."""
    twins = [name for name, n in Counter(answer.schema.names).items() if n > 1]
    if twins:
        raise UsageError(f"The answer has more than one column called {', '.join(twins)}; name them apart with AS, or leave some out.")


def _save_parquet(answer: Answer, path: Path) -> None:
    _refuse_twins(answer)
    with pq.ParquetWriter(path, answer.schema) as writer:
        for batch in answer.batches:
            writer.write_batch(batch)


def _rows(answer: Answer) -> Iterator[tuple[Any, ...]]:
    for batch in answer.batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _plain(value: Any) -> Any:
    """Return the value as JSON has it: no number that is not finite, times in ISO 8601, bytes in hexadecimal digits."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _cell(value: Any) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, float):
        return f"{plain:.6g}"
    text = json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else str(plain)
    text = " ".join(text.split())
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _line(cells: Sequence[str], widths: Sequence[int], rights: Sequence[bool]) -> str:
    placed = (cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(cells, widths, rights, strict=True))
    return "  ".join(placed).rstrip()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    temporary = path.with_name(f".tmp-{path.name}")
    try:
        yield temporary
        publish_file(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
