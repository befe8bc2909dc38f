"""What a team says of units: append-only events, folded into each unit's verdicts, notes, tags, bookmarks, and into a summary.

An event is never changed. One that was undone stays in the history; undoing the undo brings it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean
from typing import Any, Final, Literal, get_args

from core.domain import Unit
from core.errors import UsageError

QuestionKind = Literal["scale", "text"]
ReviewKind = Literal["verdict", "note", "tag", "untag", "bookmark", "unbookmark", "undo", "assign"]
ReviewStatus = Literal["unreviewed", "reviewed", "disputed"]
KINDS: Final[tuple[ReviewKind, ...]] = get_args(ReviewKind)
STATUSES: Final[tuple[ReviewStatus, ...]] = get_args(ReviewStatus)
DISPUTED_SHARE: Final = 0.5  # reviewers who lie apart by this share of a scale's length dispute (2 steps of 1 to 5): our choice


@dataclass(frozen=True, slots=True)
class Question:
    """What reviewers are asked of every unit. `low`, `high`: the ends of a scale, and what they mean; a text has none."""

    name: str
    words: str
    kind: QuestionKind
    low: int | None = None
    high: int | None = None
    low_means: str = ""
    high_means: str = ""


@dataclass(frozen=True, slots=True)
class ReviewScheme:
    """The questions of a workspace, in the order in which they are asked. `is_blind`: others' words are hidden until the own verdict."""

    questions: tuple[Question, ...]
    is_blind: bool = True

    @property
    def scales(self) -> tuple[Question, ...]:
        """Return the questions that are answered by a number."""
        return tuple(one for one in self.questions if one.kind == "scale")

    def still_asks(self, answered: Answered) -> bool:
        """Return whether an answer was given to a question as it is asked now."""
        return any((one.name, one.low, one.high) == (answered.question, answered.low, answered.high) for one in self.questions)


DEFAULT_SCHEME: Final = ReviewScheme(
    (
        Question("interpretable", "Is it interpretable?", "scale", 1, 5, "not at all", "one clear thing"),
        Question("faithful", "Is the synthetic image faithful?", "scale", 1, 5, "misleading", "shows what nature shows"),
        Question("responds_to", "What does it respond to?", "text"),
    )
)


@dataclass(frozen=True, slots=True)
class Answered:
    """One reviewer's answer to a question, with the ends of the scale that it was given on: the scheme may change afterwards."""

    question: str
    value: int | str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """What one reviewer did to one unit of a study.

    `author`: a pseudonym. `content`: of a verdict its answers as JSON (`verdict_content`), of a note its words, of tag and untag the tag,
    of assign the reviewer who is to look (by whom: the author); else empty. `undoes`: key of the author's event that an undo takes back.
    """

    event_key: str
    study: str
    unit: Unit
    author: str
    kind: ReviewKind
    content: str
    happened_at: datetime
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The latest verdict of one reviewer."""

    author: str
    answers: tuple[Answered, ...]
    happened_at: datetime

    def answer(self, question: str) -> int | str | None:
        """Return the answer to a question, None where there is none."""
        return next((one.value for one in self.answers if one.question == question), None)


@dataclass(frozen=True, slots=True)
class Note:
    """A reviewer's words on a unit."""

    event_key: str
    author: str
    words: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class UnitReview:
    """All that holds of a unit now. `history`: every event, the oldest first, with those that were undone (`undone`: their keys)."""

    unit: Unit
    verdicts: Mapping[str, Verdict]
    notes: tuple[Note, ...]
    tags: Mapping[str, tuple[str, ...]]  # who put each tag there
    bookmarked_by: frozenset[str]
    assigned_to: frozenset[str]
    history: tuple[ReviewEvent, ...]
    undone: frozenset[str]

    def seen_by(self, author: str | None) -> UnitReview:
        """Return what a reviewer sees in blind mode: of others' verdicts, notes and tags nothing until the own verdict is given."""
        if author in self.verdicts:
            return self
        return fold_unit(self.unit, [one for one in self.history if one.author == author or one.kind == "assign"])


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """A unit's reviews in short.

    `ratings`: mean over reviewers by question, of those on the scale of the latest; `spread`: their largest distance, a share of the scale.
    """

    unit: Unit
    n_reviewers: int
    status: ReviewStatus
    ratings: Mapping[str, float]
    tags: tuple[str, ...]
    notes: str  # all words (notes, and texts of verdicts), for search
    bookmarked_by: frozenset[str]
    reviewers: frozenset[str] = frozenset()
    assigned_to: frozenset[str] = frozenset()
    spread: float = 0.0


def verdict_content(answers: Sequence[Answered]) -> str:
    """Return answers as the content of an event."""
    rows = [{"question": one.question, "value": one.value, "low": one.low, "high": one.high} for one in answers]
    return json.dumps(rows, ensure_ascii=False)


def verdict_answers(content: str) -> tuple[Answered, ...]:
    """Return the answers of an event's content."""
    return tuple(Answered(one["question"], one["value"], one["low"], one["high"]) for one in json.loads(content))


def checked_answers(scheme: ReviewScheme, given: Mapping[str, int | str]) -> tuple[Answered, ...]:
    """Return answers to the scheme's questions; texts that are empty are left out. Raises UsageError for others and for none."""
    known = {one.name: one for one in scheme.questions}
    if strange := [name for name in given if name not in known]:
        raise UsageError(f"The scheme has no question {strange[0]!r}; it asks {', '.join(known)}.")
    answers = tuple(_checked(known[name], given[name]) for name in known if name in given and given[name] != "")
    if not answers:
        raise UsageError("A verdict answers at least one question.")
    return answers


