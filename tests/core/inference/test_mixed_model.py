"""The mixed model of a table: what it holds, and what it refuses with which sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import CannotFit
from core.inference import mixed_model as module
from core.inference.answer_table import table_of
from core.inference.mixed_model import mixed_model
from core.services.results.models import published_models
from tests.core.inference.crossed import answer, crossed


def test_model_of_a_table() -> None:
    """The record has both contrasts with intervals, ns, sds, and the same numbers whoever is called what."""
    made = crossed(np.random.default_rng(2), 12, 15)
    found = mixed_model(made.table)
    assert (found.n_participants, found.n_units, found.n_trials_a, found.n_trials_b, found.n_left_out) == (12, 15, 180, 180, 0)
    assert found.log_odds_ratio_interval[0] < found.log_odds_ratio < found.log_odds_ratio_interval[1]
    assert found.difference == pytest.approx(found.proportions["natural"] - found.proportions["synthetic"])
    assert found.is_converged and found.participants.slope_sd is not None
    order = np.random.default_rng(0).permutation(12)
    again = mixed_model(type(made)(order[made.who], made.unit, made.is_a, made.score).table)
    assert again.log_odds_ratio == pytest.approx(found.log_odds_ratio, abs=1e-3)


def test_swapping_the_conditions_changes_the_sign() -> None:
    """B - A is minus A - B."""
    table = crossed(np.random.default_rng(4), 8, 12).table
    one, other = mixed_model(table), mixed_model(table, "synthetic", "natural")
    assert other.log_odds_ratio == pytest.approx(-one.log_odds_ratio, abs=1e-3)
    assert other.difference == pytest.approx(-one.difference, abs=1e-3)


def test_one_condition_a_participant_gives_no_slope_of_participants() -> None:
    """Where participants have one condition each, only units have slopes, and the interval counts participants' differences."""
    made = crossed(np.random.default_rng(6), 20, 15)
    keep = made.is_a == (made.who % 2 == 0)
    found = mixed_model(type(made)(*(part[keep] for part in (made.who, made.unit, made.is_a, made.score))).table)
    assert found.participants.slope_sd is None and found.units.slope_sd is not None
    whole = mixed_model(made.table)
    assert np.ptp(found.log_odds_ratio_interval) > np.ptp(whole.log_odds_ratio_interval)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("p1", 1, "natural", 1.0), ("p1", 1, "natural", 0.0)], "nobody answered synthetic"),
        ([(f"p{n}", n, one, float(one == "natural" or n % 2)) for n in range(6) for one in ("natural", "synthetic")], "All 6 natural"),
        ([("p1", n, one, float(n % 2)) for n in range(6) for one in ("natural", "synthetic")], "at least 3 participants"),
        ([(f"p{n}", 1, one, float(n % 2)) for n in range(6) for one in ("natural", "synthetic")], "at least 3 units"),
    ],
    ids=["one condition", "separated", "one participant", "one unit"],
)
def test_refuses_what_has_no_estimate(rows: list[tuple[str, int, str, float]], told: str) -> None:
    """One sentence says what is missing; no number comes of it."""
    with pytest.raises(CannotFit, match=told):
        mixed_model(table_of([answer(*row) for row in rows]))


def test_draws_units_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where both sides are beyond what is fitted at once, the less numerous is drawn by the seed and the rest is counted."""
    monkeypatch.setattr(module, "MOST_KEPT", 10)
    table = crossed(np.random.default_rng(8), 20, 15).table
    found = mixed_model(table, seed=1)
    assert (found.n_units, found.n_participants, found.n_left_out) == (10, 20, 5 * 20 * 2)
    assert mixed_model(table, seed=1) == found != mixed_model(table, seed=2)


def test_published_answers(published: Path) -> None:
    """Both experiments find natural references better for participants and units in general."""
    first, second = (one.mixed_model for one in published_models(published).values())
    assert first is not None and second is not None
    assert first.log_odds_ratio == pytest.approx(1.04, abs=0.02) and first.log_odds_ratio_interval[0] > 0.3
    assert second.log_odds_ratio == pytest.approx(0.755, abs=0.02) and second.log_odds_ratio_interval[0] > 0.3
    assert (first.n_participants, first.n_units, second.n_participants, second.n_units) == (10, 45, 23, 80)
