"""The columns in which answers, ratings and sessions are stored and exported: one row an answer, every column described once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from core.answer_set import Collected, Presentation, SessionFacts, UnitRating
from core.design_spec import SCHEMES
from core.domain import Unit
from core.experiment import EXPERTISE, LANGUAGES, Answer, Handedness, VisualAid

ColumnKind = Literal["text", "texts", "integer", "number", "boolean", "time"]
TableName = Literal["answers", "ratings", "sessions", "presentations"]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds. `levels`: all values that it can have, where they are few; `low` and `high`: the range of its numbers.

    An optional column may be empty: the value was not recorded, or does not apply.
    """

    name: str
    kind: ColumnKind
    about: str
    unit: str | None = None
    levels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    is_optional: bool = False


RESPONDENT = Column("respondent", "text", "who answered: a participant's pseudonym, or the name of a simulated participant")
SESSION = Column("session", "text", "the sitting; a respondent may have several")
EXPERTISE_GROUP = Column(
    "expertise", "text", "experience with convolutional networks, as the respondent said", levels=EXPERTISE, is_optional=True
)
LAYER = Column("layer", "text", "layer of the unit, by the network's own name")
CHANNEL = Column("channel", "integer", "channel of the unit, 0-based in the layer's output; a code in the published data (docs/answers.md)")
REACTION_TIME = Column(
    "reaction_time_ms", "number", "from the first painted frame with all images to the answer", unit="ms", is_optional=True
)

ANSWERS: tuple[Column, ...] = (
    RESPONDENT,
    Column("kind", "text", "kind of trial; only main trials count", levels=("practice", "main", "catch", "repeated")),
    Column("condition", "text", "what the references are: natural, synthetic, none, or the name of an imported method"),
    Column("scheme", "text", "presentation scheme: max references only or both extremes, one or nine of each", levels=SCHEMES),
    LAYER,
    CHANNEL,
    Column("block", "integer", "number of the block in the session, from 0", low=0),
    Column("proportion_correct", "number", "1: the query that activates the unit strongly was chosen, 0: the other one", low=0, high=1),
    Column("confidence", "integer", "confidence, 1 (low) to 3 (high)", low=1, high=3, is_optional=True),
    REACTION_TIME,
    Column("answered_at", "time", "when the answer was given", unit="UTC", is_optional=True),
    SESSION,
    EXPERTISE_GROUP,
    Column("branch", "text", "branch of the unit's layer (1x1, 3x3, 5x5, pool in the paper's network)", is_optional=True),
    Column("unit_list", "text", "list of the design that the unit is from (hand-picked, random, a block's letter)", is_optional=True),
    Column("position", "integer", "place of the trial in its session, from 0", low=0, is_optional=True),
    Column("repeats", "integer", "of a repeated trial: position of the main trial that it shows again", low=0, is_optional=True),
    Column("set_number", "integer", "stimulus set of the unit that the images are from", low=0, is_optional=True),
    Column("choice", "text", "which of the two queries was chosen", levels=("top", "bottom"), is_optional=True),
)

RATINGS: tuple[Column, ...] = (
    RESPONDENT,
    Column("moment", "text", "when the rating was asked for: before or after the trials", levels=("begin", "end")),
    LAYER,
    CHANNEL,
    Column("rating", "integer", "how intuitive the synthetic images are: -100 (not at all) to 100 (very)", low=-100, high=100),
    REACTION_TIME,
    SESSION,
    EXPERTISE_GROUP,
    Column("place", "integer", "place of the rating within its moment, from 0", low=0, is_optional=True),
)

SESSIONS: tuple[Column, ...] = (
    SESSION,
    RESPONDENT,
    EXPERTISE_GROUP,
    Column("started_at", "time", "when the session began", unit="UTC", is_optional=True),
    Column("instruction_s", "number", "how long the instructions were looked at", unit="s", low=0, is_optional=True),
    Column("total_s", "number", "from the session's start to its last answer", unit="s", low=0, is_optional=True),
    Column("n_practice_rounds", "integer", "the most rounds that any practice block took", low=0, is_optional=True),
    Column("design", "text", "name of the design that the session follows", is_optional=True),
    Column("participant_number", "integer", "number of the participant within the design (and group), from 1", low=1, is_optional=True),
    Column("language", "text", "language of the instructions", levels=LANGUAGES, is_optional=True),
    Column("age", "integer", "age, where it was told", unit="years", low=1, high=120, is_optional=True),
    Column("gender", "text", "gender in the participant's own words, where it was told", is_optional=True),
    Column("handedness", "text", "preferred hand, where it was told", levels=get_args(Handedness), is_optional=True),
    Column("visual_aid", "text", "visual aid, where it was told", levels=get_args(VisualAid), is_optional=True),
    Column("n_main", "integer", "main trials that were planned for the session, answered or not", low=0, is_optional=True),
)

