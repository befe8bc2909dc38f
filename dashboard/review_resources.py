"""What pages ask of reviews, and what reviewers do on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from core.domain import Study, Unit
from core.reviews import ReviewScheme, ReviewSummary, UnitReview
from core.services.reviews import review_agreement, review_export, review_queue, review_sheet
from core.services.reviews.review_agreement import Agreement, Correlation
from core.services.reviews.review_export import ReviewFormat
from core.services.reviews.review_queue import QueueOrder
from core.services.reviews.review_sheet import SheetFormat
from core.services.reviews.reviewing import Reviewer
from core.services.units.unit_names import parse_unit
from core.services.units.unit_scores import UnitScores
from core.store.workspace import Workspace
from dashboard import resources, review_books, review_text, score_resources, state, wall_resources
from dashboard.caching import kept
from dashboard.components.review_panel import Action

MOST_KEPT = 4
MOST_HANDLED = 200  # actions that a browser session remembers; one is sent again for seconds at most


def version(study: Study) -> int:
    """Return what changes with every event. Raises StoreBusy."""
    return review_books.version(study.key)


def summaries(study: Study) -> Mapping[str, ReviewSummary]:
    """Return every reviewed unit's summary as it is now, by "layer:channel"."""
    return review_books.reviews(study.key).summaries


def unit_review(study: Study, unit: Unit) -> UnitReview:
    """Return a unit's review as it is now; one without events where nobody did anything."""
    return review_books.reviews(study.key).of(unit)


def known_tags(study: Study, unit: Unit) -> tuple[str, ...]:
    """Return the tags in use on other units, the most frequent first: one that only this unit has would tell what others said of it."""
    found = review_books.reviews(study.key)
    own = found.of(unit).tags
    return tuple(tag for tag, n_units in found.tags.items() if n_units > (tag in own))


def apply(study: Study, unit: Unit, author: str, action: Action) -> None:
    """Store what a reviewer did to a unit; sent again, by whatever session, it changes nothing. Raises UsageError, StoreBusy."""
    reviewer = Reviewer(resources.responses(), study, unit, author, sent=action.id)
    match action.kind:
        case "verdict":
            reviewer.give_verdict(review_books.scheme(), action.answers or {})
        case "note":
            reviewer.note(action.content)
        case "tag":
            reviewer.tag(action.content)
        case "untag":
            reviewer.untag(action.content)
        case "bookmark" | "unbookmark":
            reviewer.bookmark(is_on=action.kind == "bookmark")
        case "undo":
            reviewer.undo()
        case "name" | "go":
            pass


def queue(study: Study, order: QueueOrder, reviewer: str) -> tuple[Unit, ...]:
    """Return the units of a queue, those with synthetic images where there are any. Raises StoreBusy."""
    scores = _least_sure(study) if order == "uncertain" else None
    layers = study.network.all_layers
    return review_queue.queue(_units(study), order, layers=layers, summaries=summaries(study), scores=scores, reviewer=reviewer)


def open_units(study: Study, order: QueueOrder, reviewer: str) -> tuple[Unit, ...]:
    """Return the units of a queue that a reviewer has not judged and is not asked to yet."""
    known = summaries(study)
    found = queue(study, order, reviewer)
    return tuple(one for one in found if str(one) not in known or reviewer not in known[str(one)].reviewers | known[str(one)].assigned_to)


def workload(study: Study) -> dict[str, tuple[int, int, int]]:
    """Return of every reviewer how many units they judged, were assigned, and have still to do; by name."""
    counts: dict[str, tuple[int, int, int]] = {}
    for one in summaries(study).values():
        for name in one.reviewers | one.assigned_to:
            judged, assigned, still = counts.get(name, (0, 0, 0))
            is_judged, is_assigned = name in one.reviewers, name in one.assigned_to
            counts[name] = (judged + is_judged, assigned + is_assigned, still + (is_assigned and not is_judged))
    return dict(sorted(counts.items()))


def authors(study: Study) -> tuple[str, ...]:
    """Return everybody who did anything in the study, by name."""
    return tuple(sorted({one.author for review in review_books.reviews(study.key).of_units.values() for one in review.history}))


def agreement(study: Study) -> tuple[Agreement, ...]:
    """Return how far reviewers agree, on each scale."""
    return _agreement(resources.workspace(), study.key, version(study), review_books.scheme())


def correlations(study: Study) -> tuple[tuple[str, tuple[Correlation, ...]], ...]:
    """Return how ratings go with the correct answers of each judge, by who that is."""
    known, found = review_books.reviews(study.key).of_units, []
    for judge in score_resources.judges(study):
        name = review_text.PEOPLE if judge.card is None else judge.card.name
        found.append((name, review_agreement.correlations(known, review_books.scheme(), score_resources.unit_scores(judge))))
    return tuple(found)


def _least_sure(study: Study) -> UnitScores | None:
    """Return people's scores where they have answered, else the first observer's."""
    found = score_resources.judges(study)
    people = [one for one in found if one.card is None]
    return score_resources.unit_scores((people or list(found))[0]) if found else None


def _units(study: Study) -> tuple[Unit, ...]:
    """Return the units with images that were made, where there are synthetic ones, else all, in the network's order."""
    table = wall_resources.table(study)
    rows = np.flatnonzero(table.is_made) if table.is_rendered.any() else np.arange(len(table))
    return tuple(table.unit(row) for row in rows.tolist())


def exported(study: Study, kind: ReviewFormat) -> bytes:
    """Return all that holds now as one table."""
    return review_export.review_table(study, review_books.reviews(study.key).of_units.values(), kind)


def sheet_choices(study: Study) -> tuple[list[str], list[str]]:
    """Return the units that anybody bookmarked, and all that can be on a sheet: bookmarked and reviewed ones first."""
    known = summaries(study)
    marked = [name for name, one in known.items() if one.bookmarked_by]
    return marked, list(dict.fromkeys([*marked, *known, *map(str, _units(study))]))


def sheet(study: Study, units: Sequence[str], kind: SheetFormat, *, reader: str | None) -> bytes:
    """Return the contact sheet of units, with what a `blind_reader` may see of their reviews. Raises StaleWork where an image is gone."""
    chosen = [parse_unit(study.network, one) for one in units]
    seen = review_books.seen(study.key, reader)
    return review_sheet.review_sheet(resources.workspace(), resources.reader(), study, chosen, seen, kind=kind)


def handled() -> list[str]:
    """Return the ids of the actions that this browser session's reviewer has sent, the latest last."""
    found: list[str] = st.session_state.setdefault(state.REVIEW_HANDLED, [])
    return found


def note_handled(action: Action) -> None:
    """Note that an action was taken, whatever came of it."""
    handled().append(action.id)
    del handled()[:-MOST_HANDLED]


@kept(MOST_KEPT)
def _agreement(where: Workspace, key: str, number: int, scheme: ReviewScheme) -> tuple[Agreement, ...]:
    return review_agreement.agreement(review_books.reviews(key).of_units.values(), scheme)
