"""Records as JSON content and back: every kind of field that records of results have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from core.inference.record_json import about, content_of, key_of, record_of

Which = Literal["all", "some"]


@dataclass(frozen=True, slots=True)
class Inner:
    """A part."""

    low: float = field(metadata={"key": "1"})
    bounds: tuple[float | None, float | None] | None


@dataclass(frozen=True, slots=True)
class Outer:
    """A record."""

    n: int
    parts: tuple[Inner, ...]
    by_name: Mapping[str, Mapping[str, Inner | None]]
    spread_out: Mapping[Which, Inner] = field(metadata=about("told", spread="part_{}_s"))


numbers = st.floats(allow_nan=False, allow_infinity=False)
inner = st.builds(Inner, numbers, st.none() | st.tuples(st.none() | numbers, st.none() | numbers))
outer = st.builds(
    Outer,
    st.integers(),
    st.lists(inner, max_size=3).map(tuple),
    st.dictionaries(st.text(), st.dictionaries(st.text(), st.none() | inner, max_size=2), max_size=2),
    st.fixed_dictionaries({"all": inner, "some": inner}),
)


@given(outer)
def test_records_survive_json(record: Outer) -> None:
    """What is written and read is equal, whatever it holds."""
    assert record_of(Outer, json.loads(json.dumps(content_of(record), allow_nan=False))) == record


def test_names_are_those_of_the_metadata() -> None:
    """A key that is no Python name, and entries that stand on the record's own level."""
    content = content_of(Outer(1, (), {}, {"all": Inner(0.5, None), "some": Inner(1.0, (None, 2.0))}))
    assert list(content) == ["n", "parts", "by_name", "part_all_s", "part_some_s"]
    assert content["part_some_s"] == {"1": 1.0, "bounds": [None, 2.0]}
    assert [key_of(one) for one in fields(Inner)] == ["1", "bounds"]
    assert about("told") == {"about": "told"}


def test_whole_numbers_are_read_as_floats_where_floats_are_meant() -> None:
    """JSON of another program may write 1 for 1.0."""
    found = record_of(Inner, {"1": 1, "bounds": [0, None]})
    assert isinstance(found.low, float) and isinstance(found.bounds[0], float)
