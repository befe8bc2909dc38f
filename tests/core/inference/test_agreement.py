"""An observer that chooses as people do agrees with them, one that guesses does not; every number is that of the plain formula."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from core.domain import Unit
from core.experiment import Answer
from core.inference.agreement import DIFFERENCE_EQUAL, Agreement, ConditionAgreement, agreement
from core.inference.answer_table import AnswerTable, Floats, table_of
from core.inference.proportions import newcombe
from core.psychophysics.observers import choice_probability

CONDITIONS = ("natural", "synthetic")
N_UNITS, N_PEOPLE = 20, 12


def row(who: str, condition: str, unit: int, score: float) -> Answer:
    return Answer(who, "main", condition, "Min-Max-9", Unit("mixed4a", unit), 0, score, None, None)


def simulated(*, temperature: float, lapse: float = 0.0, seed: int = 0, hard: float = 0.3) -> tuple[AnswerTable, AnswerTable, Floats]:
    """Return people, the observer and its D of people's trials: each unit is so clear as it is in both, synthetic references less so."""
    rng = np.random.default_rng(seed)
    clear = rng.uniform(-0.1, 0.4, N_UNITS)
    people, d = [], []
    for who in range(N_PEOPLE):
        for unit in range(N_UNITS):
            for condition in CONDITIONS:
                one = clear[unit] * (hard if condition == "synthetic" else 1) + rng.normal(0, 0.1)
                right = rng.random() < choice_probability(np.array(one), temperature=temperature, lapse=lapse)
                people.append(row(f"p{who}", condition, unit, float(right)))
                d.append(one)
    tasks = [
        row("observer", condition, unit, float(clear[unit] * (hard if condition == "synthetic" else 1) + rng.normal(0, 0.1) > 0))
        for unit in range(N_UNITS)
        for condition in CONDITIONS
        for _ in range(10)
    ]
    return table_of(people), table_of(tasks), np.array(d)


def found(people: AnswerTable, observer: AnswerTable, d: Floats, **more: float) -> Agreement:
    one = agreement(people, observer, d, n_resamples=300, **more)  # type: ignore[arg-type]
    assert one is not None
    return one


def means(table: AnswerTable, condition: str) -> NDArray[np.float64]:
    """Return the proportion correct of each unit, row by row."""
    rows = list(zip(table["condition"].codes, table["unit"].codes, table.score, strict=True))
    code = table["condition"].code(condition)
    return np.array([np.mean([s for c, u, s in rows if (c, u) == (code, unit)]) for unit in range(N_UNITS)])


