"""Participants' cells against counting one answer at a time."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import Answer
from core.inference.answer_table import table_of
from core.inference.cells import MEASURES, Measure
from core.inference.from_tally import cells_in, groups_in
from core.inference.tally import BY_CONDITION
from tests.core.inference.answers import answer, simulated, tally


def values(answers: list[Answer], measure: Measure) -> list[float]:
    if measure == "accuracy":
        return [one.proportion_correct for one in answers]
    wanted = {"reaction_time_correct": 1.0, "reaction_time_incorrect": 0.0}.get(measure)
    of = [one for one in answers if wanted is None or one.proportion_correct == wanted]
    return [one.reaction_time_ms / 1000 for one in of if one.reaction_time_ms is not None and one.reaction_time_ms >= 0]


@pytest.mark.parametrize("measure", MEASURES)
def test_cells_are_those_of_counting(measure: Measure) -> None:
    """Sum and number of each participant's trials in each condition and scheme; means of those with trials in all of them."""
    answers = simulated(10, n_people=7, n_trials=35)
    found = cells_in(tally(table_of(answers)), measure, ("condition", "scheme"))
    assert found.levels == (("natural", "synthetic", "none"), ("Max-1", "Min-Max-9"))
    for person in range(7):
        for a, condition in enumerate(found.levels[0]):
            for b, scheme in enumerate(found.levels[1]):
                of = [one for one in answers if (one.respondent, one.condition, one.scheme) == (f"p{person}", condition, scheme)]
                assert found.n_main[person, a, b] == len(of)
                assert found.n[person, a, b] == len(values(of, measure))
                assert found.total[person, a, b] == pytest.approx(sum(values(of, measure)))
    complete = (found.n > 0).all(axis=(1, 2))
    assert (found.is_complete == complete).all()
    assert found.means == pytest.approx(found.total[complete] / found.n[complete])


def test_levels_and_people_without_main_trials_are_left_out() -> None:
    """What a table knows of but has no row of is no cell."""
    table = table_of([answer("p1"), answer("p1", "none"), answer("p2", "synthetic")]).where(np.array([True, True, False]))
    found = cells_in(tally(table), "accuracy", BY_CONDITION)
    assert (found.levels, found.n.tolist()) == ((("natural", "none"),), [[1, 1]])


def test_a_group_is_what_a_participant_always_said() -> None:
    """None and two answers to which group one is of are no group."""
    rows = [answer("p1", expertise="lay"), answer("p1"), answer("p2"), answer("p3", expertise="lay"), answer("p3", expertise="expert")]
    rows.append(answer("p4", expertise="expert"))
    assert groups_in(tally(table_of(rows))).tolist() == [1, -1, -1, 0]
