"""Reaction times against plain Python, on simulated answers and, in every breakdown, on the published ones."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from core.inference import results
from core.inference.answer_table import table_of
from core.inference.from_tally import times_by
from core.inference.reaction_times import WHICH, Which
from tests.core.inference.answers import answer, simulated, tally
from tests.core.inference.published import BREAKDOWNS, breakdowns


@pytest.mark.parametrize("which", WHICH)
def test_times_are_those_of_plain_python(which: Which) -> None:
    """Mean, median, n and spread of each condition and layer; negative times are left out and counted."""
    answers = [
        one
        for one in simulated(4)
        if which == "all" or (one.proportion_correct != 0.5 and (one.proportion_correct > 0.5) == (which == "correct"))
    ]
    by_layer = times_by(tally(table_of(simulated(4))))[which]["layer"]
    found = {(condition, layer): one for condition, of_condition in by_layer.items() for layer, one in of_condition.items()}
    assert len(found) == 6
    for (condition, layer), one in found.items():
        of = [row for row in answers if (row.condition, row.unit.layer) == (condition, layer) and row.reaction_time_ms is not None]
        times = [
            (row.respondent, row.reaction_time_ms / 1000) for row in of if row.reaction_time_ms is not None and row.reaction_time_ms >= 0
        ]
        values = [time for _, time in times]
        means = [statistics.fmean(time for who, time in times if who == name) for name in {who for who, _ in times}]
        assert (one.n_trials, one.n_participants, one.n_excluded) == (len(values), len(means), len(of) - len(values))
        assert (one.mean, one.median) == (pytest.approx(statistics.fmean(values)), pytest.approx(statistics.median(values)))
        assert one.two_sem == (pytest.approx(2 * statistics.pstdev(means) / len(means) ** 0.5) if len(means) > 1 else None)


def test_conditions_without_times_are_absent() -> None:
    """Observers have no times."""
    assert all(of == {} for of in results([answer(reaction_time_ms=None)]).reaction_time.values())


@pytest.mark.parametrize("experiment", ["experiment_1", "experiment_2"])
@pytest.mark.parametrize("which", WHICH)
def test_published_times_in_every_breakdown(published: Path, experiment: str, which: str) -> None:
    """By scheme, expertise, layer, branch, unit and participant: each number is that of the rows of the authors' files."""
    for breakdown, came, wanted in breakdowns(published, experiment, which, "reaction_time"):
        assert came == pytest.approx(wanted, rel=1e-9), breakdown
    assert len(BREAKDOWNS) == 6
