"""Counts by participant, condition and confidence against counting one answer at a time."""

from __future__ import annotations

import pytest

from core.experiment import Answer
from core.inference.answer_table import table_of
from tests.core.inference.answers import answer, outcomes, simulated


def outcome(one: Answer) -> int:
    return 2 if one.proportion_correct > 0.5 else 0 if one.proportion_correct < 0.5 else 1


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_counting_one_by_one(seed: int) -> None:
    """Every count, sum of scores and chosen side is that of a loop over the answers."""
    answers = simulated(seed, n_people=4, n_trials=25)
    found, people = outcomes(table_of(answers)), sorted({one.respondent for one in answers})
    assert found.conditions == ("natural", "synthetic", "none")
    for place, condition in enumerate(found.conditions):
        for person, name in enumerate(people):
            for level in range(4):
                of = [one for one in answers if (one.condition, one.respondent, one.confidence or 0) == (condition, name, level)]
                assert found.n[place, person, level].tolist() == [sum(outcome(one) == which for one in of) for which in range(3)]
                assert found.score[place, person, level] == sum(one.proportion_correct for one in of)
        for side, word in enumerate(("top", "bottom")):
            of = [one for one in answers if (one.condition, one.choice) == (condition, word)]
            assert found.chosen[place, side].tolist() == [sum(outcome(one) == which for one in of) for which in range(3)]


def test_levels_that_no_row_has_are_left_out() -> None:
    """Of a table's rows, only the conditions and participants that are there; ties and answers without confidence are not rated."""
    answers = [answer("p1"), answer("p2", "none"), answer("p2", "none", 0.5), answer("p2", "none", confidence=None)]
    found = outcomes(table_of(answers).of("condition", "none"))
    assert found.conditions == ("none",)
    assert found.n.shape == (1, 1, 4, 3)
    assert found.rated.sum() == 1
