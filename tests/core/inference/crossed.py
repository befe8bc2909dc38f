"""Simulated studies with crossed participants and units, as arrays and as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain import Unit
from core.experiment import Answer
from core.inference.answer_table import AnswerTable, table_of


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """One answer a participant, unit and condition: codes, whether the condition is A, score, all (n,)."""

    who: NDArray[np.int64]
    unit: NDArray[np.int64]
    is_a: NDArray[np.bool_]
    score: NDArray[np.float64]

    @property
    def table(self) -> AnswerTable:
        rows = zip(self.who.tolist(), self.unit.tolist(), self.is_a.tolist(), self.score.tolist(), strict=True)
        return table_of([answer(f"p{who}", unit, "natural" if is_a else "synthetic", score) for who, unit, is_a, score in rows])


def answer(who: str, unit: int, condition: str, score: float) -> Answer:
    """Return an answer to a main trial."""
    return Answer(who, "main", condition, "Min-Max-9", Unit("mixed4b", unit), 0, score, confidence=2, reaction_time_ms=1000.0)


def crossed(
    rng: np.random.Generator,
    n_participants: int,
    n_units: int,
    *,
    fixed: tuple[float, float] = (1.5, 1.0),
    participants: tuple[float, float] = (0.5, 0.3),
    units: tuple[float, float] = (0.8, 0.4),
) -> Crossed:
    """Return a study; `fixed`: mean and difference of the conditions in logits, then sds of random (intercepts, slopes)."""
    who, unit, is_a = (part.ravel() for part in np.meshgrid(range(n_participants), range(n_units), [False, True], indexing="ij"))
    effect = (rng.standard_normal((n_participants, 2)) * participants)[who] + (rng.standard_normal((n_units, 2)) * units)[unit] + fixed
    chance = 1 / (1 + np.exp(-(effect[:, 0] + (is_a - 0.5) * effect[:, 1])))
    return Crossed(who, unit, is_a, (rng.random(len(chance)) < chance).astype(np.float64))
