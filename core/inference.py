"""What answers say: proportions correct, reaction times and confidence per condition, contrasts, and what was left out (METHOD section 8).

Main trials only, but for `catch_accuracy`. A condition without answers is absent, never zero. Every number comes with its n and method.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from core.answer_set import SessionFacts
from core.contrasts import PAIRS, Contrast, SignedRank, contrast, of_shared_units, pairs_of, signed_rank
from core.design_spec import SCHEMES, Condition, Scheme, in_order
from core.errors import UsageError
from core.experiment import Answer
from core.proportions import Proportion, newcombe, proportion, two_sem, whole, wilson
from core.psychophysics.attention import NONE, AttentionRules, attentive

__all__ = [
    "PAIRS",
    "PUBLISHED",
    "CatchAccuracy",
    "ConfidenceShares",
    "Contrast",
    "Exclusion",
    "ExclusionRules",
    "Proportion",
    "ReactionTime",
    "Results",
    "SignedRank",
    "accuracy",
    "accuracy_by_scheme",
    "catch_accuracy",
    "confidence",
    "contrast",
    "newcombe",
    "proportion",
    "reaction_time",
    "results",
    "signed_rank",
    "wilson",
]

Which = Literal["all", "correct", "incorrect"]
WHICH: tuple[Which, ...] = get_args(Which)
REACTION_TIME_METHOD = "mean and median over trials; two_sem: 2 standard errors over participant means, population sd / sqrt(n); seconds"
CONFIDENCE_METHOD = "share of trials with each confidence, 1 to 3, pooled over trials"
NEGATIVE_TIMES = "negative reaction times are left out of reaction times (their answers count everywhere else)"
LOW_CATCH = "participants with a proportion correct on catch trials below {} are left out of everything"


@dataclass(frozen=True, slots=True)
class ExclusionRules:
    """Rules stated before looking. `min_catch`: leave out participants below this proportion correct on catch trials (the paper
    excludes nobody; a participant without catch trials stays). `attention`: leave out sessions that break one of these rules."""

    negative_reaction_times: bool = True
    min_catch: float | None = None
    attention: AttentionRules = NONE


PUBLISHED = ExclusionRules(negative_reaction_times=False)  # the published numbers keep two negative reaction times


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A rule that was applied and how many of `what` it left out; sessions that break several rules count in each."""

    rule: str
    what: Literal["reaction times", "participants", "sessions"]
    n: int


@dataclass(frozen=True, slots=True)
class ReactionTime:
    """Reaction times of one condition, in seconds; `n_excluded` negative ones are not among the `n_trials`."""

    mean: float
    two_sem: float | None
    median: float
    n_trials: int
    n_participants: int
    n_excluded: int


@dataclass(frozen=True, slots=True)
class ConfidenceShares:
    """Shares of confidence 1, 2 and 3 among `n_trials` trials."""

    shares: tuple[float, float, float]
    n_trials: int

    def as_dict(self) -> dict[str, float]:
        return {str(level): share for level, share in enumerate(self.shares, start=1)}


@dataclass(frozen=True, slots=True)
class CatchAccuracy:
    """Correct answers among catch trials, over all conditions."""

    correct: float
    n: int


