"""The wall's filters that have a count beside each choice: groups of choices, and ranges of measures over their histograms."""

from __future__ import annotations

from dataclasses import dataclass

from core.services.units.unit_finding import Filters, Found, Range, UnitFinder
from core.services.units.unit_measures import Measured
from dashboard import browse_text, state


@dataclass(frozen=True, slots=True)
class FilterOption:
    """A choice of a filter and how many units it would leave."""

    value: str
    label: str
    n: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A filter of several choices; `name`: what the address calls it."""

    name: str
    title: str
    options: tuple[FilterOption, ...]


@dataclass(frozen=True, slots=True)
class FilterRange:
    """A measure that is narrowed, its histogram from `low` to `high` over units that fit all other filters, the ends that are chosen."""

    measure: str
    words: str
    low: float
    high: float
    counts: tuple[int, ...]
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Facets:
    """All filters with counts; `measures`: name and words of those that a range can be added of."""

    groups: tuple[FilterGroup, ...]
    ranges: tuple[FilterRange, ...]
    measures: tuple[tuple[str, str], ...]


def facets(finder: UnitFinder, filters: Filters, found: Found) -> Facets:
    """Return the filters with counts as units were found."""
    chosen = {state.LIFE: filters.lives, state.STATUS: filters.statuses, state.TAG: filters.tags}
    titles = {state.LIFE: browse_text.LIFE, state.STATUS: browse_text.STATUS, state.TAG: browse_text.TAGS}
    counts = {state.LIFE: found.lives, state.STATUS: found.statuses, state.TAG: found.tags}
    groups = (
        FilterGroup(name, titles[name], tuple(FilterOption(value, value, n, value in chosen[name]) for value, n in counts[name].items()))
        for name in titles
        if counts[name]
    )
    ranges = (_range(one, finder.measures[one.measure], found) for one in filters.ranges if one.measure in finder.measures)
    return Facets(tuple(groups), tuple(ranges), tuple((name, one.measure.words) for name, one in finder.measures.items()))


def _range(asked: Range, measured: Measured, found: Found) -> FilterRange:
    bins = found.bins[asked.measure]
    return FilterRange(asked.measure, measured.measure.words, bins.low, bins.high, bins.counts, asked.low, asked.high)
