"""Tasks of an observer as columns, and in which groups similarities are cheapest: all at once, unit by unit, or task by task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.domain import Unit

Places = NDArray[np.int64]
CALL_COST: Final = 10_000  # one more matrix of similarities takes as long as so many of its entries (measured, several hundred dimensions)
MOST_ENTRIES: Final = 2**25  # of one matrix: 256 MiB in float64


@dataclass(frozen=True, slots=True, eq=False)
class Tasks:
    """n tasks with equally many references. Images are places in `images`, which are addresses.

    `queries`: (n, 2), q+ and q-. `max_references`: (n, r); `min_references`: (n, r), (n, 0) in a max-only scheme.
    `unit`: (n,), a code: tasks of one unit share images.
    """

    images: Sequence[str]
    queries: Places
    max_references: Places
    min_references: Places
    unit: Places

    def __len__(self) -> int:
        return len(self.queries)

    def where(self, chosen: NDArray[np.bool_] | Places) -> Tasks:
        """Return the chosen tasks, (n,) bool or their places."""
        return Tasks(self.images, self.queries[chosen], self.max_references[chosen], self.min_references[chosen], self.unit[chosen])

    @property
    def references(self) -> Places:
        """Return all references, (n, r or 2 r): the max ones first."""
        return np.concatenate([self.max_references, self.min_references], axis=1)

    @property
    def shown(self) -> list[str]:
        """Return the address of every image that the tasks show, each once."""
        return [self.images[place] for place in _once(np.concatenate([self.queries, self.references], axis=1))]


@dataclass(frozen=True, slots=True)
class Stimulus:
    """What a trial shows, and which query is the max one: all that decides D. Images are addresses; max-only schemes show no min ones."""

    unit: Unit
    max_query: str
    min_query: str
    max_references: tuple[str, ...]
    min_references: tuple[str, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the addresses of all its images."""
        return (self.max_query, self.min_query, *self.max_references, *self.min_references)


def tasks_of(stimuli: Sequence[Stimulus]) -> Tasks:
    """Return stimuli with equally many references as tasks, in order."""
    columns = (
        [(one.max_query, one.min_query) for one in stimuli],
        [one.max_references for one in stimuli],
        [one.min_references for one in stimuli],
    )
    images = list(dict.fromkeys(address for column in columns for row in column for address in row))
    place = {address: number for number, address in enumerate(images)}
    unit = {one: number for number, one in enumerate(dict.fromkeys(one.unit for one in stimuli))}
    queries, most, least = (np.array([[place[one] for one in row] for row in column], dtype=np.int64) for column in columns)
    n = len(stimuli)
    return Tasks(
        images,
        queries.reshape(n, 2),
        most.reshape(n, -1) if n else most.reshape(0, 0),
        least.reshape(n, -1) if n else least.reshape(0, 0),
        np.array([unit[one.unit] for one in stimuli], dtype=np.int64),
    )


def cheapest_groups(tasks: Tasks, *, most_entries: int = MOST_ENTRIES) -> Iterator[Places]:
    """Give places of tasks, (k,), group after group: a group's queries and references make one matrix of similarities.

    With few images one matrix of all serves every task; with many most of its entries would be of no use, and a matrix a unit or a task
    has fewer.
    """
    if not len(tasks):
        return
    ways: list[Callable[[], Places]] = [
        lambda: np.zeros(len(tasks), dtype=np.int64),
        lambda: tasks.unit,
        lambda: np.arange(len(tasks), dtype=np.int64),
    ]
    costs = [_cost(tasks, way(), most_entries) for way in ways]
    group = ways[int(np.argmin(costs))]()
    order = np.argsort(group, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _cost(tasks: Tasks, group: Places, most_entries: int) -> float:
    """Return how many entries the matrices of these groups have, and what their number costs; infinite where one is too large."""
    n_groups = int(group.max()) + 1
    entries = _distinct(group, tasks.queries, n_groups, len(tasks.images)) * _distinct(group, tasks.references, n_groups, len(tasks.images))
    return np.inf if entries.max() > most_entries and n_groups < len(tasks) else float(entries.sum()) + CALL_COST * n_groups


def _distinct(group: Places, images: Places, n_groups: int, n_images: int) -> Places:
    """Return how many different images each group has."""
    seen = _once(group[:, np.newaxis] * n_images + images)
    return np.bincount(seen // n_images, minlength=n_groups).astype(np.int64)


def _once(numbers: Places) -> Places:
    """Return the different numbers, none negative, in order: of millions, several times as fast as np.unique, which hashes them first."""
    ordered = np.sort(numbers, axis=None)
    return ordered[np.diff(ordered, prepend=-1) > 0]
