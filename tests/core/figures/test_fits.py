"""Figures of fitted models: every method's interval, and what more participants would give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.figures import export
from core.figures.fits import NOT_CONVERGED, models_figures
from core.inference import results
from core.inference.answer_table import table_of
from core.inference.models import fit_models
from tests.core.inference.answers import of_people
from tests.core.inference.crossed import crossed

COUNTS = [(9, 1), (8, 2), (10, 0), (7, 3)]
ANSWERS = of_people({"natural": COUNTS, "synthetic": [(7, 3), (5, 5), (8, 2), (6, 4)]})


def test_models_are_drawn_as_they_are() -> None:
    """Rows are the records' numbers; the captions say n; both draw."""
    found, models = results(ANSWERS), fit_models(table_of(ANSWERS))
    difference, power = models_figures(found, models)
    rows = {row["method"]: (row["difference"], row["low"], row["high"]) for row in difference.rows}
    assert models.bayesian is not None and models.power is not None
    assert rows["fixed n"] == (found.contrasts[0].estimate, *found.contrasts[0].interval)
    assert rows["Bayesian"] == (models.bayesian.difference, *models.bayesian.interval)
    assert [row["participants"] for row in power.rows] == [one.n_participants for one in models.power.rows]
    assert "n = 80 answers of 4 participants" in difference.caption
    assert "n = 4 participants so far" in power.caption
    assert all("<svg" in export.svg(figure) for figure in (difference, power))


def test_a_fit_that_did_not_converge_is_marked() -> None:
    """In the figure's row and in its caption; one that did is not."""
    models = fit_models(crossed(np.random.default_rng(0), 4, 5).table)
    assert models.mixed_model is not None
    for is_converged in (True, False):
        changed = replace(models, mixed_model=replace(models.mixed_model, is_converged=is_converged))
        figure = models_figures(results(ANSWERS), changed)[0]
        assert ("mixed model" in [row["method"] for row in figure.rows]) == is_converged
        assert (NOT_CONVERGED in [row["method"] for row in figure.rows]) != is_converged
        assert ("did not converge" in figure.caption) != is_converged


@pytest.mark.parametrize("n", [0, 1])
def test_what_cannot_be_fitted_is_not_drawn(n: int) -> None:
    """Nobody, or one participant: no plan, and only the methods that there are."""
    answers = of_people({"natural": COUNTS[:n], "synthetic": COUNTS[1 : n + 1]})
    drawn = models_figures(results(answers), fit_models(table_of(answers)))
    assert [figure.name for figure in drawn] == ["difference"] * n
