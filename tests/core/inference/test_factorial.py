"""Analyses of variance: which factors there are, who is left out, and that both ways to the means agree."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import Answer
from core.inference.anova import Effect, RepeatedMeasures
from core.inference.answer_table import table_of
from core.inference.cells import Measure
from core.inference.factorial import WITHIN, condition_anova_of, design_anova_of
from core.inference.from_tally import cells_in, groups_in
from core.inference.tally import BY_CONDITION
from tests.core.inference.answers import answer, of_people, simulated, tally


def condition_anova(answers: list[Answer], measure: Measure = "accuracy", *, exclude_negative: bool = True) -> RepeatedMeasures | None:
    return condition_anova_of(cells_in(tally(table_of(answers), exclude_negative=exclude_negative), measure, BY_CONDITION))


def design_anova(answers: list[Answer]) -> dict[str, Effect]:
    counted = tally(table_of(answers))
    return design_anova_of(cells_in(counted, "accuracy", WITHIN), groups_in(counted))


def test_conditions_over_participant_means() -> None:
    """Two conditions give the squared paired t of the participants' proportions; who answered in one only is left out and counted."""
    from scipy.stats import ttest_rel

    counts = {"natural": [(9, 1), (8, 2), (7, 3), (9, 1)], "synthetic": [(7, 3), (8, 2), (5, 5), (6, 4)]}
    found = condition_anova([*of_people(counts), answer("lonely")])
    a, b = ([correct / 10 for correct, _ in of] for of in counts.values())
    assert found is not None
    assert (found.F, found.n_participants, found.n_left_out) == (pytest.approx(ttest_rel(a, b).statistic ** 2), 4, 1)


def test_factors_are_those_that_vary() -> None:
    """Without a second scheme or group there is nothing beyond the conditions; with both, seven effects in order."""
    assert design_anova(of_people({"natural": [(3, 1)] * 4, "synthetic": [(2, 2)] * 4})) == {}
    found = design_anova(simulated(2, n_people=12, n_trials=80))
    assert list(found) == [
        "condition",
        "scheme",
        "expertise",
        "condition:scheme",
        "condition:expertise",
        "scheme:expertise",
        "condition:scheme:expertise",
    ]
    assert {(one.n_participants, one.n_left_out) for one in found.values()} == {(8, 4)}  # every third did not say


def test_negative_times_are_left_out_where_the_rule_says() -> None:
    """The rule changes reaction times' tests, and only these."""
    rng = np.random.default_rng(0)
    rows = [
        answer(f"p{who}", condition, reaction_time_ms=float(rng.normal(1000, 100)) * (-1 if (who, place) == (0, 0) else 1))
        for who in range(5)
        for condition in ("natural", "synthetic")
        for place in range(4)
    ]
    kept, excluded = (condition_anova(rows, "reaction_time_all", exclude_negative=rule) for rule in (False, True))
    assert kept is not None and excluded is not None and pytest.approx(excluded.F) != kept.F
