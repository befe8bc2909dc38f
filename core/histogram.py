"""Histograms that merge exactly: bins as wide as a power of two, at its multiples. Pure numpy.

The width is the smallest power of two with which a channel's values fall into at most N_BINS bins, so that it depends on the lowest and
the highest value alone. Two histograms merge by halving the resolution of the finer one until both have the width that their common
range asks for; no value changes sides of an edge by that, and the result is, count for count, the histogram of all values together,
in whatever order parts are merged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

N_BINS = 1024  # at least half of them are in use, so that a percentile is known to 1/511 of the range or better
CHANNELS_AT_ONCE = 64
MANTISSA_BITS = 23  # of a float32: narrower bins would tell nothing apart
SMALLEST_EXPONENT = -149  # of a float32


class Histogram(NamedTuple):
    """Per channel: exponent int32 (C,), bins are 2**exponent wide; origin int64 (C,), the first begins at origin * 2**exponent; counts
    int64 (C, N_BINS), zero beyond the highest value's bin."""

    exponent: npt.NDArray[np.int32]
    origin: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


def histogram(values: npt.NDArray[np.float32], low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> Histogram:
    """Return the histogram of each channel of values (C, n), whose lowest and highest values are given, (C,)."""
    exponent = _exponent(low, high)
    origin = _bin_of(low, exponent)
    n_channels = len(values)
    bins = np.floor(np.ldexp(values.astype(np.float64), -exponent[:, None])).astype(np.int64) - origin[:, None]  # (C, n)
    return Histogram(exponent, origin, _counted(bins, np.ones(1), n_channels))


def merged(one: Histogram, other: Histogram, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> Histogram:
    """Return the histogram of the values of both, whose lowest and highest are given, (C,)."""
    exponent = _exponent(low, high)
    origin = _bin_of(low, exponent)
    counts = np.empty((len(exponent), N_BINS), dtype=np.int64)
    for start in range(0, len(exponent), CHANNELS_AT_ONCE):  # bounds the memory that is computed with
        some = slice(start, start + CHANNELS_AT_ONCE)
        parts = [Histogram(part.exponent[some], part.origin[some], part.counts[some]) for part in (one, other)]
        counts[some] = sum(_coarser(part, exponent[some], origin[some]) for part in parts)
    return Histogram(exponent, origin, counts)


def collapsed(exponent: int, origin: int, counts: npt.NDArray[np.int64], *, at_most: int) -> tuple[float, float, tuple[int, ...]]:
    """Return one channel's histogram in at most so many bins, for a chart: (where the first begins, their width, counts)."""
    used = np.flatnonzero(counts)
    if not len(used):
        return float(np.ldexp(float(origin), exponent)), float(np.ldexp(1.0, exponent)), (0,)
    first, last = origin + int(used[0]), origin + int(used[-1])
    shift = 0
    while (last >> shift) - (first >> shift) >= at_most:
        shift += 1
    places = ((origin + np.arange(len(counts))) >> shift) - (first >> shift)
    inside = counts > 0
    found = np.bincount(places[inside], weights=counts[inside]).astype(np.int64)
    return float(np.ldexp(float(first >> shift), exponent + shift)), float(np.ldexp(1.0, exponent + shift)), tuple(found.tolist())


def percentile(exponent: int, origin: int, counts: npt.NDArray[np.int64], percent: float) -> float:
    """Return the value below which `percent` of one channel's values lie, to half a bin: the middle of the bin that it falls into."""
    cumulative = np.cumsum(counts)
    place = int(np.searchsorted(cumulative, percent / 100 * cumulative[-1], side="left"))
    while place < len(counts) - 1 and counts[place] == 0:  # percent 0 begins before the first value
        place += 1
    return float(np.ldexp(origin + place + 0.5, exponent))


def _exponent(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Return the smallest exponent with which the range takes at most N_BINS bins, (C,)."""
    largest = np.maximum(np.abs(low), np.abs(high))
    _, above = np.frexp(largest)  # largest < 2**above
    least = np.where(largest > 0, np.maximum(above - 1 - MANTISSA_BITS, SMALLEST_EXPONENT), SMALLEST_EXPONENT).astype(np.int32)
    _, span = np.frexp(high - low)
    bits = N_BINS.bit_length() - 1
    exponent = np.where(high > low, np.maximum(span - bits - 2, least), least).astype(np.int32)
    while (wide := _bin_of(high, exponent) - _bin_of(low, exponent) >= N_BINS).any():
        exponent = exponent + wide.astype(np.int32)
    return exponent


def _bin_of(values: npt.NDArray[np.float64], exponent: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    return np.floor(np.ldexp(values, -exponent)).astype(np.int64)


def _coarser(one: Histogram, exponent: npt.NDArray[np.int32], origin: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    shift = np.minimum(exponent - one.exponent, 62).astype(np.int64)[:, None]
    bins = ((one.origin[:, None] + np.arange(N_BINS)) >> shift) - origin[:, None]  # (C, N_BINS)
    return _counted(np.where(one.counts > 0, bins, 0), one.counts, len(one.counts))


def _counted(bins: npt.NDArray[np.int64], weights: npt.NDArray[np.generic], n_channels: int) -> npt.NDArray[np.int64]:
    """Return counts (C, N_BINS) of bins (C, n), each weighing as much as `weights` say (which float64 holds exactly up to 2**53)."""
    flat = (bins + np.arange(n_channels)[:, None] * N_BINS).ravel()
    weighed = None if weights.size == 1 else weights.ravel()
    return np.bincount(flat, weights=weighed, minlength=n_channels * N_BINS).astype(np.int64).reshape(n_channels, N_BINS)
