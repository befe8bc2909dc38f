"""Correlations of two columns as statistics for the bootstrap: of weights, how often each of n pairs was drawn, (r, n)."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.inference.answer_table import Floats
from core.inference.bootstrap import Statistic

NO_SPREAD: Final = 1e-20  # of a variance, where values are at most 1 or ranks: below, it is rounding


def pearson(x: Floats, y: Floats) -> Statistic:
    """Return the product-moment correlation of two columns, (n,) each, as a statistic; NaN where one does not vary."""
    return lambda weights: _correlated(weights, x, y)


def spearman(x: Floats, y: Floats) -> Statistic:
    """Return the rank correlation (Spearman 1904) as a statistic: Pearson's of ranks in what was drawn, ties sharing their mean rank."""
    return lambda weights: _correlated(weights, midranks(weights, x), midranks(weights, y))


def midranks(weights: Floats, values: Floats) -> Floats:
    """Return the rank, from 1, of each of n values among all that were drawn, (r, n); equal ones share their mean rank."""
    distinct, of = np.unique(values, return_inverse=True)
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.arange(len(distinct)))
    drawn = np.add.reduceat(weights[:, order], starts, axis=1)  # (r, distinct)
    ranks = np.cumsum(drawn, axis=1) - drawn + (drawn + 1) / 2
    return np.asarray(ranks[:, of])


def _correlated(weights: Floats, x: Floats, y: Floats) -> Floats:
    n = weights.sum(axis=1, keepdims=True)
    off_x, off_y = (values - (weights * values).sum(axis=1, keepdims=True) / n for values in (x, y))
    products, of_x, of_y = ((weights * a * b).sum(axis=1) / n[:, 0] for a, b in ((off_x, off_y), (off_x, off_x), (off_y, off_y)))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = products / np.sqrt(of_x * of_y)
    return np.asarray(np.where((of_x > NO_SPREAD) & (of_y > NO_SPREAD), np.clip(found, -1, 1), np.nan))
