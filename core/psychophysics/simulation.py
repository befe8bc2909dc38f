"""Simulated participants: people made of numbers, to test designs and analyses with. Their answers never count as anybody's.

A trial is answered right with probability lapse/2 + (1 - lapse) * logistic(logit(ability) + ease of the unit): `ability` is the proportion
correct, before lapses, on a unit of medium difficulty. Reaction times are shifted lognormal. All numbers are ours.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Final

import numpy as np

from core.answer_set import Collected, SessionFacts, UnitRating
from core.design_spec import Condition, DesignSpec, Moment
from core.domain import Unit
from core.errors import UsageError
from core.experiment import Confidence, Rating, RatingTask, Response, Session, Side, Trial
from core.psychophysics import session as scoring
from core.psychophysics.design import SessionPlan
from core.psychophysics.follow_up import follow_up, in_order, n_rounds

LEVELS: Final[tuple[Confidence, ...]] = (1, 2, 3)
OTHER: Final[Mapping[Side, Side]] = {"top": "bottom", "bottom": "top"}
READING_S: Final = 30.0  # how long instructions are looked at


@dataclass(frozen=True, slots=True)
class SimulatedParticipant:
    """What a simulated participant does.

    `abilities`: proportion correct before lapses by condition, in (0, 1); `catch_ability` that on catch trials. `lapse`: share of trials
    answered by chance. `unit_sd`: sd over units of their ease, in logits, the same for everyone of the same `unit_seed`. Confidence: shares
    of 1, 2 and 3 on right and wrong answers. Reaction times in ms: `shift_ms` + lognormal, with these medians in all and `spread` the sd
    of its logarithm. Intuitiveness ratings are normal, cut to -100 to 100.
    """

    abilities: tuple[tuple[Condition, float], ...] = (("natural", 0.92), ("synthetic", 0.82), ("none", 0.5))
    catch_ability: float = 0.99
    lapse: float = 0.02
    unit_sd: float = 0.0
    unit_seed: int = 0
    confidence_correct: tuple[float, float, float] = (0.2, 0.3, 0.5)
    confidence_incorrect: tuple[float, float, float] = (0.5, 0.3, 0.2)
    shift_ms: float = 400.0
    median_correct_ms: float = 4000.0
    median_incorrect_ms: float = 6000.0
    spread: float = 0.6
    rating_mean: float = 0.0
    rating_sd: float = 40.0

    def __post_init__(self) -> None:
        _check(self)

    def probability(self, trial: Trial) -> float:
        """Return the probability of choosing the right query, lapses included."""
        return self.lapse / 2 + (1 - self.lapse) * self._before_lapse(trial)

    def _before_lapse(self, trial: Trial) -> float:
        if trial.kind == "catch":
            return self.catch_ability
        ability = dict(self.abilities).get(trial.condition)
        if ability is None:
            raise UsageError(
                f"The simulated participant has no ability in the condition {trial.condition}; give one ({trial.condition}=0.8)."
            )
        ease = self.unit_sd * unit_ease(trial.unit, self.unit_seed)
        return _logistic(_logit(ability) + ease)


@dataclass(frozen=True, slots=True)
class SimulatedSession:
    """A session that a simulated participant went through: its trials with those that its answers called for, in order of showing."""

    trials: tuple[Trial, ...]
    responses: tuple[Response, ...]
    ratings: tuple[tuple[RatingTask, Rating], ...]
    started_at: datetime
    ended_at: datetime
    instruction_s: float = READING_S


@dataclass(slots=True)
class _Clock:
    """The time in a simulated session."""

    now: datetime

    def pass_ms(self, milliseconds: float) -> datetime:
        self.now += timedelta(milliseconds=milliseconds)
        return self.now


def unit_ease(unit: Unit, seed: int) -> float:
    """Return how much easier than the medium unit this one is, in standard deviations: normally distributed over units, fixed by a hash."""
    number = int.from_bytes(hashlib.sha256(f"ease/{seed}/{unit}".encode()).digest()[:6], "big")
    return NormalDist().inv_cdf((number + 0.5) / 2**48)


def respond(trial: Trial, participant: SimulatedParticipant, rng: np.random.Generator, *, now: datetime) -> Response:
    """Return the participant's answer to a trial that is shown at `now`; `answered_at` is later by its reaction time."""
    is_correct = bool(rng.random() < participant.probability(trial))
    shares = participant.confidence_correct if is_correct else participant.confidence_incorrect
    time_ms = _reaction_time(participant, is_correct, rng)
    return Response(
        response_key=f"simulated-{trial.index:06d}",
        trial_index=trial.index,
        choice=trial.correct if is_correct else OTHER[trial.correct],
        confidence=LEVELS[int(rng.choice(3, p=shares))],
        reaction_time_ms=time_ms,
        is_correct=is_correct,
        shown_ms=0.0,
        input_device="keyboard",
        was_hidden=False,
        screen="",
        answered_at=now + timedelta(milliseconds=time_ms),
        n_dropped_frames=0,
    )


