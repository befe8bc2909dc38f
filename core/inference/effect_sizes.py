"""How large the difference of two conditions is: dz, matched rank-biserial and odds ratio with bootstrap intervals.

Participants are drawn again; of machine observers, who are few and answer all units, units are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.design_spec import Condition
from core.errors import UsageError
from core.inference.answer_table import AnswerTable, Floats, Word
from core.inference.bootstrap import N_RESAMPLES, Bootstrapped, Resampled, Statistic, bootstrap
from core.inference.groups import groups, summed

WORD_OF: Final[Mapping[Resampled, Word]] = {"participants": "respondent", "units": "unit"}
DIFFERENCE: Final = "mean of the {}' differences A - B of proportions correct"
DZ: Final = "Cohen's dz: mean of the {}' differences A - B of proportions correct / their standard deviation (ddof 1)"
RANK_BISERIAL: Final = (
    "matched rank-biserial (Kerby 2014): (w_plus - w_minus) / (w_plus + w_minus) of the {}' differences A - B, zeros left out"
)
ODDS_RATIO: Final = "odds ratio of a right answer in A against B, Mantel and Haenszel's (1959) over {}"
DIGITS: Final = 12  # differences that agree so far are equal: fractions as floats differ by rounding
NO_SPREAD: Final = 1e-20  # of squares: below, it is rounding


@dataclass(frozen=True, slots=True)
class EffectSizes:
    """The difference of proportions correct A - B over those who answered both. An effect that has no finite value is None: dz where all
    differ alike, the rank-biserial where nobody differs, the odds ratio where B is never right or A never wrong."""

    a: Condition
    b: Condition
    over: Resampled
    n: int
    difference: Bootstrapped
    cohen_dz: Bootstrapped | None
    rank_biserial: Bootstrapped | None
    odds_ratio: Bootstrapped | None


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Sum of scores and number of trials in A and B of those with both, all (n,)."""

    total_a: Floats
    n_a: Floats
    total_b: Floats
    n_b: Floats

    @property
    def differences(self) -> Floats:
        return np.asarray((self.total_a / self.n_a - self.total_b / self.n_b).round(DIGITS))


def effect_sizes(
    main: AnswerTable,
    a: Condition = "natural",
    b: Condition = "synthetic",
    *,
    over: Resampled = "participants",
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> EffectSizes | None:
    """Return the effect sizes of A - B over main trials; None where fewer than two participants (or units) have both."""
    if over not in WORD_OF:
        raise UsageError(f"Effect sizes are over {' or '.join(WORD_OF)}; {over!r} came.")
    pairs = _pairs(main, a, b, WORD_OF[over])
    differences = pairs.differences
    names = [one.format(over) for one in (DIFFERENCE, DZ, RANK_BISERIAL, ODDS_RATIO)]
    statistics = dict(
        zip(names, (mean(differences), cohen_dz(differences), rank_biserial(differences), mantel_haenszel(pairs)), strict=True)
    )
    found = bootstrap(statistics, len(differences), of=over, seed=seed, n_resamples=n_resamples)
    difference, dz, biserial, odds = (found[name] for name in names)
    return None if difference is None else EffectSizes(a, b, over, len(differences), difference, dz, biserial, odds)


def mean(values: Floats) -> Statistic:
    """Return the weighted mean of values, (n,), as a statistic."""
    return lambda weights: np.asarray(weights @ values / weights.sum(axis=1))


def cohen_dz(values: Floats) -> Statistic:
    """Return mean / standard deviation (ddof 1) of differences, (n,), as a statistic."""
    centre = float(values.mean()) if len(values) else 0.0
    off = values - centre

    def statistic(weights: Floats) -> Floats:
        n = weights.sum(axis=1)
        from_centre = weights @ off / n
        squares = weights @ off**2 - n * from_centre**2
        with np.errstate(divide="ignore", invalid="ignore"):  # one alone has no spread, equal ones none to divide by
            spread = np.sqrt(np.where(squares > NO_SPREAD, squares, 0) / (n - 1))
            return np.asarray((centre + from_centre) / spread)

    return statistic


def rank_biserial(differences: Floats) -> Statistic:
    """Return the matched rank-biserial correlation of differences, (n,), equal ones sharing their mean rank, as a statistic."""
    sizes = np.abs(differences)
    order = np.argsort(sizes, kind="stable")
    starts = np.flatnonzero(np.diff(sizes[order], prepend=-1))  # of equal sizes
    sign = np.sign(differences[order])

    def statistic(weights: Floats) -> Floats:
        ordered = weights[:, order]
        n = np.add.reduceat(ordered * np.abs(sign), starts, axis=1)  # (r, distinct sizes)
        rank = np.cumsum(n, axis=1) - (n - 1) / 2
        with np.errstate(invalid="ignore"):
            return np.asarray((rank * np.add.reduceat(ordered * sign, starts, axis=1)).sum(axis=1) / (rank * n).sum(axis=1))

    return statistic


def mantel_haenszel(pairs: Pairs) -> Statistic:
    """Return Mantel and Haenszel's odds ratio, each participant or unit a stratum, as a statistic."""
    trials = pairs.n_a + pairs.n_b
    for_a = pairs.total_a * (pairs.n_b - pairs.total_b) / trials
    for_b = (pairs.n_a - pairs.total_a) * pairs.total_b / trials

    def statistic(weights: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((weights @ for_a) / (weights @ for_b))

    return statistic


def _pairs(main: AnswerTable, a: Condition, b: Condition, word: Word) -> Pairs:
    total, n = _sums(main, word)
    levels = main["condition"].levels
    if a not in levels or b not in levels:
        return Pairs(*[np.zeros(0)] * 4)
    at = [levels.index(a), levels.index(b)]
    both = (n[at] > 0).all(axis=0)
    return Pairs(total[at[0]][both], n[at[0]][both], total[at[1]][both], n[at[1]][both])


def _sums(main: AnswerTable, word: Word) -> tuple[Floats, Floats]:
    """Return the sum of scores and the number of trials by condition and another word, both (conditions, levels)."""
    codes = groups(main, "condition", word).codes
    kept = codes >= 0
    shape = len(main["condition"].levels), len(main[word].levels)
    total, n = summed(codes[kept].astype(np.int64), main.score[kept], shape)
    return total, n.astype(np.float64)