@dataclass(frozen=True, slots=True)
class Results:
    """All numbers of one set of answers. `n_answers` counts what came in, practice and catch trials and excluded answers included."""

    accuracy: Mapping[Condition, Proportion]
    reaction_time: Mapping[Which, Mapping[Condition, ReactionTime]]
    confidence: Mapping[Which, Mapping[Condition, ConfidenceShares]]
    catch_accuracy: CatchAccuracy
    contrasts: tuple[Contrast, ...]
    n_answers: int
    n_main_answers: int
    n_participants: int
    exclusions: tuple[Exclusion, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return JSON content; conditions and contrasts without answers are absent."""
        return {
            "accuracy": {condition: value.as_dict() for condition, value in self.accuracy.items()},
            **{f"reaction_time_{which}_s": {c: asdict(value) for c, value in self.reaction_time[which].items()} for which in WHICH},
            **{f"confidence_{which}": {c: value.as_dict() for c, value in self.confidence[which].items()} for which in WHICH},
            "confidence_n": {which: {c: value.n_trials for c, value in self.confidence[which].items()} for which in WHICH},
            "catch_accuracy": {"correct": whole(self.catch_accuracy.correct), "n": self.catch_accuracy.n},
            "contrast": {f"{value.a}_minus_{value.b}": value.as_dict() for value in self.contrasts},
            "n_answers": self.n_answers,
            "n_main_answers": self.n_main_answers,
            "n_participants": self.n_participants,
            "exclusions": [asdict(exclusion) for exclusion in self.exclusions],
            "methods": {"reaction_time": REACTION_TIME_METHOD, "confidence": CONFIDENCE_METHOD},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Results:
        """Return the results that `as_dict` wrote."""
        return cls(
            accuracy={c: Proportion.from_dict(value) for c, value in values["accuracy"].items()},
            reaction_time={which: _times_from(values[f"reaction_time_{which}_s"]) for which in WHICH},
            confidence={which: _shares_from(values[f"confidence_{which}"], values["confidence_n"][which]) for which in WHICH},
            catch_accuracy=CatchAccuracy(float(values["catch_accuracy"]["correct"]), values["catch_accuracy"]["n"]),
            contrasts=tuple(Contrast.from_dict(value) for value in values["contrast"].values()),
            n_answers=values["n_answers"],
            n_main_answers=values["n_main_answers"],
            n_participants=values["n_participants"],
            exclusions=tuple(Exclusion(**value) for value in values["exclusions"]),
        )


def results(
    answers: Iterable[Answer], *, rules: ExclusionRules | None = None, sessions: Iterable[SessionFacts] = (), same_units: bool = False
) -> Results:
    """Return all numbers of the answers (default rules: negative reaction times are left out of reaction times).

    `sessions`: what attention rules judge by beside the answers; a rule about what was not recorded leaves out nobody, and says so.
    `same_units`: contrasts are over the units answered in both conditions (observers answer all that each condition has images of).
    """
    rules = rules or ExclusionRules()
    came = list(answers)
    stayed, broken = attentive(came, sessions, rules.attention)
    kept, n_low_catch = _without_low_catch(stayed, rules.min_catch)
    main = _main(kept)
    contrasts = [contrast(of_shared_units(main, pair) if same_units else main, *pair) for pair in pairs_of(main)]
    return Results(
        accuracy=accuracy(main),
        reaction_time={which: reaction_time(main, which=which, exclude_negative=rules.negative_reaction_times) for which in WHICH},
        confidence={which: confidence(main, which=which) for which in WHICH},
        catch_accuracy=catch_accuracy(kept),
        contrasts=tuple(value for value in contrasts if value is not None),
        n_answers=len(came),
        n_main_answers=len(main),
        n_participants=len({answer.respondent for answer in main}),
        exclusions=(*_exclusions(main, rules, n_low_catch), *(Exclusion(rule, "sessions", n) for rule, n in broken)),
    )


def accuracy(answers: Iterable[Answer]) -> dict[Condition, Proportion]:
    """Return the proportion correct of each condition over main trials; an observer's tie counts one half."""
    by_condition = _by_condition(_main(answers))
    return {condition: proportion(_scores(group)) for condition, group in by_condition.items()}


def accuracy_by_scheme(answers: Iterable[Answer]) -> dict[Condition, dict[Scheme, Proportion]]:
    """Return the proportion correct of each condition and presentation scheme over main trials."""
    found: dict[Condition, dict[Scheme, Proportion]] = {}
    for condition, group in _by_condition(_main(answers)).items():
        by_scheme = {scheme: [answer for answer in group if answer.scheme == scheme] for scheme in SCHEMES}
        found[condition] = {scheme: proportion(_scores(of)) for scheme, of in by_scheme.items() if of}
    return found


def reaction_time(answers: Iterable[Answer], *, which: Which = "all", exclude_negative: bool = True) -> dict[Condition, ReactionTime]:
    """Return reaction times in seconds over main trials, for all or only the correct or incorrect ones.

    `exclude_negative` names the only rule: negative times, a clock's error, are left out and counted. Observers have no times.
    """
    by_condition = _by_condition(_of(_main(answers), which))
    found = {condition: _reaction_time(group, exclude_negative) for condition, group in by_condition.items()}
    return {condition: value for condition, value in found.items() if value is not None}


def confidence(answers: Iterable[Answer], *, which: Which = "all") -> dict[Condition, ConfidenceShares]:
    """Return the shares of confidence 1, 2 and 3 over main trials, for all or only the correct or incorrect ones."""
    shares: dict[Condition, ConfidenceShares] = {}
    for condition, group in _by_condition(_of(_main(answers), which)).items():
        levels = [answer.confidence for answer in group if answer.confidence is not None]
        if levels:
            n = len(levels)
            shares[condition] = ConfidenceShares((levels.count(1) / n, levels.count(2) / n, levels.count(3) / n), n)
    return shares


def catch_accuracy(answers: Iterable[Answer]) -> CatchAccuracy:
    """Return how many catch trials were answered correctly, over all conditions."""
    scores = [answer.proportion_correct for answer in answers if answer.kind == "catch"]
    return CatchAccuracy(correct=float(sum(scores)), n=len(scores))


def _main(answers: Iterable[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.kind == "main"]


def _of(answers: Sequence[Answer], which: Which) -> list[Answer]:
    """Return all, the correct or the incorrect answers; a tie is neither correct nor incorrect."""
    if which not in WHICH:
        raise UsageError(f"Answers are summarised as {', '.join(WHICH)}; {which!r} came.")
    if which == "all":
        return list(answers)
    return [answer for answer in answers if answer.proportion_correct != 0.5 and (answer.proportion_correct > 0.5) == (which == "correct")]


def _by_condition(answers: Sequence[Answer]) -> dict[Condition, list[Answer]]:
    present = in_order(answer.condition for answer in answers)
    return {condition: [answer for answer in answers if answer.condition == condition] for condition in present}


def _by_participant(answers: Iterable[Answer]) -> list[list[Answer]]:
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[answer.respondent].append(answer)
    return list(groups.values())


def _scores(answers: Iterable[Answer]) -> list[list[float]]:
    return [[answer.proportion_correct for answer in group] for group in _by_participant(answers)]


def _reaction_time(answers: Sequence[Answer], exclude_negative: bool) -> ReactionTime | None:
    timed = [answer for answer in answers if answer.reaction_time_ms is not None]
    kept = [answer for answer in timed if not (exclude_negative and _is_negative(answer))]
    by_participant = [[(answer.reaction_time_ms or 0.0) / 1000 for answer in group] for group in _by_participant(kept)]
    times = [time for group in by_participant for time in group]
    if not times:
        return None
    return ReactionTime(
        mean=statistics.fmean(times),
        two_sem=two_sem([statistics.fmean(group) for group in by_participant]),
        median=statistics.median(times),
        n_trials=len(times),
        n_participants=len(by_participant),
        n_excluded=len(timed) - len(kept),
    )


def _is_negative(answer: Answer) -> bool:
    return answer.reaction_time_ms is not None and answer.reaction_time_ms < 0


def _without_low_catch(answers: Sequence[Answer], min_catch: float | None) -> tuple[list[Answer], int]:
    """Return the answers of participants who pass the rule, and how many participants do not."""
    if min_catch is None:
        return list(answers), 0
    catches = {group[0].respondent: catch_accuracy(group) for group in _by_participant(answers)}
    low = {name for name, catch in catches.items() if catch.n and catch.correct / catch.n < min_catch}
    return [answer for answer in answers if answer.respondent not in low], len(low)


def _exclusions(main: Sequence[Answer], rules: ExclusionRules, n_low_catch: int) -> tuple[Exclusion, ...]:
    negative = Exclusion(NEGATIVE_TIMES, "reaction times", sum(map(_is_negative, main)))
    low_catch = Exclusion(LOW_CATCH.format(rules.min_catch), "participants", n_low_catch)
    applied = (rules.negative_reaction_times, rules.min_catch is not None)
    return tuple(rule for rule, is_applied in zip((negative, low_catch), applied, strict=True) if is_applied)


def _times_from(values: Mapping[Condition, Any]) -> dict[Condition, ReactionTime]:
    return {condition: ReactionTime(**value) for condition, value in values.items()}


def _shares_from(values: Mapping[Condition, Any], counts: Mapping[Condition, int]) -> dict[Condition, ConfidenceShares]:
    return {c: ConfidenceShares((value["1"], value["2"], value["3"]), counts[c]) for c, value in values.items()}