PRESENTATIONS: tuple[Column, ...] = (
    SESSION,
    Column("position", "integer", "place of the trial in its session, from 0", low=0),
    Column("query_top", "text", "image address of the upper query"),
    Column("query_bottom", "text", "image address of the lower query"),
    Column("max_references", "texts", "image addresses of the maximally activating references; none in the none condition"),
    Column("min_references", "texts", "image addresses of the minimally activating references; none in max-only schemes"),
    Column("shown_ms", "number", "from when the trial was due to its first painted frame", unit="ms", is_optional=True),
    Column("n_dropped_frames", "integer", "frames later than twice their time between onset and answer", low=0, is_optional=True),
    Column("was_hidden", "boolean", "whether the page was hidden during the trial"),
    Column("input_device", "text", "what the answer was given with (keyboard, mouse, touch)"),
    Column("screen", "text", "size of the screen in CSS pixels @ device pixel ratio"),
)

REVIEWS: tuple[Column, ...] = (  # a table of its own beside the answers, written only
    Column("study", "text", "the study whose unit was reviewed: network/image set"),
    LAYER,
    CHANNEL,
    Column("branch", "text", "branch of the unit's layer", is_optional=True),
    Column("reviewer", "text", "who reviewed: a pseudonym"),
    Column("kind", "text", "what the row is; ratings and texts are of a verdict", levels=("rating", "text", "note", "tag", "bookmark")),
    Column("question", "text", "the question that a rating or text answers, by its name in the review scheme", is_optional=True),
    Column("rating", "integer", "the answer to a question with a scale", is_optional=True),
    Column("low", "integer", "the low end of the scale", is_optional=True),
    Column("high", "integer", "the high end of the scale", is_optional=True),
    Column("words", "text", "a text, a note or a tag", is_optional=True),
    Column("given_at", "time", "when it was given", unit="UTC", is_optional=True),
)

TABLES: Mapping[TableName, tuple[Column, ...]] = {
    "answers": ANSWERS,
    "ratings": RATINGS,
    "sessions": SESSIONS,
    "presentations": PRESENTATIONS,
}


def rows_of(collected: Collected, table: TableName) -> list[Row]:
    """Return the rows of a table, values in the order of its columns."""
    if table == "answers":
        return [_answer_row(one) for one in collected.answers]
    if table == "ratings":
        return [_rating_row(one) for one in collected.ratings]
    return [_plain_row(one) for one in (collected.sessions if table == "sessions" else collected.presentations)]


def collected_of(rows: Mapping[TableName, Iterable[Sequence[Any]]]) -> Collected:
    """Return the records that `rows_of` wrote; designs are in no table."""
    return Collected(
        answers=tuple(_answer(*row) for row in rows["answers"]),
        ratings=tuple(_rating(*row) for row in rows["ratings"]),
        sessions=tuple(SessionFacts(*row) for row in rows["sessions"]),
        presentations=tuple(_presentation(*row) for row in rows["presentations"]),
    )


def _answer_row(one: Answer) -> Row:
    return (
        one.respondent, one.kind, one.condition, one.scheme, one.unit.layer, one.unit.channel, one.block, one.proportion_correct,
        one.confidence, one.reaction_time_ms, one.answered_at, one.session, one.expertise, one.branch, one.unit_list, one.position,
        one.repeats, one.set_number, one.choice,
    )  # fmt: skip


def _answer(respondent: str, kind: Any, condition: str, scheme: Any, layer: str, channel: int, *rest: Any) -> Answer:
    return Answer(respondent, kind, condition, scheme, Unit(layer, channel), *rest)


def _rating_row(one: UnitRating) -> Row:
    unit = one.unit
    return (
        one.respondent, one.moment, unit.layer, unit.channel, one.rating, one.reaction_time_ms, one.session, one.expertise, one.place,
    )  # fmt: skip


def _rating(respondent: str, moment: Any, layer: str, channel: int, *rest: Any) -> UnitRating:
    return UnitRating(respondent, moment, Unit(layer, channel), *rest)


def _plain_row(one: SessionFacts | Presentation) -> Row:
    return tuple(getattr(one, field.name) for field in fields(one))


def _presentation(session: str, position: int, top: str, bottom: str, *rest: Any) -> Presentation:
    most, least, *others = rest
    return Presentation(session, position, top, bottom, tuple(most), tuple(least), *others)
