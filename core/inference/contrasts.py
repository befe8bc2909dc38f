"""Paired differences between two conditions (natural - synthetic): interval, exact signed-rank test, effect sizes (METHOD section 8)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.design_spec import CONDITIONS, Condition, in_order
from core.inference.answer_table import Floats
from core.inference.cells import Cells
from core.inference.exact_differences import Differences, differences_of, exactly
from core.inference.proportions import CONFIDENCE_LEVEL, newcombe_of_means
from core.inference.signed_rank_null import two_sided, two_sided_untied

PAIRS: tuple[tuple[Condition, Condition], ...] = (("natural", "synthetic"), ("natural", "none"), ("synthetic", "none"))
BASELINES: tuple[Condition, ...] = ("natural", "synthetic")  # of an imported method
PAIRED_T = "mean of the participants' differences A - B, 95 % t interval over participants, within [-1, 1]"
NEWCOMBE = "difference of proportions A - B over pooled trials, 95 % Newcombe hybrid score interval (method 10)"
NEWCOMBE_ONE = f"{NEWCOMBE}: one participant"
NEWCOMBE_EQUAL = (
    "mean of the participants' differences A - B, which are all equal and give no t interval; 95 % Newcombe hybrid score interval (method "
    "10) of the participants' mean proportions, with the trials that are so certain where each participant counts alike, "
    "participants^2 / sum of 1 / trials"
)
DIGITS = 12  # differences that agree so far are equal: fractions as floats differ by rounding
SIGNED_RANK = (
    "exact two-sided Wilcoxon signed-rank test over participants' differences A - B (of correct counts, which are exact, or of mean "
    "reaction times), zeros left out (wilcox); "
    "p_exact_two_sided: null distribution of untied ranks; p_permutation_two_sided: of the midranks that came; both counted, or with "
    "many participants inverted from the characteristic function, which is exact but for rounding, about 1e-12 of p"
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


def pairs_of(conditions: Iterable[Condition]) -> tuple[tuple[Condition, Condition], ...]:
    """Return which contrasts answers may have: those of the paper, and natural and synthetic minus each imported method."""
    methods = [one for one in in_order(conditions) if one not in CONDITIONS]
    return (*PAIRS, *((baseline, method) for method in methods for baseline in BASELINES))


def contrast_of_cells(found: Cells, a: Condition, b: Condition) -> Contrast | None:
    """Return A - B from participants' scores by condition; None where nobody answered both.

    With two or more participants the estimate is the mean of their differences, each participant counting alike, with a t interval.
    With one, or where all differ alike, the interval is Newcombe's of two proportions, which takes the trials as independent.
    """
    pairs = _pairs(found, a, b)
    if not len(pairs.n):
        return None
    different = differences_of(pairs.total, pairs.n)
    estimate, interval, method = _estimate(pairs, different)
    return Contrast(
        a=a,
        b=b,
        estimate=estimate,
        interval=interval,
        method=method,
        n_participants=len(pairs.n),
        n_unpaired=pairs.n_unpaired,
        n_trials_a=int(pairs.n[:, 0].sum()),
        n_trials_b=int(pairs.n[:, 1].sum()),
        wilcoxon=_test_of(pairs) if len(pairs.n) > 1 else None,
    )


def signed_rank_of_cells(found: Cells, a: Condition = "natural", b: Condition = "synthetic") -> SignedRank | None:
    """Return the signed-rank test of A - B from participants' sums of a measure by condition; None where fewer than two answered both."""
    pairs = _pairs(found, a, b)
    return _test_of(pairs) if len(pairs.n) > 1 else None


def signed_rank(differences: Sequence[Fraction | int]) -> SignedRank:
    """Return the exact signed-rank test (Wilcoxon 1945) of paired differences; exact numbers, since rounding would break ties."""
    return signed_rank_of(exactly(differences))


