"""Answers for tests of inference: one with defaults, and those of simulated people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.design_spec import Condition
from core.domain import Unit
from core.experiment import Answer
from core.inference.answer_table import AnswerTable
from core.inference.contrasts import Contrast, contrast_of_cells
from core.inference.from_tally import cells_in
from core.inference.outcomes import Outcomes, outcome_counts, outcomes_of
from core.inference.tally import BY_CONDITION, Tally, tally_of

UNIT = Unit("mixed4b", 465)


def answer(respondent: str = "p1", condition: Condition = "natural", score: float = 1.0, **changes: Any) -> Answer:
    """Return a main answer; any field may be changed."""
    fields: dict[str, Any] = {
        "respondent": respondent,
        "kind": "main",
        "condition": condition,
        "scheme": "Min-Max-9",
        "unit": UNIT,
        "block": 0,
        "proportion_correct": score,
        "confidence": 2,
        "reaction_time_ms": 1000.0,
    }
    return Answer(**(fields | changes))


def counted(respondent: str, condition: Condition, *, correct: int, wrong: int) -> list[Answer]:
    """Return so many right and wrong answers."""
    return [answer(respondent, condition, score) for score in [1.0] * correct + [0.0] * wrong]


def of_people(counts: Mapping[Condition, Sequence[tuple[int, int]]]) -> list[Answer]:
    """Return answers from each participant's right and wrong ones, by condition."""
    return [
        one
        for condition, by_person in counts.items()
        for number, (correct, wrong) in enumerate(by_person)
        for one in counted(f"p{number}", condition, correct=correct, wrong=wrong)
    ]


def outcomes(main: AnswerTable) -> Outcomes:
    """Return the outcomes of a table."""
    return outcomes_of(main["condition"].levels, *outcome_counts(main))


def tally(main: AnswerTable, *, exclude_negative: bool = True) -> Tally:
    """Return the tally of all rows of a table."""
    return tally_of(main, np.ones(len(main), dtype=bool), exclude_negative=exclude_negative)


def contrast(main: AnswerTable) -> Contrast | None:
    """Return natural - synthetic of a table."""
    return contrast_of_cells(cells_in(tally(main), "accuracy", BY_CONDITION), "natural", "synthetic")


def tallied(wrong_and_right: npt.ArrayLike) -> Outcomes:
    """Return the outcomes of one condition, natural, from wrong and right answers by confidence: (participants, 3 levels, 2)."""
    counts = np.asarray(wrong_and_right, dtype=np.int64)
    n = np.zeros((1, len(counts), 4, 3), dtype=np.int64)
    n[0, :, 1:, ::2] = counts
    return Outcomes(("natural",), n, n[..., 2] + n[..., 1] / 2, np.zeros((1, 2, 3), dtype=np.int64))


def simulated(seed: int, *, n_people: int = 8, n_trials: int = 40) -> list[Answer]:
    """Return answers in random conditions, layers, branches, schemes with random scores (ties too), confidences and times, some absent."""
    rng = np.random.default_rng(seed)

    def one(person: int, place: int) -> Answer:
        layer, channel = f"mixed{rng.integers(3, 5)}a", int(rng.integers(0, 12))
        return answer(
            f"p{person}",
            ("natural", "synthetic", "none")[rng.integers(0, 3)],
            float(rng.choice([0.0, 0.5, 1.0], p=[0.25, 0.05, 0.7])),
            unit=Unit(layer, channel),
            branch=("1x1", "3x3", "pool", None)[channel % 4],
            unit_list=("random", "hand-picked")[channel % 2],
            scheme=("Max-1", "Min-Max-9")[rng.integers(0, 2)],
            expertise=("expert", "lay", None)[person % 3],
            confidence=None if rng.random() < 0.1 else int(rng.integers(1, 4)),
            reaction_time_ms=None if rng.random() < 0.1 else float(rng.normal(1500, 900)),
            choice=(None, "top", "bottom")[rng.integers(0, 3)],
            position=place,
            session=f"session-{person}",
        )

    return [one(person, place) for person in range(n_people) for place in range(n_trials)]
