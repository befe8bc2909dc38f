"""Differences of participants' means as integers in one common unit: exact, so that equal ones tie, whatever their numbers of trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import Floats

MOST: Final = 2**62  # beyond it integers of 64 bits may overflow; Python's take over


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """`numbers` / `unit` are the differences, (participants,); numbers are int64, or Python integers where these do not suffice."""

    numbers: NDArray[Any]
    unit: int

    @property
    def values(self) -> Floats:
        """Return them as floats."""
        if self.numbers.dtype == object or self.unit > MOST:
            return np.array([number / self.unit for number in self.numbers.tolist()], dtype=np.float64)
        return np.asarray(self.numbers / self.unit, dtype=np.float64)

    @property
    def are_equal(self) -> bool:
        """Return whether all are the same."""
        return bool((self.numbers == self.numbers[:1]).all())


def differences_of(total: Floats, n: NDArray[np.int64]) -> Differences:
    """Return total / n of the first less that of the second, from sums and numbers of trials, both (participants, 2)."""
    sums, halves = _whole(total)
    common = math.lcm(*np.unique(n).tolist())
    is_small = sums.dtype != object and common * (1 + int(abs(sums).max(initial=0))) * 2 < MOST
    kind: Any = np.int64 if is_small else object
    scaled = sums.astype(kind) * (np.array(common, dtype=kind) // n.astype(kind))
    return Differences(scaled[:, 0] - scaled[:, 1], common * halves)


def exactly(differences: Sequence[Fraction | int]) -> Differences:
    """Return exact differences in their common unit."""
    given = [Fraction(one) for one in differences]
    unit = math.lcm(*(one.denominator for one in given))
    numbers = [one.numerator * (unit // one.denominator) for one in given]
    kind: Any = np.int64 if max(map(abs, numbers), default=0) < MOST else object
    return Differences(np.array(numbers, dtype=kind), unit)


def _whole(values: Floats) -> tuple[NDArray[Any], int]:
    """Return floats as integers, and the unit that they were multiplied by: 2 where half points suffice, else what makes all whole."""
    doubled = values * 2
    if (doubled == np.rint(doubled)).all() and np.abs(doubled).max(initial=0.0) < 2**52:
        return doubled.astype(np.int64), 2
    mantissas, exponents = np.frexp(values)
    whole, shifts = np.ldexp(mantissas, 53).astype(np.int64).astype(object), exponents.astype(np.int64) - 53
    least = min(0, int(shifts.min()))
    return whole * np.array([1 << int(shift - least) for shift in shifts.reshape(-1)], dtype=object).reshape(values.shape), 1 << -least
