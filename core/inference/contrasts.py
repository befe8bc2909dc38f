"""Paired differences between two conditions (natural - synthetic): interval, exact signed-rank test, effect sizes (METHOD section 8)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.design_spec import CONDITIONS, Condition, in_order
from core.inference.answer_table import AnswerTable
from core.inference.cells import Measure, cells
from core.inference.proportions import CONFIDENCE_LEVEL, newcombe

PAIRS: tuple[tuple[Condition, Condition], ...] = (("natural", "synthetic"), ("natural", "none"), ("synthetic", "none"))
BASELINES: tuple[Condition, ...] = ("natural", "synthetic")  # of an imported method
PAIRED_T = "mean of the participants' differences A - B, 95 % t interval over participants, within [-1, 1]"
NEWCOMBE = "difference of proportions A - B over pooled trials, 95 % Newcombe hybrid score interval (method 10)"
NEWCOMBE_ONE = f"{NEWCOMBE}: one participant"
NEWCOMBE_EQUAL = f"{NEWCOMBE}: all participants' differences are equal, which gives no t interval"
SIGNED_RANK = (
    "exact two-sided Wilcoxon signed-rank test over participants' differences A - B (of correct counts, which are exact, or of mean "
    "reaction times), zeros left out (wilcox); "
    "p_exact_two_sided: null distribution of untied ranks; p_permutation_two_sided: of the midranks that came"
)


@dataclass(frozen=True, slots=True)
class SignedRank:
    """A Wilcoxon signed-rank test. `n` counts participants, zeros among them; `cohen_dz` (ddof 1) is None where the differences are
    equal, `rank_biserial` = (w_plus - w_minus) / (w_plus + w_minus) where all are zero."""

    n: int
    n_zero: int
    w_plus: float
    w_minus: float
    p_exact_two_sided: float
    p_permutation_two_sided: float
    cohen_dz: float | None
    rank_biserial: float | None
    method: str = SIGNED_RANK

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of proportions correct A - B over participants who answered both; `n_unpaired` others answered only one."""

    a: Condition
    b: Condition
    estimate: float
    interval: tuple[float, float]
    method: str
    n_participants: int
    n_unpaired: int
    n_trials_a: int
    n_trials_b: int
    wilcoxon: SignedRank | None

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "interval": list(self.interval)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Contrast:
        low, high = values["interval"]
        wilcoxon = None if values["wilcoxon"] is None else SignedRank(**values["wilcoxon"])
        return cls(**{**values, "interval": (low, high), "wilcoxon": wilcoxon})


@dataclass(frozen=True, slots=True)
class _Pair:
    """One participant's scores in both conditions, as exact sums."""

    correct_a: Fraction
    n_a: int
    correct_b: Fraction
    n_b: int

    @property
    def difference(self) -> Fraction:
        return self.correct_a / self.n_a - self.correct_b / self.n_b


def pairs_of(conditions: Iterable[Condition]) -> tuple[tuple[Condition, Condition], ...]:
    """Return which contrasts answers may have: those of the paper, and natural and synthetic minus each imported method."""
    methods = [one for one in in_order(conditions) if one not in CONDITIONS]
    return (*PAIRS, *((baseline, method) for method in methods for baseline in BASELINES))


def of_shared_units(main: AnswerTable, pair: tuple[Condition, Condition]) -> AnswerTable:
    """Return the answers to units that were answered in both conditions."""
    first, second = (set(main.of("condition", condition).present("unit")) for condition in pair)
    return main.of("unit", *(first & second))


def contrast(main: AnswerTable, a: Condition = "natural", b: Condition = "synthetic") -> Contrast | None:
    """Return A - B over main trials; None where no participant answered both conditions.

    With two or more participants the estimate is the mean of their differences, each participant counting alike, with a t interval.
    With one, it is the difference of two proportions, with Newcombe's interval, which takes the trials as independent.
    """
    pairs, n_unpaired = _pairs(main, "accuracy", a, b, exclude_negative=False)
    if not pairs:
        return None
    estimate, interval, method = _estimate(pairs)
    return Contrast(
        a=a,
        b=b,
        estimate=estimate,
        interval=interval,
        method=method,
        n_participants=len(pairs),
        n_unpaired=n_unpaired,
        n_trials_a=sum(pair.n_a for pair in pairs),
        n_trials_b=sum(pair.n_b for pair in pairs),
        wilcoxon=signed_rank([pair.difference for pair in pairs]) if len(pairs) > 1 else None,
    )


