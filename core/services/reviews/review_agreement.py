"""How far reviewers agree with each other, and their ratings with how often people or observers chose right. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.design_spec import Condition
from core.inference.bootstrap import Bootstrapped, bootstrap
from core.inference.krippendorff import ordinal_alpha
from core.inference.rank_correlation import spearman
from core.reviews import ReviewScheme, UnitReview
from core.services.units.unit_scores import UnitScores

FEWEST_UNITS: Final = 5  # below, a rank correlation says nothing
RHO: Final = "rank correlation"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far reviewers agree on a question: alpha, None where too few units have two reviewers, and what it is of."""

    question: str
    alpha: Bootstrapped | None
    n_units: int
    n_rated_twice: int
    n_reviewers: int


@dataclass(frozen=True, slots=True)
class Correlation:
    """How the units' mean ratings go with their proportion correct in a condition (Spearman); None below five units."""

    question: str
    condition: Condition
    rho: Bootstrapped | None
    n_units: int


def agreement(reviews: Iterable[UnitReview], scheme: ReviewScheme, *, seed: int = 0) -> tuple[Agreement, ...]:
    """Return the agreement on each scale of the scheme, from verdicts that were given on that scale."""
    kept = list(reviews)
    found = []
    for question in scheme.scales:
        ratings = [_ratings(review, question.name, (question.low, question.high)) for review in kept]
        found.append(
            Agreement(
                question.name,
                ordinal_alpha([list(unit.values()) for unit in ratings], seed=seed),
                n_units=sum(map(bool, ratings)),
                n_rated_twice=sum(len(unit) > 1 for unit in ratings),
                n_reviewers=len({author for unit in ratings for author in unit}),
            )
        )
    return tuple(found)


def correlations(reviews: Mapping[str, UnitReview], scheme: ReviewScheme, scores: UnitScores, *, seed: int = 0) -> tuple[Correlation, ...]:
    """Return how ratings go with the scores of each condition with references, by question."""
    found = []
    for question in scheme.scales:
        means = {
            name: float(np.mean(list(ratings.values())))
            for name, review in reviews.items()
            if (ratings := _ratings(review, question.name, (question.low, question.high)))
        }
        for condition in scores.conditions:
            if condition != "none":
                found.append(_correlation(question.name, condition, means, scores, seed))
    return tuple(found)


def _correlation(question: str, condition: Condition, means: Mapping[str, float], scores: UnitScores, seed: int) -> Correlation:
    pairs = [(mean, its[condition].mean) for name, mean in sorted(means.items()) if condition in (its := scores.by_unit.get(name, {}))]
    if len(pairs) < FEWEST_UNITS:
        return Correlation(question, condition, None, len(pairs))
    ratings, correct = np.array(pairs).T
    found = bootstrap({RHO: spearman(ratings, correct)}, len(pairs), of="units", seed=seed)[RHO]
    return Correlation(question, condition, found, len(pairs))


def _ratings(review: UnitReview, question: str, ends: tuple[int | None, int | None]) -> dict[str, int]:
    """Return each reviewer's rating of a unit; ratings on another scale are left out."""
    return {
        author: int(one.value)
        for author, verdict in review.verdicts.items()
        for one in verdict.answers
        if one.question == question and (one.low, one.high) == ends
    }
