"""A table that grows equals one made of all answers at once, and leaves those that were given out alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.experiment import Answer
from core.inference.answer_table import WORDS, AnswerTable, table_of
from core.inference.growing import OTHERS, GrowingTable, places_in, recoded
from tests.core.inference.answers import answer, simulated

ANSWERS = simulated(41, n_people=12, n_trials=5)


def are_equal(a: AnswerTable, b: AnswerTable) -> bool:
    words = all(a[word].levels == b[word].levels and np.array_equal(a[word].codes, b[word].codes) for word in WORDS)
    return words and all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name in ("time_s", "answered_at")) for name in OTHERS)


@given(st.permutations(ANSWERS), st.lists(st.integers(0, len(ANSWERS)), max_size=5))
def test_portions_give_the_table_of_all(answers: Sequence[Answer], cuts: list[int]) -> None:
    """However answers come, in whatever portions, empty ones too: after each the table is that of the answers so far, and those that were
    given out before are what they were."""
    begin, given_out = 0, []
    growing = GrowingTable(table_of(()))
    for end in [*sorted(cuts), len(answers)]:
        growing.append(table_of(answers[begin:end]))
        given_out.append((end, growing.table))
        begin = end
    for end, table in given_out:
        assert are_equal(table, table_of(answers[:end]))


def test_rows_are_not_copied_for_every_answer() -> None:
    """With answers one by one, of people who are known, the columns move a few times only."""
    more = table_of([answer()])
    growing = GrowingTable(more)
    n_moves, before = 0, growing.table
    for _ in range(1000):
        growing.append(more)
        n_moves += not all(np.shares_memory(getattr(before, name), getattr(growing.table, name)) for name in OTHERS)
        before = growing.table
    assert len(before) == 1001 and n_moves < 20


@given(st.permutations("abcdef"), st.lists(st.sampled_from("abc"), min_size=1, unique=True), st.data())
def test_codes_mean_the_same_level_in_others(wanted: list[str], levels: list[str], data: st.DataObject) -> None:
    """Each level is found where it stands among the others, and a row keeps its level, an absent one its absence."""
    codes = data.draw(st.lists(st.integers(-1, len(levels) - 1)))
    assert places_in(levels, wanted).tolist() == [wanted.index(level) for level in levels]
    found = recoded(np.array(codes, dtype=np.int32), levels, wanted)
    assert [None if code < 0 else wanted[code] for code in found] == [None if code < 0 else levels[code] for code in codes]
