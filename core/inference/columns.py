"""Many estimates at once: a column for each of their numbers, a row for each group; records are made of them when they are looked at.

Answers of 5,000 units and 2,000 participants make 150,000 records, which nobody reads all of: a page draws from a few, JSON wants all.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np

from core.inference.answer_table import Floats, Mask
from core.inference.confidence import ConfidenceShares, shares_of_counts
from core.inference.proportions import Proportion, wilson
from core.inference.reaction_times import ReactionTime, Which
from core.inference.sums import CORRECT, INCORRECT, Cells, Counts, over_outcomes

Record = TypeVar("Record")
Record_co = TypeVar("Record_co", covariant=True)


class Columns(Generic[Record]):
    """Numbers of groups, from which one group's record is made."""

    __slots__ = ()

    @property
    @abstractmethod
    def are_there(self) -> Mask:
        """Return which groups have a record, (groups,)."""

    @abstractmethod
    def record(self, place: int) -> Record:
        """Return a group's record."""


@dataclass(frozen=True, slots=True, eq=False)
class Shares(Columns[Proportion]):
    """Proportions correct, each column (groups,); `two_sem` is NaN where there is none."""

    n_trials: Counts
    n_participants: Counts
    n_correct: Floats
    two_sem: Floats

    @property
    def are_there(self) -> Mask:
        return np.asarray(self.n_trials > 0)

    def record(self, place: int) -> Proportion:
        n, correct = int(self.n_trials[place]), float(self.n_correct[place])
        return Proportion(correct / n, _or_none(self.two_sem[place]), n, int(self.n_participants[place]), correct, wilson(correct, n))


@dataclass(frozen=True, slots=True, eq=False)
class Times(Columns[ReactionTime]):
    """Reaction times, each column (groups,)."""

    n_trials: Counts
    n_participants: Counts
    total: Floats
    two_sem: Floats
    median: Floats
    n_excluded: Counts

    @property
    def are_there(self) -> Mask:
        return np.asarray(self.n_trials > 0)

    def record(self, place: int) -> ReactionTime:
        n = int(self.n_trials[place])
        return ReactionTime(
            mean=float(self.total[place]) / n,
            two_sem=_or_none(self.two_sem[place]),
            median=float(self.median[place]),
            n_trials=n,
            n_participants=int(self.n_participants[place]),
            n_excluded=int(self.n_excluded[place]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Confidences(Columns[ConfidenceShares]):
    """Trials with confidence 1, 2 and 3, (groups, 3)."""

    counts: Counts

    @property
    def are_there(self) -> Mask:
        return np.asarray(self.counts.any(axis=1))

    def record(self, place: int) -> ConfidenceShares:
        low, middle, high = self.counts[place].tolist()
        return shares_of_counts((low, middle, high))


class RecordMap(Mapping[str, Record_co]):
    """Records by name, made when they are asked for; equal to any mapping of equal records. `names` are those of rows that follow on each
    other from `first` on; those that are not there are left out."""

    __slots__ = ("_columns", "_first", "_names", "_there")

    def __init__(self, columns: Columns[Record_co], names: tuple[str, ...], first: int, there: Mask) -> None:
        self._columns, self._names, self._first, self._there = columns, names, first, there

    def __getitem__(self, name: str) -> Record_co:
        place = _places(self._names).get(name, -1)
        if place < 0 or not self._there[place]:
            raise KeyError(name)
        return self._columns.record(self._first + place)

    def __iter__(self) -> Iterator[str]:
        return (self._names[place] for place in np.flatnonzero(self._there).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self._there))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


@lru_cache(maxsize=32)
def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def shares_of_cells(cells: Cells, n_groups: int) -> Shares:
    """Return the proportions correct of all groups."""
    n_trials, n_participants, n_correct, two_sem = _spread(cells.group, cells.n, cells.score, n_groups)
    return Shares(n_trials, n_participants, n_correct, two_sem)


def times_of_cells(cells: Cells, which: Which, medians: Floats, n_excluded: Counts) -> Times:
    """Return the reaction times of all, the correct or the incorrect trials of all groups; `n_excluded`: (groups, 3 outcomes)."""
    kept = _of(cells.timed, which) > 0
    n, time = _of(cells.timed, which)[kept], _of(cells.time, which)[kept]
    n_trials, n_participants, total, two_sem = _spread(cells.group[kept], n, time, len(medians))
    return Times(n_trials, n_participants, total, two_sem, medians, _of(n_excluded, which))


def confidences_of(counts: Counts, which: Which) -> Confidences:
    """Return the confidence of all, the correct or the incorrect trials, from counts (groups, 3 outcomes, 3)."""
    return Confidences(counts.sum(axis=1) if which == "all" else counts[:, CORRECT if which == "correct" else INCORRECT])


AnyColumns = TypeVar("AnyColumns", Shares, Times)


def with_rows(columns: AnyColumns, places: Counts, of: AnyColumns) -> AnyColumns:
    """Return columns with other rows at these places."""
    changed = []
    for one in fields(columns):
        values = getattr(columns, one.name).copy()
        values[places] = getattr(of, one.name)
        changed.append(values)
    return type(columns)(*changed)


def by_level(columns: Columns[Record], outer: Sequence[str], inner: tuple[str, ...]) -> dict[str, RecordMap[Record]]:
    """Return the records of groups outer x inner as a mapping in a mapping, those that are there."""
    there = columns.are_there.reshape(len(outer), len(inner))
    return {name: RecordMap(columns, inner, row * len(inner), there[row]) for row, name in enumerate(outer) if there[row].any()}


def by_name(columns: Columns[Record], names: Sequence[str]) -> dict[str, Record]:
    """Return the records of few groups."""
    return {names[place]: columns.record(place) for place in np.flatnonzero(columns.are_there).tolist()}


def _spread(group: Counts, n: Counts, total: Floats, n_groups: int) -> tuple[Counts, Counts, Floats, Floats]:
    """Return of each group: trials, participants, the sum, and 2 standard errors over participants' means (population sd / sqrt(n)), NaN
    below two; from one entry for each group and participant, by group, (m,)."""
    n_trials, n_participants = np.zeros(n_groups, dtype=np.int64), np.zeros(n_groups, dtype=np.int64)
    sums, two_sem = np.zeros(n_groups), np.full(n_groups, np.nan)
    if not len(group):
        return n_trials, n_participants, sums, two_sem
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    there, lengths = group[starts], np.diff(np.append(starts, len(group)))
    means = total / n
    centre = np.add.reduceat(means, starts) / lengths
    squares = np.add.reduceat((means - np.repeat(centre, lengths)) ** 2, starts)
    n_trials[there], n_participants[there], sums[there] = np.add.reduceat(n, starts), lengths, np.add.reduceat(total, starts)
    two_sem[there] = np.where(lengths > 1, 2 * np.sqrt(squares / lengths) / np.sqrt(lengths), np.nan)
    return n_trials, n_participants, sums, two_sem


def _of(by_outcome: Any, which: Which) -> Any:
    """Return the sums of all, the correct or the incorrect trials, (...,), from (..., 3 outcomes)."""
    return over_outcomes(by_outcome) if which == "all" else by_outcome[..., CORRECT if which == "correct" else INCORRECT]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
