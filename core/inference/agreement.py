"""Whether a machine observer and people agree: by condition, over units, and choice by choice, so that nobody mistakes one for the other.

People's main trials are held against the observer's tasks of the same units, and against its D of the very images that each trial showed.
Intervals are over units: they say how another draw of units would come out, with these people and this observer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from core.design_spec import Condition, in_order
from core.inference.answer_table import AnswerTable, Floats
from core.inference.bootstrap import Bootstrapped, Statistic, bootstrap
from core.inference.contrasts import DIGITS, pairs_of, units_interval
from core.inference.rank_correlation import pearson, spearman
from core.inference.record_json import about, content_of, record_of
from core.psychophysics.observer_fit import ObserverFit, fit_observer
from core.psychophysics.observers import choice_probability, task_scores

DIFFERENCE: Final = (
    "mean over the units that both answered of the observer's minus people's proportion correct, each unit counting alike; 95 % t interval "
    "over units"
)
DIFFERENCE_EQUAL: Final = (
    "mean over the units that both answered of the observer's minus people's proportion correct, each unit counting alike; 95 % Newcombe "
    "hybrid score interval (method 10) of both means with as many trials as units, as all units differ alike"
)
PEARSON: Final = "Pearson correlation over units of the observer's and people's proportions correct, not corrected for few trials a unit"
SPEARMAN: Final = (
    "Spearman rank correlation over units of the observer's and people's proportions correct, not corrected for few trials a unit"
)
TRIALS: Final = (
    "main trials with references whose images the observer has seen: same_choice is the share where it chooses as the person did (a tie "
    "counts one half); kappa is error consistency, (same - expected) / (1 - expected), expected from both proportions correct (Geirhos, "
    "Meding and Wichmann 2020); intervals: 95 % BCa bootstrap over units"
)
N_RESAMPLES: Final = 2000
FEWEST_UNITS: Final = 3  # two points always lie on a line


@dataclass(frozen=True, slots=True)
class ConditionAgreement:
    """Proportions correct of the observer and of people on the same units, and the difference observer - people."""

    observer: float
    people: float
    difference: float
    interval: tuple[float, float]
    n_units: int
    n_tasks: int
    n_trials: int
    method: str


@dataclass(frozen=True, slots=True)
class UnitCorrelation:
    """Correlations over units; None where one of both is equal for all, or fewer than three units are there."""

    spearman: Bootstrapped | None
    pearson: Bootstrapped | None
    n_units: int


@dataclass(frozen=True, slots=True)
class TrialAgreement:
    """Choices held against each other. `kappa` is None where both are always right. Log-likelihoods of people's choices: by the fit (of the
    same trials), by the published temperature where there is one, and by guessing."""

    same_choice: float
    same_choice_interval: tuple[float | None, float | None] | None
    kappa: float | None
    kappa_interval: tuple[float | None, float | None] | None
    log_likelihood: float
    log_likelihood_published: float | None
    log_likelihood_chance: float
    n_trials: int
    n_units: int
    method: str = TRIALS


@dataclass(frozen=True, slots=True)
class Agreement:
    """All of it. What nobody answered, or only one of both, is absent."""

    n_participants: int = field(metadata=about("people whose main trials are held against the observer"))
    by_condition: Mapping[Condition, ConditionAgreement] = field(metadata=about("proportions correct on the units that both answered"))
    by_unit: Mapping[Condition, UnitCorrelation] = field(metadata=about("correlations over units of proportions correct"))
    difference_by_unit: Mapping[str, UnitCorrelation] = field(
        metadata=about("correlations over units of the difference between two conditions, by A_minus_B")
    )
    by_trial: Mapping[Condition, TrialAgreement] = field(metadata=about("choices of the same trials"))
    all_trials: TrialAgreement | None = field(metadata=about("choices of all these trials"))
    fit: ObserverFit | None = field(metadata=about("temperature and lapse rate fitted to these trials"))
    n_unseen: int = field(metadata=about("main trials with references that show an image which the observer has not embedded"))

    def as_dict(self) -> dict[str, Any]:
        """Return JSON content."""
        content: dict[str, Any] = content_of(self)
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Agreement:
        """Return what `as_dict` gave."""
        found: Agreement = record_of(cls, content)
        return found


def agreement(
    people: AnswerTable,
    observer: AnswerTable,
    decisions: Floats,
    *,
    temperature: float | None = None,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Agreement | None:
    """Return how far an observer agrees with people; None where they have no unit of a condition in common.

    `people`: their main trials, (n,); `observer`: its tasks; `decisions`: its D of each of people's trials, (n,), NaN where it has not seen
    the images. `temperature`: the published one.
    """
    conditions = in_order(set(people.present("condition")) & set(observer.present("condition")))
    common = {one: found for one in conditions if len((found := _common(people, observer, one)).units)}
    if not common:
        return None
    has_references = people["condition"].codes != people["condition"].code("none")
    told = has_references & ~np.isnan(decisions)
    trials, d = people.where(told), decisions[told]
    fit = fit_observer(d, trials.score) if len(d) else None
    resampling = {"seed": seed, "n_resamples": n_resamples}
    by_trial: dict[Condition, TrialAgreement] = {}
    for condition in trials.present("condition"):
        of = trials["condition"].codes == trials["condition"].code(condition)
        by_trial |= {} if fit is None else {condition: _trials(trials.where(of), d[of], fit, temperature, **resampling)}
    return Agreement(
        n_participants=len(people.present("respondent")),
        by_condition={one: _condition(found) for one, found in common.items()},
        by_unit={one: _correlation(found.observer, found.people, **resampling) for one, found in common.items()},
        difference_by_unit=_differences(common, **resampling),
        by_trial=by_trial,
        all_trials=None if fit is None else _trials(trials, d, fit, temperature, **resampling),
        fit=fit,
        n_unseen=int((has_references & ~told).sum()),
    )


# --- the same units -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Common:
    """Units of a condition that both answered, (u,): their proportions correct, and of how many tasks and trials."""

    units: tuple[str, ...]
    observer: Floats
    n_tasks: Floats
    people: Floats
    n_trials: Floats


def _common(people: AnswerTable, observer: AnswerTable, condition: Condition) -> _Common:
    ours, theirs = _by_unit(observer, condition), _by_unit(people, condition)
    units = tuple(unit for unit in theirs if unit in ours)
    found = np.array([(*ours[unit], *theirs[unit]) for unit in units], dtype=np.float64).reshape(-1, 4)
    return _Common(units, found[:, 0] / found[:, 1], found[:, 1], found[:, 2] / found[:, 3], found[:, 3])


def _by_unit(table: AnswerTable, condition: Condition) -> dict[str, tuple[float, int]]:
    """Return the sum of scores and the number of trials of each unit."""
    rows = table["condition"].codes == table["condition"].code(condition)
    units = table["unit"]
    n = np.bincount(units.codes[rows], minlength=len(units.levels))
    total = np.bincount(units.codes[rows], table.score[rows], len(units.levels))
    return {units.levels[place]: (float(total[place]), int(n[place])) for place in np.flatnonzero(n)}


def _condition(found: _Common) -> ConditionAgreement:
    interval, varies = units_interval(found.observer, found.people)
    return ConditionAgreement(
        observer=float(found.observer.mean()),
        people=float(found.people.mean()),
        difference=float((found.observer - found.people).mean()),
        interval=interval,
        n_units=len(found.units),
        n_tasks=int(found.n_tasks.sum()),
        n_trials=int(found.n_trials.sum()),
        method=DIFFERENCE if varies else DIFFERENCE_EQUAL,
    )


def _correlation(observer: Floats, people: Floats, *, seed: int, n_resamples: int) -> UnitCorrelation:
    n = len(observer)
    if n < FEWEST_UNITS:
        return UnitCorrelation(None, None, n)
    statistics: dict[str, Statistic] = {SPEARMAN: spearman(observer, people), PEARSON: pearson(observer, people)}
    found = bootstrap(statistics, n, of="units", seed=seed, n_resamples=n_resamples)
    return UnitCorrelation(found[SPEARMAN], found[PEARSON], n)


def _differences(common: Mapping[Condition, _Common], *, seed: int, n_resamples: int) -> dict[str, UnitCorrelation]:
    found = {}
    for a, b in pairs_of(common):
        if a not in common or b not in common:
            continue
        place = {unit: at for at, unit in enumerate(common[b].units)}
        both = [(at, place[unit]) for at, unit in enumerate(common[a].units) if unit in place]
        at_a, at_b = (np.array([pair[side] for pair in both], dtype=np.int64) for side in (0, 1))
        observer = common[a].observer[at_a] - common[b].observer[at_b]
        people = common[a].people[at_a] - common[b].people[at_b]
        found[f"{a}_minus_{b}"] = _correlation(observer.round(DIGITS), people.round(DIGITS), seed=seed, n_resamples=n_resamples)
    return found


# --- the same trials ----------------------------------------------------------------------------------------------------------


def _trials(trials: AnswerTable, d: Floats, fit: ObserverFit, temperature: float | None, *, seed: int, n_resamples: int) -> TrialAgreement:
    ours, theirs = task_scores(d), trials.score
    same = ours * theirs + (1 - ours) * (1 - theirs)
    units = trials["unit"]
    sums = [np.bincount(units.codes, values, len(units.levels)) for values in (np.ones(len(d)), same, ours, theirs)]
    there = sums[0] > 0
    by_unit: Floats = np.stack([one[there] for one in sums]).astype(np.float64)  # (4, u)
    statistics: dict[str, Statistic] = {
        "same choice": lambda weights: _same(weights, by_unit),
        "kappa": lambda weights: _kappa(weights, by_unit),
    }
    n_units = by_unit.shape[1]
    drawn = bootstrap(statistics, n_units, of="units", seed=seed, n_resamples=n_resamples)
    whole = np.ones((1, n_units))
    kappa = float(_kappa(whole, by_unit)[0])
    return TrialAgreement(
        same_choice=float(_same(whole, by_unit)[0]),
        same_choice_interval=None if (one := drawn["same choice"]) is None else one.interval,
        kappa=None if np.isnan(kappa) else kappa,
        kappa_interval=None if (two := drawn["kappa"]) is None else two.interval,
        log_likelihood=_log_likelihood(fit.probability(d), theirs),
        log_likelihood_published=None if temperature is None else _log_likelihood(choice_probability(d, temperature=temperature), theirs),
        log_likelihood_chance=float(len(d) * np.log(0.5)),
        n_trials=len(d),
        n_units=n_units,
    )


def _same(weights: Floats, by_unit: Floats) -> Floats:
    n, same, _, _ = by_unit
    return np.asarray(weights @ same / (weights @ n))


def _kappa(weights: Floats, by_unit: Floats) -> Floats:
    n, same, ours, theirs = (weights @ values for values in by_unit)
    p, q = ours / n, theirs / n
    expected = p * q + (1 - p) * (1 - q)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(1 - expected > 1e-12, (same / n - expected) / (1 - expected), np.nan))


def _log_likelihood(p: Floats, right: Floats) -> float:
    sure = np.finfo(np.float64).tiny
    return float((right * np.log(np.maximum(p, sure)) + (1 - right) * np.log(np.maximum(1 - p, sure))).sum())
