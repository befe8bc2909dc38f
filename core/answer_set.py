"""Answers that are kept together: people's of a study, or a published answer set (imported from another study, or simulated)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.design_spec import Moment
from core.domain import Unit
from core.experiment import Answer, Expertise, Handedness, Language, VisualAid

AnswerSetKind = Literal["imported", "simulated"]


@dataclass(frozen=True, slots=True)
class UnitRating:
    """One intuitiveness rating, from -100 to 100; `place`: 0-based within the moment, where it is known."""

    respondent: str
    moment: Moment
    unit: Unit
    rating: int
    reaction_time_ms: float | None
    session: str = ""
    expertise: Expertise | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is known of a session beside its answers; None: not recorded, or not told. `instruction_s`: how long the instructions were
    looked at, `total_s`: from the start to the last answer, `n_practice_rounds`: the most rounds that any practice block took, `design`:
    the design's name, `n_main`: how many main trials were planned."""

    session: str
    respondent: str
    expertise: Expertise | None = None
    started_at: datetime | None = None
    instruction_s: float | None = None
    total_s: float | None = None
    n_practice_rounds: int | None = None
    design: str | None = None
    participant_number: int | None = None
    language: Language | None = None
    age: int | None = None
    gender: str | None = None
    handedness: Handedness | None = None
    visual_aid: VisualAid | None = None
    n_main: int | None = None


@dataclass(frozen=True, slots=True)
class Presentation:
    """What was on the screen in the trial at a position of a session (images as addresses), and how well it was shown."""

    session: str
    position: int
    query_top: str
    query_bottom: str
    max_references: tuple[str, ...]
    min_references: tuple[str, ...]
    shown_ms: float | None
    n_dropped_frames: int | None
    was_hidden: bool
    input_device: str
    screen: str


@dataclass(frozen=True, slots=True)
class Collected:
    """Answers with the ratings and the facts of the sessions that they were given in. Details, where they were asked for and are known:
    what was shown in each trial, and the design specs as canonical JSON."""

    answers: tuple[Answer, ...]
    ratings: tuple[UnitRating, ...] = ()
    sessions: tuple[SessionFacts, ...] = ()
    presentations: tuple[Presentation, ...] = ()
    designs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that answers were imported from: its name and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class AnswerSetCard:
    """What an answer set is. `study`: a study's key, or the name of the published study that its files are of. `design` and `simulated`
    (who answered, with which seed) are canonical JSON; None where there is none. `columns_left_out`: of the files, not understood."""

    name: str
    kind: AnswerSetKind
    study: str
    made_at: datetime
    sources: tuple[SourceFile, ...] = ()
    columns_left_out: tuple[str, ...] = ()
    design: str | None = None
    simulated: str | None = None