def simulate_session(
    spec: DesignSpec,
    plan: SessionPlan,
    participant: SimulatedParticipant,
    rng: np.random.Generator,
    *,
    participant_number: int,
    started_at: datetime,
) -> SimulatedSession:
    """Return a whole session: instructions, ratings before, every trial with those that the answers call for, ratings after."""
    clock = _Clock(started_at)
    clock.pass_ms(READING_S * 1000)
    ratings = _rate(plan.ratings, "begin", participant, rng, clock)
    trials, responses = in_order(plan.trials), list[Response]()
    while (trial := _next(trials, responses)) is not None:
        responses.append(_answer(spec, trial, participant, rng, clock))
        if _ends_block(trials, trial):
            further = follow_up(spec, participant_number=participant_number, trials=trials, responses=responses)
            trials = in_order((*trials, *further))
    ratings += _rate(plan.ratings, "end", participant, rng, clock)
    return SimulatedSession(trials, tuple(responses), tuple(ratings), started_at, clock.now)


def collected_of(session: Session, taken: SimulatedSession) -> Collected:
    """Return what a simulated session gives to analyses; `session` says who took it."""
    name, participant, expertise = session.session_id, session.participant, session.expertise
    blocks = {trial.block for trial in taken.trials if trial.kind == "practice"}
    rounds = [n_rounds(session.design, [trial for trial in taken.trials if trial.block == block]) for block in blocks]
    last = max(response.answered_at for response in taken.responses)
    ratings = tuple(
        UnitRating(participant, task.moment, task.unit, one.rating, one.reaction_time_ms, name, expertise, task.place)
        for task, one in taken.ratings
    )
    facts = SessionFacts(
        session=name,
        respondent=participant,
        expertise=expertise,
        started_at=taken.started_at,
        instruction_s=taken.instruction_s,
        total_s=(last - taken.started_at).total_seconds(),
        n_practice_rounds=max(rounds, default=0),
        design=session.design.name,
        participant_number=session.participant_number,
    )
    return Collected(scoring.answers(session, taken.trials, taken.responses), ratings, (facts,))


def varied(participant: SimulatedParticipant, sd: float, rng: np.random.Generator) -> SimulatedParticipant:
    """Return the participant with all abilities shifted alike, in logits, by a normal number of this sd: one of a population."""
    shift = sd * float(rng.standard_normal())
    return replace(participant, abilities=tuple((of, _logistic(_logit(ability) + shift)) for of, ability in participant.abilities))


def _next(trials: Sequence[Trial], responses: Sequence[Response]) -> Trial | None:
    answered = {response.trial_index for response in responses}
    return next((trial for trial in trials if trial.index not in answered), None)


def _ends_block(trials: Sequence[Trial], trial: Trial) -> bool:
    return trial == [one for one in trials if one.block == trial.block][-1]


def _answer(spec: DesignSpec, trial: Trial, participant: SimulatedParticipant, rng: np.random.Generator, clock: _Clock) -> Response:
    response = respond(trial, participant, rng, now=clock.now)
    clock.pass_ms(response.reaction_time_ms + (spec.pause_ms + spec.feedback_ms if spec.feedback == "trial" else spec.pause_ms))
    return response


def _rate(
    tasks: Sequence[RatingTask], moment: Moment, participant: SimulatedParticipant, rng: np.random.Generator, clock: _Clock
) -> list[tuple[RatingTask, Rating]]:
    found = []
    for task in tasks:
        if task.moment == moment:
            value = int(np.clip(round(rng.normal(participant.rating_mean, participant.rating_sd)), -100, 100))
            time_ms = _reaction_time(participant, True, rng)
            key = f"simulated-{moment}-{task.place:04d}"
            found.append((task, Rating(key, moment, task.place, value, time_ms, clock.pass_ms(time_ms))))
    return found


def _reaction_time(participant: SimulatedParticipant, is_correct: bool, rng: np.random.Generator) -> float:
    median = participant.median_correct_ms if is_correct else participant.median_incorrect_ms
    return participant.shift_ms + (median - participant.shift_ms) * math.exp(participant.spread * float(rng.standard_normal()))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _check(one: SimulatedParticipant) -> None:
    wrong = [f"{condition}={ability}" for condition, ability in one.abilities if not 0 < ability < 1]
    if wrong:
        raise UsageError(f"An ability is a proportion correct between 0 and 1, both left out; {wrong[0]} came.")
    if not 0 <= one.lapse <= 1 or not 0 <= one.catch_ability <= 1:
        raise UsageError(f"Lapse and catch ability are from 0 to 1; {one.lapse} and {one.catch_ability} came.")
    for shares in (one.confidence_correct, one.confidence_incorrect):
        if min(shares) < 0 or not math.isclose(sum(shares), 1):
            raise UsageError(f"The shares of confidence 1, 2 and 3 add up to 1; {shares} came.")
    if min(one.median_correct_ms, one.median_incorrect_ms) <= one.shift_ms or min(one.shift_ms, one.spread, one.unit_sd, one.rating_sd) < 0:
        raise UsageError("Median reaction times lie above the shift, and no spread is negative.")
