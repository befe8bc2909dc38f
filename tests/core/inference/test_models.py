"""All fits together: JSON round trip, progress, and why parts are absent."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from core.inference.answer_table import table_of
from core.inference.models import Models, fit_models
from tests.core.inference.crossed import answer, crossed


def test_models_survive_json_and_are_deterministic() -> None:
    """Every part is there; JSON gives the same record; the same seed the same numbers."""
    table, seen = crossed(np.random.default_rng(9), 8, 10).table, []
    found = fit_models(table, seed=3, progress=lambda done, total, _label: seen.append((done, total)))
    assert Models.from_dict(json.loads(json.dumps(found.as_dict()))) == found
    assert not found.absent and set(found.seconds) == {"effect_sizes", "mixed_model", "bayesian", "power"}
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert replace(fit_models(table, seed=3), seconds={}) == replace(found, seconds={})
    assert (found.n_answers, found.seed) == (160, 3)


def test_one_self_test_has_a_bayesian_estimate_only() -> None:
    """Of one participant the other parts are absent, each with a sentence."""
    rows = [answer("p1", unit, condition, float(unit % 3 > 0)) for unit in range(5) for condition in ("natural", "synthetic")]
    found = fit_models(table_of(rows))
    assert found.bayesian is not None
    assert set(found.absent) == {"effect_sizes", "mixed_model", "power"}
    assert all(reason.endswith(".") for reason in found.absent.values())


def test_no_answers() -> None:
    """Nothing is fitted of nothing; every part says why."""
    found = fit_models(table_of([]))
    assert found.bayesian is None and len(found.absent) == 4 and found.n_answers == 0
