"""Proportions correct: by condition, broken down by whatever a table knows of a trial, on catch trials, and of repeated trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.inference.answer_table import ABSENT, AnswerTable, Mask, Word
from core.inference.groups import Key, by_participant, nested
from core.inference.proportions import Proportion, proportion_of

HAND_PICKED: Final = "hand-picked"
RANDOM: Final = "random"
ALL: Final = "all"
REPEAT_METHOD = (
    "share of repeated trials in which the same query image was chosen as at their first showing (both right, or both wrong); "
    "two_sem over participants, wilson of the pooled trials"
)


@dataclass(frozen=True, slots=True)
class CatchAccuracy:
    """Correct answers among catch trials, over all conditions."""

    correct: float
    n: int


def accuracy(main: AnswerTable) -> dict[Condition, Proportion]:
    """Return the proportion correct of each condition over main trials; an observer's tie counts one half."""
    return {condition: value for (condition,), value in accuracy_of(main, "condition").items()}


def accuracy_by(main: AnswerTable, word: Word) -> dict[Condition, dict[str, Proportion]]:
    """Return the proportion correct of each condition and each level of a column."""
    return nested(accuracy_of(main, "condition", word))


def accuracy_of(main: AnswerTable, *words: Word) -> dict[Key, Proportion]:
    """Return the proportion correct of each combination of levels that has trials."""
    return {key: proportion_of(sums.total, sums.n) for key, sums in by_participant(main, main.score, *words)}


def accuracy_by_scheme_and_expertise(main: AnswerTable) -> dict[Condition, dict[str, dict[str, Proportion]]]:
    """Return the proportion correct of each condition, presentation scheme and expertise."""
    found: dict[Condition, dict[str, dict[str, Proportion]]] = {}
    for (condition, scheme, expertise), value in accuracy_of(main, "condition", "scheme", "expertise").items():
        found.setdefault(condition, {}).setdefault(scheme, {})[expertise] = value
    return found


def hand_picked_pool(main: AnswerTable) -> dict[Condition, dict[str, Proportion]]:
    """Return the proportion correct of hand-picked and random units of the branches that hand-picked units are of (the pool branch)."""
    branches = main.of("unit_list", HAND_PICKED).present("branch")
    found = accuracy_by(main.of("branch", *branches).of("unit_list", HAND_PICKED, RANDOM), "unit_list") if branches else {}
    return {condition: {name.replace("-", "_"): value for name, value in by_list.items()} for condition, by_list in found.items()}


def catch_accuracy(table: AnswerTable) -> CatchAccuracy:
    """Return how many catch trials were answered correctly, over all conditions; `table` has trials of every kind."""
    catch = table.of("kind", "catch")
    return CatchAccuracy(correct=float(catch.score.sum()), n=len(catch))


def repeat_consistency(table: AnswerTable) -> dict[str, Proportion]:
    """Return how often repeated trials were answered as at their first showing, for "all" and each condition; empty without any."""
    repeated = table.of("kind", "repeated")
    first, is_known = _first_showings(table, repeated)
    again = repeated.where(is_known)
    same = ((again.score > 0.5) == (table.score[first[is_known]] > 0.5)).astype(np.float64)
    groups = (*by_participant(again, same), *by_participant(again, same, "condition"))
    return {key[0] if key else ALL: proportion_of(sums.total, sums.n) for key, sums in groups}


def _first_showings(table: AnswerTable, repeated: AnswerTable) -> tuple[NDArray[np.int64], Mask]:
    """Return the row of each repeated trial's first showing and whether it is there, both (n repeated,)."""
    positioned = np.flatnonzero(table.position != ABSENT)
    width = int(max(table.position.max(initial=0), repeated.repeats.max(initial=0))) + 2
    places = table["session"].codes[positioned].astype(np.int64) * width + table.position[positioned]
    order = np.argsort(places, kind="stable")
    wanted = repeated["session"].codes.astype(np.int64) * width + repeated.repeats
    at = np.minimum(np.searchsorted(places[order], wanted), max(0, len(order) - 1))
    if not len(order):
        return np.zeros(len(repeated), dtype=np.int64), np.zeros(len(repeated), dtype=bool)
    rows = positioned[order[at]]
    return rows, (repeated.repeats != ABSENT) & (places[order[at]] == wanted)
