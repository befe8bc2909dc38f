"""The state of a session, from its planned trials and stored responses: nothing is kept elsewhere, so a reload resumes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from core.design_spec import CONDITIONS, Condition
from core.errors import UsageError
from core.experiment import Answer, Response, Session, Side, Trial


@dataclass(frozen=True, slots=True)
class BlockProgress:
    """One block: how many of its trials are answered, and how many of these correctly. `is_practice`: it holds practice trials only."""

    block: int
    condition: Condition
    is_practice: bool
    n_trials: int
    n_answered: int
    n_correct: int

    @property
    def is_finished(self) -> bool:
        return self.n_answered == self.n_trials


@dataclass(frozen=True, slots=True)
class SessionState:
    """Where a session stands. Trials come in the order of their index; a trial is answered by its first response, whatever comes later."""

    trials: tuple[Trial, ...]
    responses: tuple[Response, ...]

    @property
    def next_index(self) -> int | None:
        """Return the index of the first trial without a response; None when the session is finished."""
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
        return self.n_left == 0

    @property
    def blocks(self) -> tuple[BlockProgress, ...]:
        """Return the progress of every block, in order."""
        answered = _first_responses(self.trials, self.responses)
        return tuple(_progress(list(trials), answered) for _, trials in groupby(self.trials, key=lambda trial: trial.block))

    @property
    def current_block(self) -> BlockProgress | None:
        """Return the block of the next trial; None when the session is finished."""
        return next((block for block in self.blocks if not block.is_finished), None)


@dataclass(frozen=True, slots=True)
class ConditionSummary:
    """Main trials of one condition that are answered. No trial is left out, whatever its reaction time."""

    condition: Condition
    n: int
    n_correct: int
    median_reaction_time_s: float
    mean_confidence: float


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One `ConditionSummary` for each condition with an answered main trial; a condition without is absent."""

    conditions: tuple[ConditionSummary, ...]

    def of(self, condition: Condition) -> ConditionSummary | None:
        return next((summary for summary in self.conditions if summary.condition == condition), None)


def score(trial: Trial, choice: Side) -> bool:
    """Return whether the choice is the query that activates the unit strongly."""
    return choice == trial.correct


def summary(trials: Sequence[Trial], responses: Sequence[Response]) -> SessionSummary:
    """Return what a participant is told at the end: per condition n, correct, median reaction time, mean confidence (main trials)."""
    answered = _first_responses(trials, responses)
    main = [(trial, answered[trial.index]) for trial in trials if trial.kind == "main" and trial.index in answered]
    by_condition = {condition: [pair for pair in main if pair[0].condition == condition] for condition in CONDITIONS}
    return SessionSummary(tuple(_summarise(condition, pairs) for condition, pairs in by_condition.items() if pairs))


def answers(session: Session, trials: Sequence[Trial], responses: Sequence[Response]) -> tuple[Answer, ...]:
    """Return the session's scored answers in trial order: the rows that inference works on. The respondent is the participant."""
    answered = _first_responses(trials, responses)
    return tuple(_answer(session, trial, answered[trial.index]) for trial in trials if trial.index in answered)


def _answer(session: Session, trial: Trial, response: Response) -> Answer:
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
    done = [trial for trial in trials if trial.index in answered]
    return BlockProgress(
        block=trials[0].block,
        condition=trials[0].condition,
        is_practice=all(trial.kind == "practice" for trial in trials),
        n_trials=len(trials),
        n_answered=len(done),
        n_correct=sum(score(trial, answered[trial.index].choice) for trial in done),
    )


def _summarise(condition: Condition, pairs: list[tuple[Trial, Response]]) -> ConditionSummary:
    return ConditionSummary(
        condition=condition,
        n=len(pairs),
        n_correct=sum(score(trial, response.choice) for trial, response in pairs),
        median_reaction_time_s=statistics.median(response.reaction_time_ms for _, response in pairs) / 1000,
        mean_confidence=statistics.fmean(response.confidence for _, response in pairs),
    )
