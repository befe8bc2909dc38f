"""An observer's numbers with uncertainty over units: its tasks of one unit are not independent, and the question is about units in general.

Each unit's mean over its tasks is taken first, then the mean over units (METHOD section 11). No participant varies: an observer answers
every task alike each time.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.design_spec import Condition
from core.errors import UsageError
from core.inference.answer_table import AnswerTable, Word
from core.inference.contrasts import Contrast, pairs_of, units_interval
from core.inference.groups import Key, groups, nested, summed
from core.inference.proportions import Proportion, wilson
from core.inference.results import Results, results

OVER_UNITS: Final = (
    "mean: over units, of each unit's mean over its tasks; two_sem: 2 standard errors over units, sd (ddof 1) / sqrt(units); wilson: "
    "Wilson score 95 % interval with the effective number of tasks, mean (1 - mean) / standard error^2, which is less than their number "
    "where tasks of one unit are alike (Korn and Graubard 1998)"
)
ONE_UNIT: Final = "mean: over the unit's tasks; wilson: Wilson score 95 % interval of these tasks"
PAIRED_UNITS: Final = "mean of the units' differences A - B, 95 % t interval over {} units with tasks in both conditions, within [-1, 1]"
EQUAL_UNITS: Final = (
    "mean of the units' differences A - B, which are all equal and give no t interval; 95 % Newcombe hybrid score interval (method 10) of "
    "the means over {} units with tasks in both conditions, with as many trials as units"
)
ONE_PAIR: Final = "difference of the one unit with tasks in both conditions: it has no interval, [-1, 1] stands for it"

Floats = NDArray[np.float64]


def over_units(main: AnswerTable) -> Results:
    """Return an observer's results of the tasks in `main`: every interval is over units. What an observer does not give, confidence and
    reaction times, is absent as it is where nobody answered."""
    return replace(
        results(()),
        n_answers=len(main),
        n_main_answers=len(main),
        n_participants=len(main.present("respondent")),
        exclusions=(),
        accuracy={condition: value for (condition,), value in proportions_of(main, "condition").items()},
        accuracy_by_scheme=nested(proportions_of(main, "condition", "scheme")),
        accuracy_by_layer=nested(proportions_of(main, "condition", "layer")),
        accuracy_by_branch=nested(proportions_of(main, "condition", "branch")),
        accuracy_by_unit=nested(proportions_of(main, "condition", "unit")),
        accuracy_by_participant=nested(proportions_of(main, "condition", "respondent")),
        contrast={
            f"{a}_minus_{b}": found
            for a, b in pairs_of(main.present("condition"))
            if (found := contrast_over_units(main, a, b)) is not None
        },
    )


def proportions_of(main: AnswerTable, *words: Word) -> dict[Key, Proportion]:
    """Return the proportion correct over units of each combination of levels that has tasks."""
    found = groups(main, *words)
    units = main["unit"]
    chosen = (found.codes >= 0) & (units.codes >= 0)
    cell, place = np.unique(found.codes[chosen].astype(np.int64) * len(units.levels) + units.codes[chosen], return_inverse=True)
    total, n = summed(place, main.score[chosen], cell.shape)  # of the pairs of key and unit that there are: few of all
    keys, starts = np.unique(cell // max(1, len(units.levels)), return_index=True)
    parts = zip(keys.tolist(), np.split(total, starts[1:]), np.split(n, starts[1:]), strict=True)
    return {found.keys[key]: proportion_over_units(of_units, n_tasks) for key, of_units, n_tasks in parts} if len(cell) else {}


def proportion_over_units(n_correct: ArrayLike, n: ArrayLike) -> Proportion:
    """Return the mean over units from each unit's number correct and number of tasks, (units,) each; the participant is the observer."""
    correct, tasks = np.asarray(n_correct, dtype=np.float64), np.asarray(n, dtype=np.int64)
    if not len(tasks):
        raise UsageError("A proportion over units needs at least one unit; there is none.")
    mean, sem = _mean_and_sem(correct / tasks)
    n_tasks = int(tasks.sum())
    effective = n_tasks if sem is None else _effective(mean, sem, n_tasks, len(tasks))
    return Proportion(
        mean=mean,
        two_sem=None if sem is None else 2 * sem,
        n_trials=n_tasks,
        n_participants=1,
        n_correct=float(correct.sum()),
        wilson=wilson(min(mean * effective, effective), effective),
        method=ONE_UNIT if sem is None else OVER_UNITS,
    )


def contrast_over_units(main: AnswerTable, a: Condition, b: Condition) -> Contrast | None:
    """Return A - B, each unit counting alike, over the units with tasks in both conditions; None where there is none."""
    column, units = main["condition"], main["unit"]
    is_a, is_b = column.codes == column.code(a), column.codes == column.code(b)
    (total_a, n_a), (total_b, n_b) = (
        summed(units.codes[rows].astype(np.int64), main.score[rows], (len(units.levels),)) for rows in (is_a, is_b)
    )
    both = (n_a > 0) & (n_b > 0)
    if not both.any():
        return None
    means_a, means_b = total_a[both] / n_a[both], total_b[both] / n_b[both]
    interval, method = _interval(means_a, means_b)
    return Contrast(
        a=a,
        b=b,
        estimate=fmean((means_a - means_b).tolist()),
        interval=interval,
        method=method,
        n_participants=1,
        n_unpaired=0,
        n_trials_a=int(n_a[both].sum()),
        n_trials_b=int(n_b[both].sum()),
        wilcoxon=None,
    )


def _mean_and_sem(means: Floats) -> tuple[float, float | None]:
    ordered = np.sort(means)  # the same number, whichever unit comes first
    return float(ordered.mean()), float(ordered.std(ddof=1)) / math.sqrt(len(ordered)) if len(ordered) > 1 else None


def _effective(mean: float, sem: float, n_tasks: int, n_units: int) -> int:
    """Return the number of independent tasks whose mean would be as certain; where all units are always right or wrong, that of units."""
    spread = mean * (1 - mean)
    if spread <= 0:
        return n_units
    return n_tasks if sem == 0 else int(min(n_tasks, max(n_units, round(spread / sem**2))))


def _interval(means_a: Floats, means_b: Floats) -> tuple[tuple[float, float], str]:
    if len(means_a) < 2:
        return (-1.0, 1.0), ONE_PAIR
    interval, is_t = units_interval(means_a, means_b)
    return interval, (PAIRED_UNITS if is_t else EQUAL_UNITS).format(f"{len(means_a):,}")
