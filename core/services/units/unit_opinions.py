"""What people and observers think of units, as columns beside a table: scores by condition, reviews. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.reviews import ReviewSummary
from core.services.units.unit_measures import Floats, Measure, Measured, by_name
from core.services.units.unit_scores import ScoreOrder, UnitScores
from core.services.units.unit_table import UnitTable

SCORE: Final = "score-"
RATING: Final = "rating-"
SCORE_HELP: Final = "The proportion of right answers about the unit with references of this condition."
GAP_HELP: Final = "How much larger the proportion of right answers is with {a} references than with {b} ones."
RATING_HELP: Final = "The reviewers' mean answer to {question!r}."


@dataclass(frozen=True, slots=True, eq=False)
class ReviewColumns:
    """Every unit's reviews, a place each: status, tags, words to search in (lower case), in how many hands. Measures: mean ratings."""

    status: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    measures: Mapping[str, Measured]

    def known_tags(self) -> tuple[str, ...]:
        """Return the tags in use, the most frequent first, equals by name."""
        counts = Counter(tag for tags in self.tags for tag in tags)
        return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))


def score_measures(table: UnitTable, scores: UnitScores) -> Mapping[str, Measured]:
    """Return a judge's scores as measures: natural above each other condition, then each condition alone."""
    return by_name([Measured(_score_measure(order), _column(table, scores.ranking(order))) for order in scores.orders()])


def score_name(order: ScoreOrder) -> str:
    """Return the name of the measure that orders units so."""
    return f"{SCORE}{order.name}"


def review_columns(table: UnitTable, summaries: Mapping[str, ReviewSummary]) -> ReviewColumns:
    """Return the reviews of a table's units; those that nobody reviewed are "unreviewed"."""
    found = [summaries.get(name) for name in table.names.tolist()]
    questions = dict.fromkeys(question for one in found if one is not None for question in one.ratings)
    measures = []
    for question in questions:
        values = {name: one.ratings[question] for name, one in summaries.items() if question in one.ratings}
        measure = Measure(f"{RATING}{question}", f"Rating: {question}", "rating", RATING_HELP.format(question=question))
        measures.append(Measured(measure, _column(table, values)))
    return ReviewColumns(
        tuple("unreviewed" if one is None else one.status for one in found),
        tuple(() if one is None else one.tags for one in found),
        tuple("" if one is None else " ".join((*one.tags, one.notes)).lower() for one in found),
        by_name(measures),
    )


def _score_measure(order: ScoreOrder) -> Measure:
    if order.minus is None:
        return Measure(score_name(order), f"Accuracy, {order.condition}", "share", SCORE_HELP)
    words = f"Accuracy, {order.condition} − {order.minus}"
    return Measure(score_name(order), words, "difference", GAP_HELP.format(a=order.condition, b=order.minus))


def _column(table: UnitTable, values: Mapping[str, float]) -> Floats:
    """Return values by "layer:channel" as a column; NaN where a unit has none."""
    column = np.full(len(table), np.nan)
    for name, value in values.items():
        row = table.rows.get(name)
        if row is not None:
            column[row] = value
    return column
