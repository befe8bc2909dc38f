"""The Bayesian difference against closed forms, and what it says of one participant and of many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import CannotFit
from core.experiment import Answer
from core.inference.answer_table import table_of
from core.inference.bayesian import bayesian, of_one, paired_counts
from tests.core.inference.crossed import answer, crossed


def counted(who: str, condition: str, correct: int, n: int) -> list[Answer]:
    return [answer(who, unit, condition, float(unit < correct)) for unit in range(n)]


@given(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_one_participant_equals_the_closed_form(right_a: int, n_a: int, right_b: int, n_b: int) -> None:
    """P(A > B) of two Beta posteriors of whole numbers is a finite sum (Miller 2015); the mean is the difference of the means."""
    from scipy.special import betaln

    right_a, right_b = min(right_a, n_a), min(right_b, n_b)
    a, b = (right_a + 1, n_a - right_a + 1), (right_b + 1, n_b - right_b + 1)
    above = sum(np.exp(betaln(b[0] + i, b[1] + a[1]) - np.log(a[1] + i) - betaln(1 + i, a[1]) - betaln(*b)) for i in range(a[0]))
    mean, (low, high), probability = of_one(np.array([right_a, right_b]), np.array([n_a, n_b]))
    assert mean == pytest.approx(a[0] / sum(a) - b[0] / sum(b))
    assert probability == pytest.approx(above, abs=1e-5)
    assert -1 <= low < mean < high <= 1


def test_one_self_test() -> None:
    """The estimate of one participant is of this participant, integrated, and agrees with many draws."""
    found = bayesian(table_of([*counted("p1", "natural", 5, 5), *counted("p1", "synthetic", 3, 5)]))
    rng = np.random.default_rng(0)
    draws = rng.beta(6, 1, 1_000_000) - rng.beta(4, 3, 1_000_000)
    assert found.difference == pytest.approx(draws.mean(), abs=2e-3)
    assert found.interval == pytest.approx(np.quantile(draws, (0.025, 0.975)), abs=3e-3)
    assert found.probability_above_0 == pytest.approx((draws > 0).mean(), abs=2e-3)
    assert (found.n_participants, found.n_trials_a, found.n_effective) == (1, 5, None)
    assert "no claim for looking" in found.method


def test_many_participants() -> None:
    """It is near the pooled difference, the same for the same seed, nearly so for another, and its draws are worth enough."""
    table = crossed(np.random.default_rng(3), 15, 30).table
    found, other = bayesian(table), bayesian(table, seed=1)
    shares = [table.of("condition", one).score.mean() for one in ("natural", "synthetic")]
    assert found.difference == pytest.approx(shares[0] - shares[1], abs=0.02)
    assert found == bayesian(table)
    assert other.interval == pytest.approx(found.interval, abs=0.01)
    assert found.n_effective is not None and found.n_effective > 500


def test_all_right_has_an_estimate() -> None:
    """Where everybody is right in one condition the posterior is still finite and inside [-1, 1]."""
    rows = [row for n in range(4) for row in (*counted(f"p{n}", "natural", 10, 10), *counted(f"p{n}", "synthetic", 8, 10))]
    found = bayesian(table_of(rows))
    assert 0 < found.difference < 0.4 and -1 < found.interval[0] < found.interval[1] < 1
    assert found.probability_above_0 > 0.9


def test_refuses_one_condition() -> None:
    """Nobody's answers in a condition are said so."""
    with pytest.raises(CannotFit, match="nobody answered synthetic"):
        bayesian(table_of(counted("p1", "natural", 3, 5)))


def test_counts_are_by_participant() -> None:
    """Counts are sums of scores in A and B, zero where a condition was not answered; whoever answered neither is left out."""
    rows = [
        *counted("p1", "natural", 3, 5),
        *counted("p2", "synthetic", 1, 2),
        *counted("p2", "natural", 1, 1),
        *counted("p3", "none", 1, 2),
    ]
    found = paired_counts(table_of(rows), "natural", "synthetic")
    assert found.correct.tolist() == [[3, 0], [1, 1]] and found.n.tolist() == [[5, 0], [1, 2]]
