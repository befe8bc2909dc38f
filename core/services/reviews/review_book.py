"""A study's reviews as they are now, kept up with the store: a new event costs the fold of its unit, not of all. No torch."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Final

from core.domain import Unit
from core.reviews import ReviewSummary, UnitReview, fold_unit, seen_summary, summarise
from core.store.review_store import ReviewChanges, ReviewStore

MOST_READERS: Final = 32  # whose view of the summaries is kept
Seen = Mapping[str, tuple[UnitReview, ReviewSummary]]  # by "layer:channel": what a summary was made from, and the summary


@dataclass(frozen=True, eq=False)
class Reviews:
    """What was said of a study's units at a version, by "layer:channel": of those that anybody did anything to."""

    version: int = 0
    of_units: Mapping[str, UnitReview] = field(default_factory=dict)
    summaries: Mapping[str, ReviewSummary] = field(default_factory=dict)

    def of(self, unit: Unit) -> UnitReview:
        """Return a unit's review; one without events where nobody did anything."""
        return self.of_units.get(str(unit)) or fold_unit(unit, ())

    @cached_property
    def tags(self) -> Mapping[str, int]:
        """Return the tags in use with how many units have them, the most frequent first."""
        counts = Counter(tag for one in self.summaries.values() for tag in one.tags)
        return {tag: counts[tag] for tag in sorted(counts, key=lambda tag: (-counts[tag], tag))}


class ReviewBook:
    """Keeps a study's reviews. What it returns is never changed afterwards; it may be asked from several threads."""

    def __init__(self, study: str) -> None:
        self._study = study
        self._reviews = Reviews()
        self._seen: OrderedDict[str | None, Seen] = OrderedDict()
        self._guard = threading.Lock()

    def now(self, store: ReviewStore) -> Reviews:
        """Return the reviews as the store has them. Raises StoreError."""
        with self._guard:
            return self._now(store)

    def seen_by(self, store: ReviewStore, author: str | None) -> Mapping[str, ReviewSummary]:
        """Return the summaries that a reviewer sees in blind mode, by "layer:channel". Raises StoreError."""
        with self._guard:
            reviews, kept = self._now(store), self._seen.get(author, {})
            seen = {
                name: found if (found := kept.get(name)) is not None and found[0] is review
                else (review, seen_summary(review, reviews.summaries[name], author))
                for name, review in reviews.of_units.items()
            }  # fmt: skip
            self._seen[author] = seen
            self._seen.move_to_end(author)
            if len(self._seen) > MOST_READERS:
                self._seen.popitem(last=False)
        return {name: summary for name, (_, summary) in seen.items()}

    def _now(self, store: ReviewStore) -> Reviews:
        if store.review_version(self._study) != self._reviews.version:
            self._reviews = _followed(self._reviews, store.review_changes(self._study, self._reviews.version))
        return self._reviews


def reviews_of(store: ReviewStore, study: str) -> Reviews:
    """Return a study's reviews as they are now, for who asks once."""
    return ReviewBook(study).now(store)


def _followed(reviews: Reviews, changes: ReviewChanges) -> Reviews:
    """Return the reviews with what changed: units without new events keep theirs."""
    known = {} if changes.is_whole else dict(reviews.of_units)
    summaries = {} if changes.is_whole else dict(reviews.summaries)
    by_unit = sorted(changes.events, key=lambda one: str(one.unit))  # stable: a unit's events stay in their order
    for name, its in groupby(by_unit, key=lambda one: str(one.unit)):
        before = known[name].history if name in known else ()
        events = (*before, *its)
        known[name] = fold_unit(events[0].unit, events)
        summaries[name] = summarise(known[name])
    return Reviews(changes.version, known, summaries)
