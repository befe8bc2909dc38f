"""The state of a session, from what was planned and what is stored: nothing is kept elsewhere, so a reload resumes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from core.design_spec import CONDITIONS, Condition, Feedback, Moment, Scheme
from core.errors import UsageError
from core.experiment import Answer, Rating, RatingTask, Response, Session, Side, Trial, TrialKind
from core.psychophysics.follow_up import in_order

Step = Literal["instructions", "ratings", "trials", "finished"]
BlockKind = Literal["practice", "main", "repeated"]  # a main block holds catch trials too

MOMENTS: tuple[Moment, Moment] = ("begin", "end")  # before the first trial and after the last


@dataclass(frozen=True, slots=True)
class BlockProgress:
    """One block: how many of its trials are answered, and how many of these correctly.

    A practice block that is shown again until all are right has several rounds: the counts are of its last one, `round` counts from 1.
    """

    block: int
    kind: BlockKind
    condition: Condition
    scheme: Scheme
    n_trials: int
    n_answered: int
    n_correct: int
    round: int = 1

    @property
    def is_practice(self) -> bool:
        return self.kind == "practice"

    @property
    def is_finished(self) -> bool:
        return self.n_answered == self.n_trials


@dataclass(frozen=True, slots=True)
class SessionState:
    """Where a session stands. A trial is answered by its first response, whatever comes later; a rating task likewise.

    `trials` may come in any order; they are shown by block, then index. `is_instructed`: the instructions were read.
    """

    trials: tuple[Trial, ...]
    responses: tuple[Response, ...]
    rating_tasks: tuple[RatingTask, ...] = ()
    ratings: tuple[Rating, ...] = ()
    is_instructed: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "trials", in_order(self.trials))

    @property
    def step(self) -> Step:
        """Return what comes now: instructions, the ratings of the beginning, all trials, the ratings of the end.

        Whoever has answered anything has read the instructions, whether or not it was noted.
        """
        if not (self.is_instructed or self.responses or self.ratings):
            return "instructions"
        if self.moment is not None:
            return "ratings"
        return "trials" if self.n_left else "finished"

    @property
    def moment(self) -> Moment | None:
        """Return the moment of the ratings that come now; None where none do (those of the end wait for the last trial)."""
        begin, end = MOMENTS
        if self.open_ratings(begin):
            return begin
        return end if self.n_left == 0 and self.open_ratings(end) else None

    def open_ratings(self, moment: Moment) -> tuple[RatingTask, ...]:
        """Return the rating tasks of a moment that have no rating yet, by place."""
        rated = {(rating.moment, rating.place) for rating in self.ratings}
        tasks = (task for task in self.rating_tasks if task.moment == moment and (task.moment, task.place) not in rated)
        return tuple(sorted(tasks, key=lambda task: task.place))

    @property
    def next_index(self) -> int | None:
        """Return the index of the first trial without a response; None when all are answered."""
        trial = self.next_trial
        return None if trial is None else trial.index

    @property
    def next_trial(self) -> Trial | None:
        answered = _first_responses(self.trials, self.responses)
        return next((trial for trial in self.trials if trial.index not in answered), None)

    @property
    def n_answered(self) -> int:
        return len(_first_responses(self.trials, self.responses))

    @property
    def n_left(self) -> int:
        return len(self.trials) - self.n_answered

    @property
    def is_finished(self) -> bool:
        return self.step == "finished"

    @property
    def blocks(self) -> tuple[BlockProgress, ...]:
        """Return the progress of every block, in order."""
        answered = _first_responses(self.trials, self.responses)
        return tuple(_progress(list(trials), answered) for _, trials in groupby(self.trials, key=lambda trial: trial.block))

    @property
    def current_block(self) -> BlockProgress | None:
        """Return the block of the next trial; None when all are answered."""
        return next((block for block in self.blocks if not block.is_finished), None)

    def open_trials(self, block: int) -> tuple[Trial, ...]:
        """Return the trials of a block that have no response yet, in order."""
        answered = _first_responses(self.trials, self.responses)
        return tuple(trial for trial in self.trials if trial.block == block and trial.index not in answered)


@dataclass(frozen=True, slots=True)
class ConditionSummary:
    """Main trials of one condition that are answered (in one presentation scheme). No trial is left out, whatever its reaction time."""

    condition: Condition
    n: int
    n_correct: int
    median_reaction_time_s: float
    mean_confidence: float
    scheme: Scheme | None = None  # None: in all of them


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One `ConditionSummary` for each condition with an answered main trial, and one for each such scheme and condition."""

    conditions: tuple[ConditionSummary, ...]
    schemes: tuple[ConditionSummary, ...] = ()

    def of(self, condition: Condition, scheme: Scheme | None = None) -> ConditionSummary | None:
        return next((one for one in (*self.conditions, *self.schemes) if (one.condition, one.scheme) == (condition, scheme)), None)


def score(trial: Trial, choice: Side) -> bool:
    """Return whether the choice is the query that activates the unit strongly."""
    return choice == trial.correct


