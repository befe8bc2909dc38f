"""The mean of one number per participant, with its t interval: what is said of people in general, each counting alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from core.inference.proportions import CONFIDENCE_LEVEL

PARTICIPANT_MEAN: Final = "mean of the participants' values, each counting alike, with a 95 % t interval over participants"


@dataclass(frozen=True, slots=True)
class ParticipantMean:
    """`interval` is None with fewer than two participants, and where all values are equal, which gives no t interval."""

    mean: float
    interval: tuple[float, float] | None
    n_participants: int
    method: str = PARTICIPANT_MEAN


def participant_mean(values: ArrayLike, *, within: tuple[float, float] = (-math.inf, math.inf)) -> ParticipantMean | None:
    """Return the mean of values, (participants,), NaN where a participant has none; the interval is cut to the range `within`."""
    given = np.asarray(values, dtype=np.float64)
    given = np.sort(given[~np.isnan(given)])  # sorted: the same number, whoever comes first
    if not len(given):
        return None
    mean, half = float(given.mean()), _half_width(given)
    interval = None if half is None else (max(within[0], mean - half), min(within[1], mean + half))
    return ParticipantMean(mean, interval, len(given))


def _half_width(values: np.ndarray) -> float | None:
    from scipy.special import stdtrit  # at first use: importing it takes long, and pages import this module

    if values[0] == values[-1]:
        return None
    n = len(values)
    return float(stdtrit(n - 1, 0.5 + CONFIDENCE_LEVEL / 2)) * float(np.std(values, ddof=1)) / math.sqrt(n)
