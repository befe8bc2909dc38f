"""Units that fit filters, in an order, and how many each further choice would leave: numpy on a table that is already there. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from core.services.units.unit_measures import Floats, Measured
from core.services.units.unit_opinions import ReviewColumns
from core.services.units.unit_table import Bools, UnitTable

N_BINS: Final = 24  # of a measure's histogram beside its range
CLASS_IMAGES: Final = 3  # of the nine most activating: so many of the class that is searched, or all that there are
FEWEST_CLASS_IMAGES: Final = 2
STATUSES: Final = ("unreviewed", "reviewed", "disputed")
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Range:
    """A measure's values that fit: from `low` to `high`, either end open where None. A unit without a value does not fit."""

    measure: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What units are narrowed to; empty: not narrowed. Within one filter any choice fits, all filters must."""

    layer: str | None = None
    branch: str | None = None
    search: str = ""
    made_only: bool = False
    lives: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """How units are sorted: by a measure (None: the network's order), within each layer and branch or over all of them."""

    measure: str | None = None
    lowest_first: bool = False
    grouped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """A measure's histogram over the units that fit all other filters: evenly spaced from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Rows that fit, in order. The numbers say how many units each choice would leave under the other filters as they are.

    `by_place`: by (layer, branch) of the table, whatever the layer and branch that are chosen; `n_made`: with images made.
    """

    rows: Rows
    by_place: Mapping[tuple[int, int], int]
    lives: Mapping[str, int]
    statuses: Mapping[str, int]
    tags: Mapping[str, int]
    n_made: int
    bins: Mapping[str, Bins]


class UnitFinder:
    """A table and what is thought of its units, ready to be searched."""

    def __init__(self, table: UnitTable, *, scores: Mapping[str, Measured] | None = None, reviews: ReviewColumns | None = None) -> None:
        self.table = table
        self.reviews = reviews
        self.measures: Mapping[str, Measured] = {**table.measures, **(scores or {}), **({} if reviews is None else reviews.measures)}

    def find(self, filters: Filters, order: Order) -> Found:
        """Return the units that fit, in order, and what each choice would leave."""
        masks = self._masks(filters)
        unplaced = self._left(masks, "layer", "branch")
        unlived, unreviewed = self._left(masks, "lives"), self._left(masks, "statuses")
        return Found(
            rows=self._sorted(np.flatnonzero(self._left(masks)), order),
            by_place=self._by_place(unplaced),
            lives={life: int((unlived & mask).sum()) for life, mask in self._life.items()},
            statuses={status: int((unreviewed & mask).sum()) for status, mask in self._status.items()},
            tags={tag: int((self._left(masks, "tags") & mask).sum()) for tag, mask in self._tag.items()},
            n_made=int((self._left(masks, "made") & self.table.is_made).sum()),
            bins={
                one.measure: self._bins(self.measures[one.measure], self._left(masks, f"range/{one.measure}"))
                for one in filters.ranges
                if one.measure in self.measures
            },
        )

    def _masks(self, filters: Filters) -> dict[str, Bools]:
        """Return which units fit each filter that narrows."""
        table, masks = self.table, dict[str, Bools]()
        if filters.layer is not None:
            masks["layer"] = table.layer == _place(filters.layer, [layer.name for layer in table.layers])
        if filters.branch is not None:
            masks["branch"] = table.branch == _place(filters.branch, table.branches)
        if filters.search.strip():
            masks["search"] = self._search(filters.search.strip().lower())
        if filters.made_only:
            masks["made"] = table.is_made
        for name, chosen, known in (
            ("lives", filters.lives, self._life),
            ("statuses", filters.statuses, self._status),
            ("tags", filters.tags, self._tag),
        ):
            if chosen:
                masks[name] = _any([known[one] for one in chosen if one in known], len(table))
        for one in filters.ranges:
            if one.measure in self.measures:
                masks[f"range/{one.measure}"] = _within(self.measures[one.measure].values, one)
        return masks

    def _left(self, masks: Mapping[str, Bools], *without: str) -> Bools:
        left = np.ones(len(self.table), dtype=bool)
        for name, mask in masks.items():
            if name not in without:
                left &= mask
        return left

    def _search(self, words: str) -> Bools:
        """Return the units in whose name, top classes, tags or notes the words are."""
        found = np.strings.find(self._names, words) >= 0
        found |= self._of_class(words)
        if self.reviews is not None:
            found |= np.array([words in said for said in self.reviews.words], dtype=bool)
        return found

    def _of_class(self, words: str) -> Bools:
        """Return the units with three of the nine most activating images of a class whose name has the words: of a class with fewer
        images all of them, but two at least."""
        labels = self.table.labels
        fits = np.array([words in name.lower() for name in labels.names], dtype=bool)
        if not fits.any():
            return np.zeros(len(self.table), dtype=bool)
        wanted = int(np.clip(labels.n_images[fits].sum(), FEWEST_CLASS_IMAGES, CLASS_IMAGES))
        return np.asarray((np.append(fits, False)[labels.codes]).sum(axis=1) >= wanted)  # code -1 is the last: no label

    def _sorted(self, rows: Rows, order: Order) -> Rows:
        measured = self.measures.get(order.measure or "")
        if measured is None:
            return rows
        values = measured.values[rows]
        rows = rows[np.argsort(values if order.lowest_first else -values, kind="stable")]  # NaN last either way
        if not order.grouped:
            return rows
        group = self.table.layer[rows].astype(np.int64) * len(self.table.branches) + self.table.branch[rows]
        return rows[np.argsort(group, kind="stable")]

    def _by_place(self, left: Bools) -> dict[tuple[int, int], int]:
        n_branches = len(self.table.branches)
        counts = np.bincount(self._places[left], minlength=len(self.table.layers) * n_branches)
        return {(at // n_branches, at % n_branches): int(counts[at]) for at in np.unique(self._places).tolist()}

    def colours(self, measure: str) -> dict[tuple[int, int], float]:
        """Return the mean of a measure over the units of each (layer, branch); those without a value have none."""
        n_branches, values = len(self.table.branches), self.measures[measure].values
        known = np.isfinite(values)
        total = np.bincount(self._places[known], values[known])
        n = np.bincount(self._places[known])
        return {(at // n_branches, at % n_branches): float(total[at] / n[at]) for at in np.flatnonzero(n).tolist()}

    @staticmethod
    def _bins(measured: Measured, left: Bools) -> Bins:
        low, high = measured.range or (0.0, 0.0)
        values = measured.values[left & np.isfinite(measured.values)]
        counts, _ = np.histogram(values, bins=N_BINS, range=(low, high) if high > low else (low, low + 1))
        return Bins(low, high, tuple(counts.tolist()))

    @cached_property
    def _places(self) -> npt.NDArray[np.int64]:
        return self.table.layer.astype(np.int64) * len(self.table.branches) + self.table.branch

    @cached_property
    def _names(self) -> npt.NDArray[np.str_]:
        return np.char.lower(self.table.names)

    @cached_property
    def _life(self) -> dict[str, Bools]:
        table = self.table
        return {"live": ~table.is_dead & ~table.is_constant, "constant": table.is_constant & ~table.is_dead, "dead": table.is_dead}

    @cached_property
    def _status(self) -> dict[str, Bools]:
        if self.reviews is None:
            return {}
        found = np.array(self.reviews.status, dtype=np.str_)
        return {status: found == status for status in STATUSES}

    @cached_property
    def _tag(self) -> dict[str, Bools]:
        if self.reviews is None:
            return {}
        return {tag: np.array([tag in tags for tags in self.reviews.tags], dtype=bool) for tag in self.reviews.known_tags()}


def _place(name: str, names: Sequence[str]) -> int:
    """Return where a name stands, -1 where it does not: nothing fits."""
    return list(names).index(name) if name in names else -1


def _any(masks: Sequence[Bools], n: int) -> Bools:
    return np.logical_or.reduce(masks) if masks else np.zeros(n, dtype=bool)


def _within(values: Floats, asked: Range) -> Bools:
    low = -np.inf if asked.low is None else asked.low
    high = np.inf if asked.high is None else asked.high
    return np.asarray(np.isfinite(values) & (values >= low) & (values <= high))
