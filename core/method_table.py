"""Which unit, extreme and place each image of an imported method has, told by a table: a CSV with a row for each image."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from core.domain import EXTREMES, Extreme, NetworkCard, Unit
from core.errors import UsageError
from core.method_files import MethodFile, layer_named

WANTED: Final = (
    "columns unit (layer:channel; or layer and channel), extreme (max or min) and file (its path from the CSV), if need be index"
)
_SIGNS: Final = ",;\t"  # what may separate columns
_SHOWN: Final = 60  # characters of a value in a sentence


def method_table(text: str, card: NetworkCard, *, name: str) -> tuple[MethodFile, ...]:
    """Return the files of a table in the order of their indices, or of the rows where it has no column `index`.

    Columns may be in any order and in either case, further ones are passed over. Raises UsageError naming the row (as an editor counts,
    the header being row 1) and what was wanted there.
    """
    rows = list(_rows(text, name))
    if not rows:
        raise UsageError(f"{name} has no rows; wanted are {WANTED}.")
    placed = [_placed(row, card) for row in rows]
    _check_indices(placed)
    return tuple(file for _, file in sorted(((one.index, one.file) for one in placed), key=lambda pair: pair[0]))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's values by column; `where` names it in sentences."""

    where: str
    values: Mapping[str, str]

    def get(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def refused(self, column: str, wanted: str) -> UsageError:
        """Return the error of a value that does not fit."""
        return UsageError(f"{self.where}: {column} is {self.get(column)[:_SHOWN]!r}; wanted is {wanted}.")


@dataclass(frozen=True, slots=True)
class _Placed:
    row: _Row
    index: int
    file: MethodFile


def _rows(text: str, name: str) -> Iterator[_Row]:
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_SIGNS, key=header.count), strict=True)
    try:
        columns = [column.strip().casefold() for column in next(reader, [])]
        _check_columns(columns, name)
        for values in reader:
            where = f"Row {reader.line_num} of {name}"
            if len(values) > len(columns):
                raise UsageError(f"{where} has {len(values)} values for {len(columns)} columns; quote what holds the separator.")
            if any(map(str.strip, values)):
                yield _Row(where, dict(zip_longest(columns, values, fillvalue="")))
    except csv.Error as error:
        raise UsageError(f"Row {reader.line_num} of {name} is no CSV ({error}); wanted are {WANTED}.") from error


def _check_columns(columns: Sequence[str], name: str) -> None:
    unit = {"unit"} if "unit" in columns or "layer" not in columns else {"layer", "channel"}
    missing = sorted((unit | {"extreme", "file"}) - set(columns))
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if missing or twice:
        what = f"has no column {', '.join(missing)}" if missing else f"has the column {', '.join(twice)} twice"
        raise UsageError(f"{name} {what} in row 1; wanted are {WANTED}.")


def _placed(row: _Row, card: NetworkCard) -> _Placed:
    if not row.get("file"):
        raise row.refused("file", "the path of an image, from the folder of the CSV")
    return _Placed(row, _index(row), MethodFile(row.get("file"), _unit(row, card), _extreme(row)))


def _unit(row: _Row, card: NetworkCard) -> Unit:
    column = "unit" if "unit" in row.values else "layer"
    name, colon, number = (row.get("unit").rpartition(":")) if column == "unit" else (row.get("layer"), ":", row.get("channel"))
    if not colon or not name:
        raise row.refused(column, "layer:channel, such as mixed4b:465" if column == "unit" else f"a layer of {card.name}")
    try:
        layer = layer_named(name.strip(), card)
    except UsageError as error:
        raise UsageError(f"{row.where}: {error}") from error
    channel = _number(number)
    if channel is None or channel >= layer.n_channels:
        wanted = f"a channel of {layer.name}, 0 to {layer.n_channels - 1}"
        raise row.refused("unit" if column == "unit" else "channel", wanted)
    return Unit(layer.name, channel)


def _extreme(row: _Row) -> Extreme:
    value = row.get("extreme").casefold()
    for extreme in EXTREMES:
        if value == extreme:
            return extreme
    raise row.refused("extreme", "max or min")


def _index(row: _Row) -> int:
    if "index" not in row.values:
        return 0
    found = _number(row.get("index"))
    if found is None:
        raise row.refused("index", "a whole number from 0: the image's place among those of its unit and extreme")
    return found


def _number(text: str) -> int | None:
    """Return the whole number from 0 that a text is (a trailing .0 as tables write it aside); None where it is none."""
    digits = text.strip().removesuffix(".0")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None


def _check_indices(placed: Sequence[_Placed]) -> None:
    seen: dict[tuple[Unit, Extreme, int], str] = {}
    for one in placed:
        if "index" not in one.row.values:
            continue
        first = seen.setdefault((one.file.unit, one.file.extreme, one.index), one.row.where)
        if first != one.row.where:
            unit, extreme = one.file.unit, one.file.extreme
            raise UsageError(
                f"{one.row.where}: {unit} has a {extreme} image of index {one.index} already, by {first[0].lower()}{first[1:]}."
            )
