"""The table of fitted models in words: fits that did not converge, and bounds that are infinite."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.inference.models import Models, fit_models
from dashboard import results_text
from dashboard.components.models_view import model_rows
from tests.core.inference.crossed import crossed


def fitted() -> Models:
    """Return the models of four people and six units."""
    return fit_models(crossed(np.random.default_rng(0), 4, 6).table)


def test_a_fit_that_did_not_converge_says_so() -> None:
    """In both of its rows, and in no other."""
    models = fitted()
    assert models.mixed_model is not None
    for is_converged in (True, False):
        rows = model_rows(replace(models, mixed_model=replace(models.mixed_model, is_converged=is_converged)))
        said = [row[results_text.PART] for row in rows if "NOT CONVERGED" in row[results_text.NUMBER]]
        assert said == ([] if is_converged else [results_text.PARTS["mixed_model"]] * 2)


def test_an_infinite_bound_is_told() -> None:
    """An interval without an upper bound goes to infinity; without an interval nothing is claimed."""
    models = fitted()
    effects = models.effect_sizes
    assert effects is not None and effects.cohen_dz is not None and effects.rank_biserial is not None
    open_ended = replace(
        effects, cohen_dz=replace(effects.cohen_dz, interval=(-0.5, None)), rank_biserial=replace(effects.rank_biserial, interval=None)
    )
    rows = {row[results_text.NUMBER]: row for row in model_rows(replace(models, effect_sizes=open_ended))}
    assert rows[results_text.DZ][results_text.INTERVAL_95] == "−0.50 to ∞"
    assert rows[results_text.RANK_BISERIAL][results_text.INTERVAL_95] == ""
