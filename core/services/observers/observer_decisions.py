"""What an observer has decided of a study's tasks, and what is left: its answers from before are taken over. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.domain import Unit
from core.psychophysics.observers import task_scores
from core.services.observers.observer_tasks import StudyTasks
from core.store.observations import Observations, ObserverCard, observers, put_observations, read_observations
from core.store.workspace import Workspace

Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]


class Decided:
    """D of an observer's tasks by condition, NaN where they are not decided; those of the same card from before are taken over."""

    def __init__(self, workspace: Workspace, card: ObserverCard, tasks: StudyTasks) -> None:
        self._workspace, self._card, self._tasks = workspace, card, tasks
        self._values = {condition: np.full(len(one), np.nan) for condition, one in tasks.tasks.items()}
        self._others = self._taken_over()

    def left(self) -> dict[Condition, NDArray[np.bool_]]:
        """Return which tasks are not decided, (n,) by condition."""
        return {condition: np.isnan(values) for condition, values in self._values.items()}

    def add(self, condition: Condition, places: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Note what was decided."""
        self._values[condition][places] = values

    def scores(self) -> dict[Condition, tuple[float, int]]:
        """Return proportion correct and number of tasks by condition."""
        return {condition: (float(task_scores(values).mean()), len(values)) for condition, values in self._values.items()}

    def publish(self) -> None:
        """Publish all that is decided, with what was decided before of units that are not asked for now."""
        put_observations(self._workspace, self._card, _joined([*self._others, self._own()]))

    def _own(self) -> Observations:
        conditions = tuple(self._values)
        decided = [~np.isnan(self._values[condition]) for condition in conditions]
        decision = np.concatenate([self._values[condition][chosen] for condition, chosen in zip(conditions, decided, strict=True)])

        def column(values: Callable[[Condition], NDArray[Any]]) -> Codes:
            parts = [values(condition)[chosen] for condition, chosen in zip(conditions, decided, strict=True)]
            return np.concatenate(parts).astype(np.int32)

        return Observations(
            self._tasks.units,
            conditions,
            column(lambda condition: self._tasks.tasks[condition].unit),
            np.repeat(np.arange(len(conditions), dtype=np.int32), [int(chosen.sum()) for chosen in decided]),
            column(self._tasks.set_numbers),
            decision,
            task_scores(decision),
        )

    def _taken_over(self) -> list[Observations]:
        """Take over what the same observer decided before with references that are the same; return its answers about other units."""
        known = {card.name: card for card in observers(self._workspace, self._card.study).cards}
        before = known.get(self._card.name)
        if before is None or replace(before, references=self._card.references) != self._card:
            return []
        former, now = dict(before.references), dict(self._card.references)
        found = read_observations(self._workspace, before)
        same = np.array([former.get(condition) == now.get(condition) for condition in found.conditions], dtype=np.bool_)
        found = _where(found, same[found.condition])
        place = {unit: number for number, unit in enumerate(self._tasks.units)}
        unit = np.array([place.get(one, -1) for one in found.units], dtype=np.int64)[found.unit]
        for code, condition in enumerate(found.conditions):
            if condition in self._values:
                chosen = np.flatnonzero((found.condition == code) & (unit >= 0))
                first = self._first_tasks(condition)[unit[chosen]]
                chosen, first = chosen[first >= 0], first[first >= 0]
                self._values[condition][first + found.set_number[chosen]] = found.decision[chosen]
        others = unit < 0
        return [_where(found, others)] if others.any() else []

    def _first_tasks(self, condition: Condition) -> NDArray[np.int64]:
        """Return the place of each unit's first task, (n_units,); -1 where it has none."""
        n_sets = self._tasks.n_sets
        first = np.full(len(self._tasks.units), -1, dtype=np.int64)
        whose = self._tasks.tasks[condition].unit[::n_sets]
        first[whose] = np.arange(len(whose)) * n_sets
        return first


def _where(found: Observations, chosen: NDArray[np.bool_]) -> Observations:
    return Observations(
        found.units,
        found.conditions,
        found.unit[chosen],
        found.condition[chosen],
        found.set_number[chosen],
        found.decision[chosen],
        found.proportion_correct[chosen],
    )


def _joined(parts: Sequence[Observations]) -> Observations:
    """Return the rows of all parts, over the units and conditions of all."""
    units: dict[Unit, int] = {}
    conditions: dict[Condition, int] = {}
    for part in parts:
        for unit in part.units:
            units.setdefault(unit, len(units))
        for condition in part.conditions:
            conditions.setdefault(condition, len(conditions))
    return Observations(
        tuple(units),
        tuple(conditions),
        np.concatenate([np.array([units[one] for one in part.units], dtype=np.int32)[part.unit] for part in parts]),
        np.concatenate([np.array([conditions[one] for one in part.conditions], dtype=np.int32)[part.condition] for part in parts]),
        np.concatenate([part.set_number for part in parts]),
        np.concatenate([part.decision for part in parts]),
        np.concatenate([part.proportion_correct for part in parts]),
    )
