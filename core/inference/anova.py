"""Analysis of variance of participants' means: repeated measures within participants, groups of them between (METHOD section 8).

Type III sums of squares: every effect is tested in orthonormal contrasts of the cells, adjusted for all others, with groups coded to sum
to zero, so that unequal groups weigh alike. Each within effect is tested against its own effect x participant error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats

ROUNDING: Final = 1e-13  # of all squares: an error sum of squares below it is rounding, and there is no test
ANOVA = (
    "analysis of variance of participant means, type III sums of squares with sum-to-zero contrasts, each within effect against its "
    "own effect x participant error; p with uncorrected df, p_greenhouse_geisser with df times epsilon; "
    "participants with an empty cell are left out"
)
POST_HOC = (
    f"{ANOVA}; p_bonferroni: paired comparisons with the pooled error and its df, two-sided, times the number of comparisons, at most 1"
)


@dataclass(frozen=True, slots=True)
class Effect:
    """The test of one effect. `df`: of the effect and of its error; `epsilon`: Greenhouse and Geisser's, 1 for effects of one df."""

    F: float
    df: tuple[int, int]
    p: float
    epsilon: float
    p_greenhouse_geisser: float
    partial_eta_squared: float
    n_participants: int
    n_left_out: int
    method: str = ANOVA


@dataclass(frozen=True, slots=True)
class RepeatedMeasures(Effect):
    """The test of one factor within participants, and of its levels against each other, A_vs_B."""

    t: Mapping[str, float] = field(default_factory=dict)
    p_bonferroni: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Strata:
    """Squares of one within effect's contrasts: (error, of each between term), and epsilon."""

    error: float
    df_error: int
    terms: tuple[float, ...]
    epsilon: float


def repeated_measures(means: Floats, levels: Sequence[str], *, n_left_out: int = 0) -> RepeatedMeasures | None:
    """Return the test of a factor from means (participants, levels); None below two of either, and where nobody's error is left."""
    n, n_levels = means.shape
    found = mixed_anova(means, ("level",), n_left_out=n_left_out) if n_levels > 1 else {}
    if not found:
        return None
    effect = found["level"]
    mean_square = _error(means) / effect.df[1]
    t = {
        f"{levels[a]}_vs_{levels[b]}": float(means[:, a].mean() - means[:, b].mean()) / math.sqrt(2 * mean_square / n)
        for a, b in combinations(range(n_levels), 2)
    }
    return RepeatedMeasures(
        F=effect.F,
        df=effect.df,
        p=effect.p,
        epsilon=effect.epsilon,
        p_greenhouse_geisser=effect.p_greenhouse_geisser,
        partial_eta_squared=effect.partial_eta_squared,
        n_participants=n,
        n_left_out=n_left_out,
        method=POST_HOC,
        t=t,
        p_bonferroni={pair: min(1.0, len(t) * _two_sided_t(value, effect.df[1])) for pair, value in t.items()},
    )


def mixed_anova(
    means: Floats,
    within: Sequence[str],
    group: NDArray[np.int64] | None = None,
    between: str = "group",
    *,
    n_left_out: int = 0,
) -> dict[str, Effect]:
    """Return the tests of all effects and interactions by name ("condition", "condition:scheme" ...).

    `means`: (participants, levels of each within factor in turn), without empty cells. `group`: code of each participant's group,
    (participants,); None where there are no groups. Effects without any error left are absent, all of them with too few participants.
    """
    n = len(means)
    coding = _sum_to_zero(n, group)  # (participants, 1 + groups - 1): the intercept, then groups
    n_groups = coding.shape[1]
    if n <= n_groups:
        return {}
    names = ((), ()) if n_groups == 1 else ((), (between,))
    blocks = [slice(0, 1)] + ([slice(1, n_groups)] if n_groups > 1 else [])
    found: dict[str, Effect] = {}
    flat = means.reshape(n, -1)
    floor = ROUNDING * float(np.square(flat).sum())
    for chosen in _subsets(len(within)):
        contrasts = flat @ _contrasts(means.shape[1:], chosen).T  # (participants, df of the within effect)
        strata = _strata(contrasts, coding, blocks)
        for name, block, squares in zip(names, blocks, strata.terms, strict=False):
            label = ":".join((*(within[factor] for factor in chosen), *name))
            if label and strata.error > floor:
                df = contrasts.shape[1] * (block.stop - block.start)
                found[label] = _effect(squares, df, strata, n=n, n_left_out=n_left_out)
    return {label: found[label] for label in sorted(found, key=lambda label: (label.count(":"), _places(label, (*within, between))))}


