"""Agreement is of verdicts on the scheme's scales; correlations are of units that have both a rating and answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.domain import Unit
from core.inference.krippendorff import ordinal_alpha
from core.reviews import DEFAULT_SCHEME, Answered, UnitReview, Verdict, fold_unit
from core.services.reviews.review_agreement import agreement, correlations
from core.services.units.unit_scores import UnitScore, UnitScores
from tests.studies import NOW

RATINGS = {0: {"Ada": 1, "Bo": 2}, 1: {"Ada": 5, "Bo": 5}, 2: {"Ada": 3}, 3: {"Ada": 2, "Bo": 1}, 4: {"Bo": 4}, 5: {"Ada": 4, "Bo": 5}}
CORRECT = {0: 0.5, 1: 0.9, 2: 0.6, 3: 0.55, 4: 0.95, 5: 0.7}


def review(channel: int, ratings: dict[str, int], high: int = 5) -> UnitReview:
    unit = Unit("mixed3a", channel)
    verdicts = {who: Verdict(who, (Answered("interpretable", value, 1, high),), NOW) for who, value in ratings.items()}
    return UnitReview(unit, verdicts, (), {}, frozenset(), frozenset(), (), frozenset())


REVIEWS = {f"mixed3a:{channel}": review(channel, ratings) for channel, ratings in RATINGS.items()}


def test_agreement_on_each_scale() -> None:
    """Alpha is that of the ratings as given; a question that nobody answered has none; ratings on another scale are left out."""
    other_scale = review(9, {"Ada": 9, "Bo": 1}, high=9)
    of_interpretable, of_faithful = agreement([*REVIEWS.values(), other_scale], DEFAULT_SCHEME)
    expected = ordinal_alpha([list(unit.values()) for unit in RATINGS.values()])
    assert of_interpretable.alpha == expected and expected is not None
    assert (of_interpretable.n_units, of_interpretable.n_rated_twice, of_interpretable.n_reviewers) == (6, 4, 2)
    assert (of_faithful.question, of_faithful.alpha, of_faithful.n_units) == ("faithful", None, 0)


def test_correlation_with_answers() -> None:
    """Rho is scipy's of mean ratings and proportions correct; too few units have none."""
    by_unit = {
        f"mixed3a:{channel}": {"natural": UnitScore(value, 20, 5), "none": UnitScore(0.5, 9, 1)} for channel, value in CORRECT.items()
    }
    found = correlations(
        {**REVIEWS, "mixed4a:0": fold_unit(Unit("mixed4a", 0), ())}, DEFAULT_SCHEME, UnitScores(("natural", "none"), by_unit)
    )
    assert [(one.question, one.condition, one.n_units) for one in found] == [("interpretable", "natural", 6), ("faithful", "natural", 0)]
    means = [float(np.mean(list(RATINGS[channel].values()))) for channel in RATINGS]
    assert found[0].rho is not None
    assert found[0].rho.estimate == pytest.approx(stats.spearmanr(means, list(CORRECT.values())).statistic)
    assert found[1].rho is None