def paired_test(
    main: AnswerTable, measure: Measure, a: Condition = "natural", b: Condition = "synthetic", *, exclude_negative: bool
) -> SignedRank | None:
    """Return the signed-rank test of A - B in a measure over participants' means; None where fewer than two answered both."""
    pairs, _ = _pairs(main, measure, a, b, exclude_negative=exclude_negative)
    return signed_rank([pair.difference for pair in pairs]) if len(pairs) > 1 else None


def signed_rank(differences: Sequence[Fraction | int]) -> SignedRank:
    """Return the exact signed-rank test (Wilcoxon 1945) of paired differences; exact numbers, since rounding would break ties."""
    nonzero = [Fraction(difference) for difference in differences if difference]
    doubled = _doubled_midranks([abs(difference) for difference in nonzero])
    plus = sum(rank for rank, difference in zip(doubled, nonzero, strict=True) if difference > 0)
    minus = sum(doubled) - plus
    return SignedRank(
        n=len(differences),
        n_zero=len(differences) - len(nonzero),
        w_plus=plus / 2,
        w_minus=minus / 2,
        p_exact_two_sided=_two_sided(range(1, len(nonzero) + 1), max(plus, minus) // 2),
        p_permutation_two_sided=_two_sided(doubled, max(plus, minus)),
        cohen_dz=_cohen_dz([float(difference) for difference in differences], is_constant=len(set(differences)) < 2),
        rank_biserial=(plus - minus) / (plus + minus) if nonzero else None,
    )


def _pairs(main: AnswerTable, measure: Measure, a: Condition, b: Condition, *, exclude_negative: bool) -> tuple[list[_Pair], int]:
    """Return the pairs of participants who answered both conditions, and how many answered only one."""
    found = cells(main.of("condition", a, b), measure, "condition", exclude_negative=exclude_negative)
    if len(found.levels[0]) < 2:
        return [], len(found.n)
    at = [found.levels[0].index(condition) for condition in (a, b)]
    both = found.is_complete
    total, n = found.total[both][:, at].tolist(), found.n[both][:, at].tolist()
    pairs = [_Pair(Fraction(sums[0]), of[0], Fraction(sums[1]), of[1]) for sums, of in zip(total, n, strict=True)]
    return pairs, len(both) - len(pairs)


def _estimate(pairs: Sequence[_Pair]) -> tuple[float, tuple[float, float], str]:
    differences = [pair.difference for pair in pairs]
    if len(set(differences)) > 1:
        values = [float(difference) for difference in differences]
        return fmean(values), t_interval(values), PAIRED_T
    n_a, n_b = sum(pair.n_a for pair in pairs), sum(pair.n_b for pair in pairs)
    correct_a, correct_b = sum(pair.correct_a for pair in pairs), sum(pair.correct_b for pair in pairs)
    interval = newcombe(float(correct_a), n_a, float(correct_b), n_b)
    return float(correct_a / n_a - correct_b / n_b), interval, NEWCOMBE_ONE if len(pairs) == 1 else NEWCOMBE_EQUAL


def t_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % t interval of the mean of two or more differences of proportions, cut to their range [-1, 1]."""
    from scipy.special import stdtrit  # at first use: importing it takes long, and pages import this module

    half = float(stdtrit(len(values) - 1, 0.5 + CONFIDENCE_LEVEL / 2)) * stdev(values) / math.sqrt(len(values))
    return max(-1.0, fmean(values) - half), min(1.0, fmean(values) + half)


def _doubled_midranks(sizes: Sequence[Fraction]) -> list[int]:
    """Return twice the rank of every size, ties sharing their mean rank: integers, so that sums of ranks stay exact."""
    counted, below, doubled = Counter(sizes), 0, {}
    for size in sorted(counted):
        doubled[size] = 2 * below + counted[size] + 1
        below += counted[size]
    return [doubled[size] for size in sizes]


def _two_sided(ranks: Iterable[int], larger_sum: int) -> float:
    """Return the two-sided p of the larger of the two rank sums, by enumerating all signs (ranks in one common unit)."""
    ranks = list(ranks)
    return min(1.0, 2 * float(_sum_distribution(ranks)[larger_sum:].sum()))


def _sum_distribution(ranks: Sequence[int]) -> NDArray[np.float64]:
    """Return the probability of each sum 0 to sum(ranks) when every rank is taken or not with probability one half."""
    chances = np.zeros(sum(ranks) + 1)
    chances[0] = 1.0
    for rank in ranks:
        taken = np.zeros_like(chances)
        taken[rank:] = chances[: len(chances) - rank]
        chances = (chances + taken) / 2
    return chances


def _cohen_dz(values: Sequence[float], *, is_constant: bool) -> float | None:
    return None if is_constant else fmean(values) / stdev(values)
