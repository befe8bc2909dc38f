"""The wall's caches: a study's table by the catalogue's version, and its finder by that of scores and reviews."""

from __future__ import annotations

from contextlib import suppress

from core.domain import Study
from core.errors import ExemplaryError, StoreError, UsageError
from core.roles import Person
from core.services.answers.answer_sources import Source
from core.services.units.unit_finding import UnitFinder
from core.services.units.unit_opinions import review_columns, score_measures
from core.services.units.unit_table import UnitTable, unit_table
from core.store.workspace import Workspace
from dashboard import access, resources, results_resources, review_books, score_resources
from dashboard.caching import kept
from dashboard.score_resources import Judge


def table(study: Study) -> UnitTable:
    """Return all units of a study as columns."""
    return _table(resources.workspace(), resources.reader().version, study.key)


def finder(study: Study, judge: Judge | None, *, who: Person | None = None) -> UnitFinder:
    """Return what searches a study's units: with the scores of a judge, and with reviews, as far as somebody (None: whoever looks at the
    page) may see them, where they can be read."""
    reviews, blind_reader = None, None
    with suppress(StoreError, UsageError):
        blind_reader, reviews = review_books.blind_for(who or access.person()), review_books.version(study.key)
    return _finder(resources.workspace(), resources.reader().version, study.key, judge, reviews, blind_reader)


def warm() -> None:
    """Read what the wall of the newest study waits longest for: its table, and its first observer's scores. What fails, the page tells."""
    with suppress(ExemplaryError):
        for study in resources.all_studies()[:1]:
            table(study)
            for card in results_resources.observer_cards(study)[:1]:
                score_resources.unit_scores(Judge(card, results_resources.answers(study, Source("observers", card.name))))


@kept(4)
def _table(where: Workspace, version: int, key: str) -> UnitTable:
    return unit_table(resources.reader(), resources.study(key))


@kept(8)
def _finder(where: Workspace, version: int, key: str, judge: Judge | None, reviews: int | None, blind_reader: str | None) -> UnitFinder:
    found = _table(where, version, key)
    scores = None if judge is None else score_measures(found, score_resources.unit_scores(judge))
    if not reviews:
        return UnitFinder(found, scores=scores)
    return UnitFinder(found, scores=scores, reviews=review_columns(found, review_books.seen(key, blind_reader)))