def signed_rank_of(different: Differences) -> SignedRank:
    """Return the same of differences in one common unit."""
    numbers = different.numbers
    nonzero = numbers[numbers != 0]
    _, place, counts = np.unique(abs(nonzero), return_inverse=True, return_counts=True)
    doubled = 2 * (np.cumsum(counts) - counts) + counts + 1  # twice the rank of each size, ties sharing their mean rank
    plus = int(doubled[place[nonzero > 0]].sum())
    minus = int((doubled * counts).sum()) - plus
    untied = two_sided_untied(len(nonzero), max(plus, minus) // 2)
    is_tied = bool((counts > 1).any())
    return SignedRank(
        n=len(numbers),
        n_zero=len(numbers) - len(nonzero),
        w_plus=plus / 2,
        w_minus=minus / 2,
        p_exact_two_sided=untied,
        p_permutation_two_sided=two_sided(doubled, counts, max(plus, minus)) if is_tied else untied,
        cohen_dz=None if different.are_equal else _cohen_dz(different.values),
        rank_biserial=(plus - minus) / (plus + minus) if len(nonzero) else None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Sums and numbers of trials of the participants who answered both conditions, both (participants, 2); how many answered only one."""

    total: Floats
    n: NDArray[np.int64]
    n_unpaired: int


def _test_of(pairs: _Pairs) -> SignedRank:
    return _remembered_test(pairs.total.tobytes(), pairs.n.tobytes())


@lru_cache(maxsize=128)  # of tests that new answers leave as they are
def _remembered_test(total: bytes, n: bytes) -> SignedRank:
    sums, trials = np.frombuffer(total, dtype=np.float64), np.frombuffer(n, dtype=np.int64)
    return signed_rank_of(differences_of(sums.reshape(-1, 2), trials.reshape(-1, 2)))


def _pairs(found: Cells, a: Condition, b: Condition) -> _Pairs:
    levels = found.levels[0]
    at = [levels.index(condition) for condition in (a, b) if condition in levels]
    n = found.n[:, at]
    both, any_of_them = (n > 0).all(axis=1), int(found.n_main[:, at].any(axis=1).sum())
    if len(at) < 2:
        return _Pairs(np.zeros((0, 2)), np.zeros((0, 2), dtype=np.int64), any_of_them)
    return _Pairs(found.total[:, at][both], n[both], any_of_them - int(both.sum()))


def _estimate(pairs: _Pairs, different: Differences) -> tuple[float, tuple[float, float], str]:
    values, many = different.values, len(pairs.n)
    if not different.are_equal:
        return math.fsum(values) / many, t_interval(values), PAIRED_T
    mean_a, mean_b = (math.fsum(of) / many for of in (pairs.total / pairs.n).T.tolist())
    n_a, n_b = (int(many**2 / math.fsum(of) + 1e-9) for of in (1 / pairs.n).T.tolist())  # 90 trials each are 90, not 89.999
    return float(values[0]), newcombe_of_means(mean_a, n_a, mean_b, n_b), NEWCOMBE_ONE if many == 1 else NEWCOMBE_EQUAL


def units_interval(means_a: Floats, means_b: Floats) -> tuple[tuple[float, float], bool]:
    """Return the 95 % interval of the mean over units of A - B, and whether it is a t interval: from each unit's means, (units,) both.

    Where all units differ alike, or there is one, it is Newcombe's of the means over units with as many trials as there are units: trials
    of one unit are not independent.
    """
    differences = (means_a - means_b).round(DIGITS)
    if (differences != differences[0]).any():
        return t_interval(means_a - means_b), True
    n = len(differences)
    return newcombe_of_means(float(means_a.mean()), n, float(means_b.mean()), n), False


def t_interval(values: Sequence[float] | Floats) -> tuple[float, float]:
    """Return the 95 % t interval of the mean of two or more differences of proportions, cut to their range [-1, 1]."""
    from scipy.special import stdtrit  # at first use: importing it takes long, and pages import this module

    n, centre = len(values), math.fsum(values) / len(values)
    half = float(stdtrit(n - 1, 0.5 + CONFIDENCE_LEVEL / 2)) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return max(-1.0, centre - half), min(1.0, centre + half)


def _cohen_dz(values: Floats) -> float:
    return math.fsum(values) / len(values) / float(np.std(values, ddof=1))