def cohens_kappa(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """From the table of both raters, as Cohen (1960) writes it."""
    table = np.array([[np.sum((a == i) & (b == j)) for j in (False, True)] for i in (False, True)]) / len(a)
    by_chance = float(table.sum(axis=1) @ table.sum(axis=0))
    return float((np.trace(table) - by_chance) / (1 - by_chance))


def test_numbers_are_those_of_the_plain_formulas() -> None:
    """Means over units, scipy's correlations and t interval, Cohen's kappa of the table of both, the formula's likelihood."""
    people, observer, d = simulated(temperature=0.1, lapse=0.1)
    one = found(people, observer, d, temperature=0.16)
    for condition in CONDITIONS:
        ours, theirs = means(observer, condition), means(people, condition)
        by = one.by_condition[condition]
        assert (by.observer, by.people) == (pytest.approx(ours.mean()), pytest.approx(theirs.mean()))
        low, high = stats.t.interval(0.95, N_UNITS - 1, (ours - theirs).mean(), stats.sem(ours - theirs))
        assert by.difference == pytest.approx((ours - theirs).mean()) and by.interval == pytest.approx((low, high))
        assert (by.n_units, by.n_tasks, by.n_trials) == (N_UNITS, 10 * N_UNITS, N_PEOPLE * N_UNITS)
        units = one.by_unit[condition]
        assert units.spearman is not None and units.pearson is not None
        assert units.spearman.estimate == pytest.approx(stats.spearmanr(ours, theirs).statistic)
        assert units.pearson.estimate == pytest.approx(stats.pearsonr(ours, theirs).statistic)
    differences = [means(table, "natural") - means(table, "synthetic") for table in (observer, people)]
    between = one.difference_by_unit["natural_minus_synthetic"].pearson
    assert between is not None and between.estimate == pytest.approx(stats.pearsonr(*differences).statistic)
    trials, chosen = one.all_trials, d > 0
    assert trials is not None and one.fit is not None and trials.log_likelihood_published is not None
    assert trials.same_choice == pytest.approx(np.mean(chosen == people.score)) and trials.n_trials == len(d)
    assert trials.kappa == pytest.approx(cohens_kappa(chosen, people.score == 1))
    by_formula = np.log(np.where(people.score == 1, choice_probability(d), 1 - choice_probability(d))).sum()
    assert trials.log_likelihood_published == pytest.approx(by_formula)
    assert trials.log_likelihood == pytest.approx(one.fit.log_likelihood) and trials.log_likelihood >= by_formula
    assert trials.log_likelihood_chance == pytest.approx(len(d) * np.log(0.5))
    assert sum(of.n_trials for of in one.by_trial.values()) == len(d)


def test_an_observer_that_people_follow_is_told_from_one_that_guesses() -> None:
    """Correlation and kappa are far above 0 where D drives the choices, and have 0 in their intervals where it does not."""
    people, observer, d = simulated(temperature=0.05)
    alike, guessed = found(people, observer, d), found(people, observer, np.random.default_rng(5).permutation(d) * 1.0)
    follows, guesses = alike.all_trials, guessed.all_trials
    assert follows is not None and guesses is not None and follows.kappa_interval is not None and guesses.kappa_interval is not None
    assert (follows.kappa_interval[0] or 0) > 0.2 and follows.log_likelihood > follows.log_likelihood_chance + 20
    assert (guesses.kappa_interval[0] or 0) < 0.1 < 0.2 < follows.same_choice
    pearson = alike.by_unit["natural"].pearson
    assert pearson is not None and pearson.interval is not None and (pearson.interval[0] or 0) > 0.3
    assert alike.fit is not None and alike.fit.temperature is not None and alike.fit.temperature == pytest.approx(0.05, rel=0.5)


def differing_alike(observer: Sequence[float], people: Sequence[float], n_people: Sequence[int]) -> ConditionAgreement:
    """Return the agreement of an observer with 20 tasks and people with so many trials a unit, from proportions correct."""

    def rows(who: str, share: float, unit: int, n: int) -> list[Answer]:
        return [row(who, "natural", unit, float(place < round(share * n))) for place in range(n)]

    tasks = [one for unit, share in enumerate(observer) for one in rows("observer", share, unit, 20)]
    trials = [one for unit, (share, n) in enumerate(zip(people, n_people, strict=True)) for one in rows("p", share, unit, n)]
    return found(table_of(trials), table_of(tasks), np.full(len(trials), np.nan)).by_condition["natural"]


def test_units_that_all_differ_alike_have_newcombes_interval() -> None:
    """Differences that are equal but for rounding (0.3 - 0.1, 0.7 - 0.5) are equal; the interval is of the mean over units, however many
    trials one of them has."""
    rounded = differing_alike((0.3, 0.7), (0.1, 0.5), (10, 10))
    assert rounded.interval == pytest.approx(newcombe(1.0, 2, 0.6, 2)) and rounded.method == DIFFERENCE_EQUAL
    uneven = differing_alike((0.5, 0.25), (0.25, 0.0), (1000, 20))
    assert uneven.difference == 0.25 and uneven.interval == pytest.approx(newcombe(0.75, 2, 0.25, 2))
    assert uneven.interval[0] < 0.25 < uneven.interval[1]
    one = differing_alike((1.0,), (0.5,), (10,))
    assert one.interval == pytest.approx(newcombe(1, 1, 0.5, 1))


def test_only_what_both_answered_is_compared() -> None:
    """Units and conditions of one alone are left aside; trials whose images the observer has not seen are counted, none is not."""
    people, observer, d = simulated(temperature=0.1)
    extra = table_of([row("p0", "none", 3, 1.0), row("p0", "natural", 99, 1.0)])
    rows = [*_answers(people), *_answers(extra)]
    seen = np.append(d, [0.0, np.nan])
    seen[:7] = np.nan
    one = found(table_of(rows), observer, seen)
    assert set(one.by_condition) == set(one.by_trial) == set(CONDITIONS)
    assert one.by_condition["natural"].n_units == N_UNITS and one.n_unseen == 8
    assert one.all_trials is not None and one.all_trials.n_trials == len(d) - 7
    assert agreement(extra, observer.of("condition", "synthetic"), np.array([np.nan, np.nan])) is None


def _answers(table: AnswerTable) -> list[Answer]:
    words = [table[word] for word in ("respondent", "condition", "unit")]
    return [
        row(
            *(column.levels[column.codes[at]] for column in words[:2]),
            int(words[2].levels[words[2].codes[at]].split(":")[1]),
            table.score[at],
        )
        for at in range(len(table))
    ]


@pytest.mark.parametrize("scores", [(1.0, 1.0), (0.0, 1.0)])
def test_few_units_have_no_correlation(scores: Sequence[float]) -> None:
    """Two units give a difference with an interval, no correlation and, where both are always right, no kappa."""
    people = table_of([row("p", "natural", unit, score) for unit, score in enumerate(scores)])
    observer = table_of([row("o", "natural", unit, 1.0) for unit in (0, 1)])
    one = found(people, observer, np.array([0.2, 0.3]))
    by = one.by_condition["natural"]
    assert by.difference == pytest.approx(1 - np.mean(scores)) and by.interval[0] < by.difference < by.interval[1] + 1e-9
    assert (one.by_unit["natural"].pearson, one.by_unit["natural"].spearman) == (None, None)
    assert one.all_trials is not None and (one.all_trials.kappa is None) == (scores[0] == 1.0)


def test_without_embeddings_there_is_agreement_over_units_only() -> None:
    """An observer that has seen none of the trials is compared by condition and unit."""
    people, observer, d = simulated(temperature=0.1)
    one = found(people, observer, np.full(len(d), np.nan))
    assert one.fit is None and one.all_trials is None and one.by_trial == {} and one.n_unseen == len(d) and one.by_unit


def test_it_survives_json() -> None:
    """The record that comes back is the one that went."""
    one = found(*simulated(temperature=0.1))
    assert Agreement.from_dict(json.loads(json.dumps(one.as_dict()))) == one