def fold(events: Iterable[ReviewEvent]) -> dict[Unit, UnitReview]:
    """Return the review of every unit that has events; these are in the order in which they were stored."""
    of_units: dict[Unit, list[ReviewEvent]] = {}
    for event in events:
        of_units.setdefault(event.unit, []).append(event)
    return {unit: fold_unit(unit, its) for unit, its in of_units.items()}


def fold_unit(unit: Unit, events: Sequence[ReviewEvent]) -> UnitReview:
    """Return what one unit's events come to."""
    undone = undone_keys(events)
    verdicts: dict[str, Verdict] = {}
    notes: list[Note] = []
    tags: dict[str, tuple[str, ...]] = {}
    bookmarked: dict[str, None] = {}
    assigned: dict[str, None] = {}
    for one in events:
        if one.event_key in undone:
            continue
        match one.kind:
            case "verdict":
                verdicts[one.author] = Verdict(one.author, verdict_answers(one.content), one.happened_at)
            case "note":
                notes.append(Note(one.event_key, one.author, one.content, one.happened_at))
            case "tag":
                tags[one.content] = tuple(dict.fromkeys((*tags.get(one.content, ()), one.author)))
            case "untag":
                tags.pop(one.content, None)
            case "bookmark":
                bookmarked[one.author] = None
            case "unbookmark":
                bookmarked.pop(one.author, None)
            case "assign":
                assigned[one.content] = None
            case "undo":
                pass
    return UnitReview(unit, verdicts, tuple(notes), tags, frozenset(bookmarked), frozenset(assigned), tuple(events), undone)


def undone_keys(events: Sequence[ReviewEvent]) -> frozenset[str]:
    """Return the keys of the events that are taken back: by an undo of the same author that was not itself taken back."""
    authors = {one.event_key: one.author for one in events}
    undone: set[str] = set()
    for one in reversed(events):
        if one.kind == "undo" and one.undoes is not None and one.event_key not in undone and authors.get(one.undoes) == one.author:
            undone.add(one.undoes)
    return frozenset(undone)


def last_undoable(events: Sequence[ReviewEvent], author: str) -> ReviewEvent | None:
    """Return the author's latest event that is neither an undo nor taken back, None where there is none."""
    undone = undone_keys(events)
    mine = (one for one in reversed(events) if one.author == author and one.kind != "undo" and one.event_key not in undone)
    return next(mine, None)


def summarise(review: UnitReview) -> ReviewSummary:
    """Return a unit's review in short."""
    verdicts = review.verdicts.values()
    values: dict[str, list[Answered]] = {}
    for answer in (one for verdict in sorted(verdicts, key=lambda one: one.happened_at) for one in verdict.answers):
        if isinstance(answer.value, int):
            values.setdefault(answer.question, []).append(answer)
    texts = [str(one.value) for verdict in verdicts for one in verdict.answers if isinstance(one.value, str)]
    spread = max(map(_spread, values.values()), default=0.0)
    disputed = spread >= DISPUTED_SHARE
    return ReviewSummary(
        unit=review.unit,
        n_reviewers=len(review.verdicts),
        status="unreviewed" if not review.verdicts else "disputed" if disputed else "reviewed",
        ratings={name: _mean(its) for name, its in values.items()},
        tags=tuple(sorted(review.tags)),
        notes="\n".join([*(one.words for one in review.notes), *texts]),
        bookmarked_by=review.bookmarked_by,
        reviewers=frozenset(review.verdicts),
        assigned_to=review.assigned_to,
        spread=spread,
    )


def seen_summary(review: UnitReview, summary: ReviewSummary, author: str | None) -> ReviewSummary:
    """Return what a reviewer sees of a unit's summary in blind mode: until the own verdict, who judged it, but nothing that others said."""
    if author in review.verdicts:
        return summary
    hidden = replace(
        summary,
        status="reviewed" if summary.n_reviewers else "unreviewed",
        ratings={},
        tags=(),
        notes="",
        bookmarked_by=frozenset(),
        spread=0.0,
    )
    own = [one for one in review.history if one.author == author]
    if not own:
        return hidden
    given = summarise(fold_unit(review.unit, own))
    return replace(hidden, tags=given.tags, notes=given.notes, bookmarked_by=given.bookmarked_by)


def _mean(answers: Sequence[Answered]) -> float:
    """Return the mean of the answers that were given on the scale of the last one."""
    ends = answers[-1].low, answers[-1].high
    return fmean(int(one.value) for one in answers if (one.low, one.high) == ends)


def _spread(answers: Sequence[Answered]) -> float:
    """Return the largest distance between answers as a share of the scale; each is placed on the scale that it was given on."""
    places = [(int(one.value) - one.low) / (one.high - one.low) for one in answers if one.low is not None and one.high is not None]
    return max(places) - min(places) if places else 0.0


def _checked(question: Question, value: Any) -> Answered:
    if question.kind == "text":
        if not isinstance(value, str):
            raise UsageError(f"{question.name} is answered in words, not by {value!r}.")
        return Answered(question.name, value.strip())
    if question.low is None or question.high is None:
        raise UsageError(f"The scale of {question.name} has no ends.")
    if isinstance(value, bool) or not isinstance(value, int) or not question.low <= value <= question.high:
        raise UsageError(f"{question.name} is answered from {question.low} to {question.high}, not by {value!r}.")
    return Answered(question.name, value, question.low, question.high)
