"""How well each unit is explained, by whoever answered: its scores by condition, and the orders of units by them. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.design_spec import Condition, has_images_of_its_own, in_order
from core.domain import Unit
from core.inference.answer_table import AnswerTable
from core.inference.proportions import wilson

MINUS: Final = "-minus-"


@dataclass(frozen=True, slots=True)
class UnitScore:
    """A unit's proportion correct in a condition over n tasks (or trials) of n_respondents, with its Wilson 95 % interval."""

    mean: float
    n: int
    n_respondents: int

    @property
    def wilson(self) -> tuple[float, float]:
        """Return the score interval of the n tasks."""
        return wilson(min(self.mean * self.n, self.n), self.n)


@dataclass(frozen=True, slots=True)
class ScoreOrder:
    """An order of units: by the score in a condition, or by how much it is above that in another."""

    condition: Condition
    minus: Condition | None = None

    @property
    def name(self) -> str:
        """Return how addresses write it."""
        return self.condition if self.minus is None else f"{self.condition}{MINUS}{self.minus}"


@dataclass(frozen=True, slots=True, eq=False)
class UnitScores:
    """Every unit's score by condition, by "layer:channel"; `conditions` in their order everywhere."""

    conditions: tuple[Condition, ...]
    by_unit: Mapping[str, Mapping[Condition, UnitScore]]

    def of(self, unit: Unit) -> Mapping[Condition, UnitScore]:
        """Return a unit's scores; none where nobody answered it."""
        return self.by_unit.get(str(unit), {})

    def orders(self) -> tuple[ScoreOrder, ...]:
        """Return the orders that units can have: natural above each other condition that shows images of its own first, then each alone."""
        own = [one for one in self.conditions if has_images_of_its_own(one)]
        gaps = [ScoreOrder("natural", one) for one in own] if "natural" in self.conditions else []
        return (*gaps, *(ScoreOrder(one) for one in self.conditions if one != "none"))

    def ranking(self, order: ScoreOrder) -> dict[str, float]:
        """Return the value of every unit that has one."""
        found = {}
        for unit, scores in self.by_unit.items():
            value = _value(scores, order)
            if value is not None:
                found[unit] = value
        return found


def scores_of(main: AnswerTable) -> UnitScores:
    """Return the scores that main trials, or an observer's tasks, give to their units."""
    units, conditions, who = main["unit"], main["condition"], main["respondent"]
    n_conditions = len(conditions.levels)
    cell = units.codes.astype(np.int64) * n_conditions + conditions.codes
    size = len(units.levels) * n_conditions
    n, total = np.bincount(cell, minlength=size), np.bincount(cell, main.score, size)
    n_who = max(1, len(who.levels))
    n_respondents = np.bincount(np.unique(cell * n_who + who.codes) // n_who, minlength=size)
    by_unit: dict[str, dict[Condition, UnitScore]] = {}
    for at in np.flatnonzero(n).tolist():
        unit, condition = units.levels[at // n_conditions], conditions.levels[at % n_conditions]
        by_unit.setdefault(unit, {})[condition] = UnitScore(float(total[at] / n[at]), int(n[at]), int(n_respondents[at]))
    return UnitScores(in_order(main.present("condition")), by_unit)


def order_of(name: str, orders: Iterable[ScoreOrder]) -> ScoreOrder | None:
    """Return the order that an address names; None where there is none of this name."""
    return next((one for one in orders if one.name == name), None)


def _value(scores: Mapping[Condition, UnitScore], order: ScoreOrder) -> float | None:
    if order.condition not in scores or (order.minus is not None and order.minus not in scores):
        return None
    value = scores[order.condition].mean
    return value if order.minus is None else round(value - scores[order.minus].mean, 12)  # equal differences stay equal
