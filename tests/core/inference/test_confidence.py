"""Confidence against counting and scipy, and, in every breakdown, on the published answers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference import results
from core.inference.answer_table import table_of
from core.inference.confidence import chi_squared
from core.inference.from_tally import confidences_by
from core.inference.reaction_times import WHICH
from tests.core.inference.answers import answer, simulated, tally
from tests.core.inference.published import breakdowns


def test_counts_and_shares_are_those_of_counting() -> None:
    """Of each condition and scheme, trials with confidence 1, 2 and 3; answers without any are no part of it."""
    answers = simulated(5)
    counted = Counter((one.condition, one.scheme, one.confidence) for one in answers)
    shares = confidences_by(tally(table_of(answers)))["all"]["scheme"]
    assert {name: set(of) for name, of in shares.items()} == {name: {"Max-1", "Min-Max-9"} for name in ("natural", "synthetic", "none")}
    for condition, by_scheme in shares.items():
        for scheme, one in by_scheme.items():
            row = [counted[condition, scheme, level] for level in (1, 2, 3)]
            assert one.shares == pytest.approx([n / sum(row) for n in row]) and one.n_trials == sum(row)
    assert results([answer(confidence=None)]).confidence["all"] == {}


@given(st.lists(st.tuples(*[st.integers(1, 40)] * 3), min_size=2, max_size=4))
def test_chi_squared_is_scipys(rows: list[tuple[int, int, int]]) -> None:
    """Statistic, df, p and Cramer's V of tables with every level."""
    from scipy.stats import chi2_contingency
    from scipy.stats.contingency import association

    found, wanted = chi_squared(rows), chi2_contingency(rows, correction=False)
    assert found is not None
    assert (found.chi2, found.df, found.p) == (pytest.approx(wanted.statistic), wanted.dof, pytest.approx(wanted.pvalue))
    assert found.cramers_v == pytest.approx(association(rows, method="cramer"), abs=1e-7)


def test_levels_and_conditions_without_trials_are_no_part() -> None:
    """A level nobody chose costs no df; below two levels or conditions there is no test."""
    found = chi_squared([(3, 0, 5), (4, 0, 2), (0, 0, 0)])
    assert found is not None and (found.df, found.n_trials) == (1, 14)
    assert chi_squared([(3, 0, 0), (4, 0, 0)]) is chi_squared([(1, 2, 3)]) is chi_squared([]) is None


@pytest.mark.parametrize("experiment", ["experiment_1", "experiment_2"])
@pytest.mark.parametrize("which", WHICH)
def test_published_confidence_in_every_breakdown(published: Path, experiment: str, which: str) -> None:
    """By scheme, expertise, layer, branch, unit and participant: each share is that of the rows of the authors' files."""
    for breakdown, came, wanted in breakdowns(published, experiment, which, "confidence"):
        assert came == pytest.approx(wanted, rel=1e-9), breakdown
