"""Proportions correct on catch trials, and how often repeated trials were answered alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.inference.answer_table import ABSENT, AnswerTable, Floats, Mask
from core.inference.groups import summed
from core.inference.proportions import Proportion, proportion_of

HAND_PICKED: Final = "hand-picked"
RANDOM: Final = "random"
ALL: Final = "all"
MOST_PLACES: Final = 2**24  # sessions x positions that are looked up in an array; beyond, rows are sorted
REPEAT_METHOD = (
    "share of repeated trials in which the same query image was chosen as at their first showing (both right, or both wrong); "
    "two_sem over participants, wilson of the pooled trials"
)


@dataclass(frozen=True, slots=True)
class CatchAccuracy:
    """Correct answers among catch trials, over all conditions."""

    correct: float
    n: int


def repeat_consistency_of(conditions: tuple[Condition, ...], same: Floats, n: NDArray[np.int64]) -> dict[str, Proportion]:
    """Return how often repeated trials were answered as at their first showing, for "all" and each condition, from `repeat_sums`."""
    columns = {ALL: (same.sum(axis=1), n.sum(axis=1))} | {name: (same[:, at], n[:, at]) for at, name in enumerate(conditions)}
    return {name: proportion_of(of[there], n_of[there]) for name, (of, n_of) in columns.items() if (there := n_of > 0).any()}


def repeat_sums(table: AnswerTable) -> tuple[Floats, NDArray[np.int64]]:
    """Return how many repeated trials were answered as at their first showing, and how many there are, both (respondents, conditions)."""
    repeated = table.of("kind", "repeated")
    first, is_known = _first_showings(table, repeated)
    again = repeated.where(is_known)
    same = ((again.score > 0.5) == (table.score[first[is_known]] > 0.5)).astype(np.float64)
    shape = len(table["respondent"].levels), len(table["condition"].levels)
    return summed(again["respondent"].codes.astype(np.int64) * shape[1] + again["condition"].codes, same, shape)


def _first_showings(table: AnswerTable, repeated: AnswerTable) -> tuple[NDArray[np.int64], Mask]:
    """Return the row of each repeated trial's first showing and whether it is there, both (n repeated,)."""
    width = int(max(table.position.max(initial=0), repeated.repeats.max(initial=0))) + 2
    wanted = repeated["session"].codes.astype(np.int64) * width + repeated.repeats
    positioned = np.flatnonzero(table.position != ABSENT)
    places = table["session"].codes[positioned].astype(np.int64) * width + table.position[positioned]
    found = _rows_at(places, positioned, wanted, len(table["session"].levels) * width)
    return np.maximum(found, 0), (repeated.repeats != ABSENT) & (found >= 0)


def _rows_at(places: NDArray[np.int64], rows: NDArray[np.int64], wanted: NDArray[np.int64], n_places: int) -> NDArray[np.int64]:
    """Return the row at each wanted place, -1 where there is none."""
    if n_places <= MOST_PLACES:
        at = np.full(n_places, -1, dtype=np.int64)
        at[places] = rows
        return at[wanted]
    if not len(places):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(places, kind="stable")
    nearest = order[np.minimum(np.searchsorted(places[order], wanted), len(order) - 1)]
    return np.where(places[nearest] == wanted, rows[nearest], -1)
