"""The address of a comparison: what is written is read again, at most four columns, none twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.compared import MOST, Compared, added, parse_compared, written

UNITS = st.sampled_from(["mixed4a:1", "mixed4b:465", "conv2d2:0"])
COLUMNS = st.builds(Compared, UNITS, st.sampled_from([None, "googlenet/photos", "tiny/shapes+max"]), st.sampled_from([None, "ab12"]))


@given(columns=st.lists(COLUMNS, max_size=7))
def test_what_is_written_is_read(columns: list[Compared]) -> None:
    """An address holds the first four different columns, in order."""
    assert parse_compared(written(columns)) == tuple(dict.fromkeys(columns))[:MOST]


def test_addresses_written_by_hand() -> None:
    """Spaces and empty parts do no harm."""
    assert parse_compared(" mixed4a:1, ,mixed4a:2@a/b ,") == (Compared("mixed4a:1"), Compared("mixed4a:2", "a/b"))
    assert parse_compared("") == ()


@given(columns=st.lists(COLUMNS, max_size=4, unique=True), one=COLUMNS)
def test_one_more_never_makes_five(columns: list[Compared], one: Compared) -> None:
    """The new column is last, the others keep their order, the oldest makes room."""
    found = added(tuple(columns), one)
    assert found[-1] == one and len(set(found)) == len(found) <= MOST
    assert list(found[:-1]) == [other for other in columns if other != one][-(MOST - 1) :]
