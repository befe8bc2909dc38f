"""What an imported method's files show is told by a table."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit
from core.errors import UsageError
from core.method_files import MethodFile
from core.method_table import method_table
from tests.studies import network_card

CARD = network_card("tiny")
UNIT = Unit("mixed3a", 5)


def read(text: str) -> tuple[MethodFile, ...]:
    return method_table(text, CARD, name="images.csv")


def table(*rows: str, header: str = "unit,extreme,file") -> str:
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        table("mixed3a:5,max,a.png", "mixed3a:5,min,b.png"),
        table("max,b/../a.png,x,mixed3a:5", header="extreme,file,note,unit").replace("b/../", "") + "min,b.png,,mixed3a:5",
        table("mixed3a,5,max,a.png", "mixed3a,5.0,MIN,b.png", header="Layer,Channel,Extreme,File"),
        table("mixed3a:5;max;a.png", "", " ; ; ", "mixed3a : 5; min ;b.png", header="unit;extreme;file"),
        table("tiny_mixed3a:5\tmax\ta.png", "MIXED3A:5\tmin\tb.png", header="unit\textreme\tfile").replace("\n", "\r\n"),
        table("mixed3a:5,min,b.png,0", "mixed3a:5,max,a.png,0", header="unit,extreme,file,index").replace("min,b", "min,b"),
    ],
)
def test_rows_tell_unit_extreme_and_file(text: str) -> None:
    """Columns in any order and case, the usual separators, layers as folders may write them; further columns and empty rows are none."""
    found = {file.extreme: (file.unit, file.path) for file in read(text)}
    assert found == {"max": (UNIT, "a.png"), "min": (UNIT, "b.png")}


def test_files_come_in_the_order_of_rows_or_of_their_indices() -> None:
    """Without an index the first row is the first image; with one, the order is its own and gaps do not matter."""
    rows = [("b.png", 10), ("a.png", 2), ("c.png", 0)]
    assert [file.path for file in read(table(*(f"mixed3a:5,max,{path}" for path, _ in rows)))] == ["b.png", "a.png", "c.png"]
    text = table(*(f"mixed3a:5,max,{path},{index}" for path, index in rows), header="unit,extreme,file,index")
    assert [file.path for file in read(text)] == ["c.png", "a.png", "b.png"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no column extreme, file, unit in row 1; wanted are columns unit"),
        (table(), "images.csv has no rows; wanted are columns unit"),
        (table("mixed3a,max,a.png", header="layer,extreme,file"), "has no column channel in row 1"),
        (table("mixed3a:5,max,a.png,b.png", header="unit,extreme,file,FILE"), "has the column file twice"),
        (table("mixed3a:5,max,a.png", "mixed3a,max,b.png"), "Row 3 of images.csv: unit is 'mixed3a'; wanted is layer:channel"),
        (table("mixed3a:5,top,a.png"), "Row 2 of images.csv: extreme is 'top'; wanted is max or min"),
        (table("mixed3a:8,max,a.png"), "Row 2 of images.csv: unit is 'mixed3a:8'; wanted is a channel of mixed3a, 0 to 7"),
        (table("mixed3a:-1,max,a.png"), "wanted is a channel of mixed3a"),
        (table("mixed3a,x,max,a.png", header="layer,channel,extreme,file"), "channel is 'x'; wanted is a channel of mixed3a, 0 to 7"),
        (table("mixed3b:5,max,a.png"), "Row 2 of images.csv: There is no layer of tiny called 'mixed3b'; did you mean mixed3a"),
        (table("mixed3a:5,max,"), "Row 2 of images.csv: file is ''; wanted is the path of an image"),
        (table("mixed3a:5,max"), "file is ''"),
        (table("mixed3a:5,max,a,b.png"), "Row 2 of images.csv has 4 values for 3 columns"),
        (table('mixed3a:5,max,"a.png'), "is no CSV"),
        (table("mixed3a:5,max,a.png,first", header="unit,extreme,file,index"), "index is 'first'; wanted is a whole number from 0"),
        (table("mixed3a:5,max,a.png", header="unit,extreme,file,index"), "index is ''"),
        (
            table("mixed3a:5,max,a.png,1", "mixed3a:5,max,b.png,1", header="unit,extreme,file,index"),
            "Row 3 of images.csv: mixed3a:5 has a max image of index 1 already, by row 2 of images.csv",
        ),
    ],
)
def test_a_wrong_row_is_named_with_what_was_wanted(text: str, sentence: str) -> None:
    """One sentence, of one line."""
    with pytest.raises(UsageError) as error:
        read(text)
    assert sentence in str(error.value) and "\n" not in str(error.value)


@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(("max", "min")), st.text(st.characters(exclude_categories=["C"]), min_size=1)))
)
def test_what_a_csv_writer_wrote_is_read(rows: list[tuple[int, str, str]]) -> None:
    """Whatever signs a path has, it survives, but for white space around it."""
    rows = [row for row in rows if row[2].strip() and "\u2028" not in row[2] and "\u2029" not in row[2]]
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("unit", "extreme", "file"), *((f"mixed3a:{channel}", extreme, path) for channel, extreme, path in rows)])
    if rows:
        assert [(one.unit.channel, one.extreme, one.path) for one in read(file.getvalue())] == [(*row[:2], row[2].strip()) for row in rows]


@given(st.text())
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    """No other error comes of what a file may hold."""
    try:
        read(text)
    except UsageError as error:
        assert str(error)
