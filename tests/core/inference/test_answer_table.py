"""Answers as columns: what each holds, which rows and levels there are, and their order."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.inference.answer_table import WORDS, by_number, levels_in_order, table_of
from tests.core.inference.answers import answer, simulated


def test_columns_hold_what_answers_say() -> None:
    """Words by their levels, -1 where one is absent; numbers with their signs of absence; a session without a name is its respondent."""
    answers = [*simulated(13, n_people=3), answer("lonely", answered_at=datetime(2026, 1, 2, 3, tzinfo=UTC))]
    table = table_of(answers)
    assert len(table) == len(answers) and set(table.words) == set(WORDS)
    for row, one in enumerate(answers):
        for word, value in {"condition": one.condition, "unit": str(one.unit), "branch": one.branch, "expertise": one.expertise}.items():
            code = table[word].codes[row]  # type: ignore[index]
            assert (None if code < 0 else table[word].levels[code]) == value  # type: ignore[index]
        assert table.score[row] == one.proportion_correct
        assert table.confidence[row] == (one.confidence or 0)
        assert np.isnan(table.time_s[row]) if one.reaction_time_ms is None else table.time_s[row] == one.reaction_time_ms / 1000
        assert table.position[row] == (-1 if one.position is None else one.position)
    assert table["session"].levels[table["session"].codes[-1]] == "lonely"
    assert np.isnat(table.answered_at[:-1]).all() and str(table.answered_at[-1]).startswith("2026-01-02T03:00")


def test_rows_are_chosen_by_level_or_number_and_levels_stay() -> None:
    """`of` takes rows of any of the levels, one that nobody has takes none; `present` tells which are left, in order."""
    table = table_of(simulated(14))
    some = table.of("condition", "none", "natural")
    assert some.present("condition") == ("natural", "none")
    assert some["condition"].levels == ("natural", "synthetic", "none")
    assert len(table.of("condition", "absent")) == 0
    assert len(table.where(np.array([3, 5]))) == 2
    assert table["condition"].code("absent") not in set(table["condition"].codes.tolist())


def test_levels_are_in_the_order_of_results() -> None:
    """Conditions and schemes in theirs, methods after the paper's conditions, numbers by number."""
    assert levels_in_order("condition", {"zebra", "none", "natural"}) == ("natural", "none", "zebra")
    assert levels_in_order("scheme", {"Min-Max-9", "Max-1"}) == ("Max-1", "Min-Max-9")
    assert levels_in_order("expertise", {"lay", "expert"}) == ("expert", "lay")
    assert levels_in_order("respondent", {"p10", "p2", "a"}) == ("a", "p2", "p10")


@given(st.lists(st.from_regex(r"[a-z0-9:]{0,6}", fullmatch=True), max_size=8))
def test_any_words_can_be_sorted(words: list[str]) -> None:
    """Words and numbers mixed in any way have one order, whatever came first, in which numbers count by value."""
    assert [by_number(word) for word in sorted(words, key=by_number)] == sorted(map(by_number, reversed(words)))
    assert sorted(["u12", "u2"], key=by_number) == ["u2", "u12"]
