"""The frozen records of an experiment: stimulus sets, trials and ratings as planned, what people answered, and scored answers.

Words and their meaning: README, glossary. Reaction times are milliseconds (_ms); times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from core.design_spec import Condition, DesignSpec, Moment, Scheme
from core.domain import Unit

TrialKind = Literal["practice", "main", "catch", "repeated"]
Side = Literal["top", "bottom"]
Confidence = Literal[1, 2, 3]
Expertise = Literal["expert", "lay"]
Language = Literal["en", "de"]
RespondentKind = Literal["people", "observers"]
Handedness = Literal["left", "right", "both"]
VisualAid = Literal["none", "glasses", "contact lenses"]

EXPERTISE: Final[tuple[Expertise, ...]] = get_args(Expertise)
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


@dataclass(frozen=True, slots=True)
class StimulusSet:
    """One disjoint set of a unit: image ids from the most extreme bin (the query) to the least (METHOD section 2)."""

    set_number: int
    max_query: int
    min_query: int
    max_references: tuple[int, ...]
    min_references: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """One planned presentation. Images are addresses; `correct` is the side of the query that activates the unit strongly.

    A session's trials are ordered by block, then index: those that its answers call for later (practice again, repeated trials) have
    higher indices, and the block where they belong. `unit_list`: the list of the design that the unit is from. `repeats`: index of the
    main trial that a repeated one shows again.
    """

    index: int  # 0-based within the session
    block: int
    kind: TrialKind
    condition: Condition
    scheme: Scheme
    unit: Unit
    set_number: int
    min_references: tuple[str, ...]
    max_references: tuple[str, ...]
    query_top: str
    query_bottom: str
    correct: Side
    unit_list: str = ""
    repeats: int | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the addresses of all its images."""
        return (*self.min_references, *self.max_references, self.query_top, self.query_bottom)


@dataclass(frozen=True, slots=True)
class RatingTask:
    """One planned intuitiveness rating: a unit's synthetic images beside natural ones, both strongly activating (METHOD section 7)."""

    moment: Moment
    place: int  # 0-based within the moment
    unit: Unit
    synthetic: tuple[str, ...]
    natural: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """A stored answer. `response_key` is made in the browser and makes storing it twice the same as storing it once."""

    response_key: str
    trial_index: int
    choice: Side
    confidence: Confidence
    reaction_time_ms: float
    is_correct: bool
    shown_ms: float | None  # from when the trial was due to the painted trial
    input_device: str
    was_hidden: bool  # the tab was hidden during the trial
    screen: str
    answered_at: datetime
    n_dropped_frames: int | None = None  # frames that came later than twice their time between onset and answer; None: not recorded


@dataclass(frozen=True, slots=True)
class Rating:
    """A stored intuitiveness rating, from -100 (not intuitive) to 100 (intuitive); 0 is valid."""

    rating_key: str
    moment: Moment
    place: int
    rating: int
    reaction_time_ms: float
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something else that happened in a session ("instructed": the instructions were read); storing it twice is storing it once."""

    event_key: str
    kind: str
    duration_ms: float | None  # how long it took
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Demographics:
    """What a participant chose to say; None where it was skipped."""

    age: int | None = None
    gender: str | None = None
    handedness: Handedness | None = None
    visual_aid: VisualAid | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting of one participant: design, participant and the trials planned before the first was shown.

    `participant_number`: from 1, within the design (or within the design and expertise group, where the spec says so).
    `consent`: digest of the consent text that was agreed to; None where none was asked for.
    """

    session_id: str
    participant: str
    participant_number: int
    design: DesignSpec
    started_at: datetime
    expertise: Expertise | None = None
    language: Language = "en"
    demographics: Demographics = Demographics()
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One scored answer of a person or an observer: the row that inference works on. An observer's tie has proportion_correct 0.5.

    `branch`: of the unit's layer ("1x1", "3x3", "5x5", "pool" in the paper's network). `unit_list`: where the unit comes from
    ("hand-picked", "random" ...). `position`: place of the trial in its session, from 0, as `repeats` gives that of the first showing.
    """

    respondent: str
    kind: TrialKind
    condition: Condition
    scheme: Scheme
    unit: Unit
    block: int
    proportion_correct: float
    confidence: int | None
    reaction_time_ms: float | None
    answered_at: datetime | None = None
    session: str = ""
    expertise: Expertise | None = None
    branch: str | None = None
    unit_list: str | None = None
    position: int | None = None
    repeats: int | None = None
    set_number: int | None = None
    choice: Side | None = None