def _places(label: str, names: Sequence[str]) -> list[int]:
    return [names.index(name) for name in label.split(":")]


def _subsets(n_factors: int) -> list[tuple[int, ...]]:
    return [chosen for size in range(n_factors + 1) for chosen in combinations(range(n_factors), size)]


def _strata(contrasts: Floats, coding: Floats, blocks: Sequence[slice]) -> _Strata:
    """Return the squares of each between term, adjusted for the others, and of the error, summed over a within effect's contrasts."""
    inverse = np.linalg.inv(coding.T @ coding)
    weights = inverse @ coding.T @ contrasts  # (1 + groups - 1, df of the within effect)
    terms = [float(np.sum(weights[block] * np.linalg.solve(inverse[block, block], weights[block]))) for block in blocks]
    residual = contrasts - coding @ weights
    products = residual.T @ residual
    k, squares = contrasts.shape[1], float(np.sum(products**2))
    epsilon = float(np.trace(products)) ** 2 / (k * squares) if squares > 0 else 1.0
    df_error = k * (len(contrasts) - coding.shape[1])
    return _Strata(float(np.trace(products)), df_error, tuple(terms), min(1.0, epsilon))


def _effect(squares: float, df: int, strata: _Strata, *, n: int, n_left_out: int) -> Effect:
    ratio = (squares / df) / (strata.error / strata.df_error)
    return Effect(
        F=ratio,
        df=(df, strata.df_error),
        p=_upper_f(ratio, df, strata.df_error),
        epsilon=strata.epsilon,
        p_greenhouse_geisser=_upper_f(ratio, df * strata.epsilon, strata.df_error * strata.epsilon),
        partial_eta_squared=squares / (squares + strata.error),
        n_participants=n,
        n_left_out=n_left_out,
    )


def _sum_to_zero(n: int, group: NDArray[np.int64] | None) -> Floats:
    """Return the intercept and, for groups, their sum-to-zero coding: (participants, groups)."""
    if group is None or len(np.unique(group)) < 2:
        return np.ones((n, 1))
    _, codes = np.unique(group, return_inverse=True)
    n_groups = int(codes.max()) + 1
    coded = np.vstack([np.eye(n_groups - 1), -np.ones(n_groups - 1)])
    return np.hstack([np.ones((n, 1)), coded[codes]])


def _contrasts(shape: Sequence[int], chosen: Sequence[int]) -> Floats:
    """Return orthonormal contrasts of the cells, (df, cells): differences between the levels of the chosen factors, over all others."""
    matrix = np.ones((1, 1))
    for factor, n_levels in enumerate(shape):
        own = _helmert(n_levels) if factor in chosen else np.full((1, n_levels), 1 / math.sqrt(n_levels))
        matrix = np.kron(matrix, own)
    return matrix


def _helmert(n_levels: int) -> Floats:
    """Return n - 1 orthonormal contrasts of n levels (Helmert's): each level against the mean of those before it."""
    rows = np.tril(np.ones((n_levels - 1, n_levels)))
    rows[np.arange(n_levels - 1), np.arange(1, n_levels)] = -np.arange(1, n_levels)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _error(means: Floats) -> float:
    """Return the participant x level squares of means (participants, levels)."""
    residual = means - means.mean(axis=0) - means.mean(axis=1, keepdims=True) + means.mean()
    return float(np.square(residual).sum())


def _upper_f(ratio: float, df: float, df_error: float) -> float:
    from scipy.special import fdtrc  # at first use: importing it takes long, and pages import this module

    return float(fdtrc(df, df_error, ratio))


def _two_sided_t(value: float, df: int) -> float:
    from scipy.special import stdtr

    return 2 * float(stdtr(df, -abs(value)))
