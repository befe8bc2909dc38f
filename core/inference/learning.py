"""Whether people get better on the way: proportion correct along the main trials of a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.inference.answer_table import AnswerTable, Floats
from core.inference.groups import kept_rows, summed
from core.inference.proportions import Proportion, proportion_of

MOST_BINS: Final = 10
STEP: Final = 5  # bins are of a multiple of so many trials
MOST_CELLS: Final = 2**22  # sessions x positions that are counted in an array; beyond, rows are sorted


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """The proportion correct in the main trials `first` to `last` of the session, counted from 1 over all conditions."""

    first: int
    last: int
    correct: Proportion


def bin_width(n_trials: int) -> int:
    """Return how many trials a bin has where the longest session has so many main trials: a multiple of 5, for ten bins at most."""
    return STEP * max(1, -(-n_trials // (MOST_BINS * STEP)))


def course_of(main: AnswerTable, place: NDArray[np.int64], n_trials: int) -> tuple[Floats, NDArray[np.int64]]:
    """Return the sum of scores and the number of trials, both (conditions, bins, respondents); `place`: as `places` gives them."""
    width = bin_width(n_trials)
    condition, respondent = main["condition"], main["respondent"]
    shape = len(condition.levels), -(-n_trials // width), len(respondent.levels)
    cell = (condition.codes.astype(np.int64) * shape[1] + place // width) * shape[2] + respondent.codes
    cell, score = kept_rows((condition.codes >= 0) & (respondent.codes >= 0), cell, main.score)
    return summed(cell, score, shape)


def learning_of(
    course: tuple[Floats, NDArray[np.int64]], conditions: tuple[Condition, ...], n_trials: int
) -> Mapping[Condition, tuple[LearningPoint, ...]]:
    """Return the proportion correct of each condition in bins, from what `course_of` gives; bins without a trial are absent."""
    width = bin_width(n_trials)
    found: dict[Condition, tuple[LearningPoint, ...]] = {}
    for name, of_bins, n_of_bins in zip(conditions, *course, strict=True):
        points = [
            LearningPoint(number * width + 1, min((number + 1) * width, n_trials), proportion_of(correct[there], trials[there]))
            for number, (correct, trials) in enumerate(zip(of_bins, n_of_bins, strict=True))
            if (there := trials > 0).any()
        ]
        found |= {name: tuple(points)} if points else {}
    return found


def places(main: AnswerTable) -> NDArray[np.int64]:
    """Return each row's place among its session's rows, from 0, (n,): by position, or in the order of rows where that is unknown."""
    session, row = main["session"].codes.astype(np.int64), np.arange(len(main))
    place = np.where(main.position >= 0, main.position, row)
    n_places = int(place.max(initial=0)) + 1
    key = session * n_places + place
    if len(main["session"].levels) * n_places > MOST_CELLS:
        return _ranks(session, key)
    is_there = np.zeros((len(main["session"].levels), n_places), dtype=bool)
    is_there.reshape(-1)[key] = True
    return np.asarray(np.cumsum(is_there, axis=1).reshape(-1)[key] - 1)


def _ranks(session: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each row's rank by its key within its session, (n,)."""
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(session[order], prepend=-1))
    ranks = np.empty(len(key), dtype=np.int64)
    ranks[order] = np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))
    return ranks
