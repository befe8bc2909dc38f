"""A tally in the levels of a table that has grown equals the tally of that table, none of whose new rows count yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiment import Answer
from core.inference import grown, parts
from core.inference.answer_table import table_of
from core.inference.growing import GrowingTable
from core.inference.grown import grown_tally
from core.inference.tally import Tally, tally_of
from tests.core.inference.answers import answer, simulated
from tests.core.inference.recount import same

ANSWERS = simulated(80, n_people=6, n_trials=6)


def of_first(answers: Sequence[Answer], n: int) -> tuple[Tally, GrowingTable]:
    growing = GrowingTable(table_of(answers[:n]))
    tally = tally_of(growing.table, np.ones(n, dtype=bool), exclude_negative=True)
    growing.append(table_of(answers[n:]))
    return tally, growing


@given(st.permutations(ANSWERS), st.integers(1, len(ANSWERS)))
@settings(max_examples=30)
def test_a_grown_tally_is_that_of_the_grown_table(answers: Sequence[Answer], n: int) -> None:
    """Whatever new respondents, units, layers ... come between those that there were: every number is where it would be counted."""
    tally, growing = of_first(answers, n)
    wanted = tally_of(growing.table, np.arange(len(answers)) < n, exclude_negative=True)
    found = grown_tally(tally, growing.table)
    assert found is not None and same(found, wanted)


def test_without_new_levels_the_tally_is_what_it_was() -> None:
    """More answers of known people to known units change nothing until they are counted."""
    tally, growing = of_first([*ANSWERS, *ANSWERS], len(ANSWERS))
    assert grown_tally(tally, growing.table) is tally


def test_a_breakdown_that_becomes_too_large_is_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where new levels leave too many cells for an array there is no grown tally; with room for them there is."""
    answers = [answer("p1"), answer("p2"), answer("p3")]
    n_cells = 3 * 3  # respondents x (one condition x three respondents), the largest of these breakdowns
    for most, is_there in ((n_cells, True), (n_cells - 1, False)):
        monkeypatch.setattr(parts, "MOST_DENSE", most)
        monkeypatch.setattr(grown, "MOST_DENSE", most)
        tally, growing = of_first(answers, 2)
        assert (grown_tally(tally, growing.table) is not None) == is_there
