"""Krippendorff's alpha of ordinal ratings: how far reviewers agree beyond chance (Krippendorff 2011, Computing Krippendorff's
Alpha-Reliability). 1 is perfect, 0 what chance gives; reviewers may have rated some units only.

The interval is the BCa bootstrap of units (bootstrap.py), not Krippendorff's own resampling of pairs, which takes pairs within a unit for
independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.inference.answer_table import Floats
from core.inference.bootstrap import N_RESAMPLES, Bootstrapped, Statistic, bootstrap

NAME: Final = "Krippendorff's alpha, ordinal"
FEWEST_UNITS: Final = 2


def ordinal_alpha(ratings: Sequence[Sequence[int]], *, seed: int = 0, n_resamples: int = N_RESAMPLES) -> Bootstrapped | None:
    """Return alpha of units, each with its reviewers' ratings, and its 95 % interval; units of fewer than two ratings tell nothing.

    None where fewer than two units remain, or where all ratings are equal: then there is nothing to agree on.
    """
    paired = [unit for unit in ratings if len(unit) > 1]
    if len(paired) < FEWEST_UNITS:
        return None
    return bootstrap({NAME: alpha_statistic(paired)}, len(paired), of="units", seed=seed, n_resamples=n_resamples)[NAME]


def alpha_statistic(ratings: Sequence[Sequence[int]]) -> Statistic:
    """Return alpha as a statistic of weights, how often each of n units was drawn, (r, n); NaN where only one value was drawn."""
    values = sorted({value for unit in ratings for value in unit})
    place = {value: at for at, value in enumerate(values)}
    pairs = np.stack([_coincidences(unit, place) for unit in ratings])  # (n, v, v)
    flat = pairs.reshape(len(pairs), -1)

    def alpha(weights: Floats) -> Floats:
        observed = (weights @ flat).reshape(len(weights), len(values), len(values))
        margins = observed.sum(axis=2)  # (r, v)
        ranks = np.cumsum(margins, axis=1) - margins / 2
        distance = (ranks[:, :, None] - ranks[:, None, :]) ** 2  # the ordinal metric: ranks between two values
        seen = (observed * distance).sum(axis=(1, 2))
        by_chance = (margins[:, :, None] * margins[:, None, :] * distance).sum(axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = 1 - (margins.sum(axis=1) - 1) * seen / by_chance
        return np.asarray(np.where(by_chance > 0, found, np.nan))

    return alpha


def _coincidences(unit: Sequence[int], place: Mapping[int, int]) -> Floats:
    """Return a unit's pairs of ratings by different reviewers, (v, v), which count so that each rating counts once."""
    counts = np.zeros(len(place))
    for value in unit:
        counts[place[value]] += 1
    return (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