def tells_correctness(feedback: Feedback, kind: TrialKind) -> bool:
    """Return whether whoever answers a trial of this kind is told at once if it was right: with feedback on every trial, and in practice
    unless the design gives no feedback at all."""
    return feedback == "trial" or (feedback == "block" and kind == "practice")


def summary(trials: Sequence[Trial], responses: Sequence[Response]) -> SessionSummary:
    """Return what a participant is told at the end: n, correct, median reaction time, mean confidence of the main trials.

    Conditions come in the order natural, synthetic, none, others; schemes in that of the session.
    """
    answered = _first_responses(trials, responses)
    main = [(trial, answered[trial.index]) for trial in in_order(trials) if trial.kind == "main" and trial.index in answered]
    present = {trial.condition for trial, _ in main}
    conditions = [condition for condition in CONDITIONS if condition in present] + sorted(present.difference(CONDITIONS))
    schemes = dict.fromkeys(trial.scheme for trial, _ in main)
    by_scheme = [(scheme, condition, _pairs(main, condition, scheme)) for scheme in schemes for condition in conditions]
    return SessionSummary(
        conditions=tuple(_summarise(condition, _pairs(main, condition)) for condition in conditions),
        schemes=tuple(_summarise(condition, pairs, scheme) for scheme, condition, pairs in by_scheme if pairs),
    )


def answers(session: Session, trials: Sequence[Trial], responses: Sequence[Response]) -> tuple[Answer, ...]:
    """Return the session's scored answers in trial order: the rows that inference works on. The respondent is the participant."""
    answered = _first_responses(trials, responses)
    positions = {trial.index: position for position, trial in enumerate(in_order(trials))}
    return tuple(_answer(session, trial, answered[trial.index], positions) for trial in in_order(trials) if trial.index in answered)


def _answer(session: Session, trial: Trial, response: Response, positions: dict[int, int]) -> Answer:
    return Answer(
        respondent=session.participant,
        kind=trial.kind,
        condition=trial.condition,
        scheme=trial.scheme,
        unit=trial.unit,
        block=trial.block,
        proportion_correct=float(score(trial, response.choice)),
        confidence=response.confidence,
        reaction_time_ms=response.reaction_time_ms,
        answered_at=response.answered_at,
        session=session.session_id,
        expertise=session.expertise,
        unit_list=trial.unit_list or None,
        position=positions[trial.index],
        repeats=None if trial.repeats is None else positions[trial.repeats],
        set_number=trial.set_number,
        choice=response.choice,
    )


def _first_responses(trials: Sequence[Trial], responses: Sequence[Response]) -> dict[int, Response]:
    """Return the first response to each trial, by trial index."""
    known = {trial.index for trial in trials}
    first: dict[int, Response] = {}
    for response in responses:
        if response.trial_index not in known:
            raise UsageError(
                f"A response answers trial {response.trial_index}, but none of the session's {len(known)} trials has that index."
            )
        first.setdefault(response.trial_index, response)
    return first


def _progress(trials: list[Trial], answered: dict[int, Response]) -> BlockProgress:
    shown, n_rounds = _last_round(trials)
    done = [trial for trial in shown if trial.index in answered]
    return BlockProgress(
        block=trials[0].block,
        kind=_kind(trials),
        condition=trials[0].condition,
        scheme=trials[0].scheme,
        n_trials=len(shown),
        n_answered=len(done),
        n_correct=sum(score(trial, answered[trial.index].choice) for trial in done),
        round=n_rounds,
    )


def _kind(trials: list[Trial]) -> BlockKind:
    kinds = {trial.kind for trial in trials}
    if kinds == {"practice"}:
        return "practice"
    return "repeated" if kinds == {"repeated"} else "main"


def _last_round(trials: list[Trial]) -> tuple[list[Trial], int]:
    """Return the last round of a block and how many there are: what was planned at first has indices without a gap, and further rounds,
    of practice only, are as long and come after all that was planned."""
    gaps = [place for place, (one, two) in enumerate(pairwise(trials), start=1) if two.index > one.index + 1]
    if _kind(trials) != "practice" or not gaps:
        return trials, 1
    return trials[-gaps[0] :], len(trials) // gaps[0]


def _pairs(main: list[tuple[Trial, Response]], condition: Condition, scheme: Scheme | None = None) -> list[tuple[Trial, Response]]:
    return [pair for pair in main if pair[0].condition == condition and scheme in (None, pair[0].scheme)]


def _summarise(condition: Condition, pairs: list[tuple[Trial, Response]], scheme: Scheme | None = None) -> ConditionSummary:
    return ConditionSummary(
        condition=condition,
        n=len(pairs),
        n_correct=sum(score(trial, response.choice) for trial, response in pairs),
        median_reaction_time_s=statistics.median(response.reaction_time_ms for _, response in pairs) / 1000,
        mean_confidence=statistics.fmean(response.confidence for _, response in pairs),
        scheme=scheme,
    )
