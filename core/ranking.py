"""Exemplars and distribution of every unit of a layer, shard by shard, in parts that merge exactly. Pure numpy.

A summary of some images and one of others merge into the summary of all of them, bit for bit the same in any order and grouping: the
merge is associative and commutative. So it does not matter how many workers mined, in which order they ended or where one was interrupted.
Exemplars are kept as 64-bit keys (activation, image id) whose order is the ranking's; of moments every shard's are kept, and added up
in the order of the images only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from core import histogram
from core.histogram import Histogram

CHANNELS_AT_ONCE = 64

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Moments:
    """One shard's: the id of its first image, the number of its images; mean and sum of squared deviations, float64 (C,)."""

    first_image: int
    n: int
    mean: Doubles
    squares: Doubles


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a layer's units on some images, C channels.

    top_keys, bottom_keys: uint64 (C, K), the most extreme first (see `decoded_top`, `decoded_bottom`), K = top_k or the number of images;
    moments: one entry a shard, by first image; low, high: float64 (C,).
    """

    top_k: int
    top_keys: Keys
    bottom_keys: Keys
    moments: tuple[Moments, ...]
    low: Doubles
    high: Doubles
    bins: Histogram

    @property
    def n(self) -> int:
        """The number of images."""
        return sum(one.n for one in self.moments)

    def top(self) -> tuple[npt.NDArray[np.int32], Floats]:
        """Return ids int32 and activations float32 (C, K) of the highest, rank 0 first; of equal ones the lower id comes first."""
        return _ids(self.top_keys), _activations(~self.top_keys)

    def bottom(self) -> tuple[npt.NDArray[np.int32], Floats]:
        """Return ids int32 and activations float32 (C, K) of the lowest, rank 0 first; of equal ones the lower id comes first."""
        return _ids(self.bottom_keys), _activations(self.bottom_keys)

    def mean_and_sd(self) -> tuple[Doubles, Doubles]:
        """Return mean and standard deviation (ddof 0), float64 (C,), the shards added up in the order of their images.

        Chan, Golub and LeVeque (1983), updating formulae for the sample variance.
        """
        first = self.moments[0]
        n, mean, squares = first.n, first.mean, first.squares
        for one in self.moments[1:]:
            total, step = n + one.n, one.mean - mean
            mean, squares = mean + step * (one.n / total), squares + one.squares + step**2 * (n * one.n / total)
            n = total
        return mean, np.sqrt(squares / n)

    def replaced(self, *, top_k: int) -> Summary:
        """Return this summary with fewer exemplars."""
        return Summary(top_k, self.top_keys[:, :top_k], self.bottom_keys[:, :top_k], self.moments, self.low, self.high, self.bins)


def summarise(activations: Floats, *, top_k: int, first_image: int = 0) -> Summary:
    """Return the summary of activations (n_images, C), n_images >= 1, of images with ids from `first_image` on.

    Some channels at a time, so that what is computed with takes little memory; a channel's numbers do not depend on its neighbours.
    """
    starts = range(0, max(1, activations.shape[1]), CHANNELS_AT_ONCE)
    return _beside([_summarised(activations[:, start : start + CHANNELS_AT_ONCE], top_k, first_image) for start in starts])


def _summarised(activations: Floats, top_k: int, first_image: int) -> Summary:
    by_channel = np.ascontiguousarray(activations.T) + np.float32(0)  # (C, n_images); -0 becomes 0, with which it ties
    image_ids = np.arange(first_image, first_image + len(activations), dtype=np.uint64)
    ascending = _sortable(by_channel) << np.uint64(32)
    wide = by_channel.astype(np.float64)
    mean = wide.mean(axis=1)
    squares = np.square(wide - mean[:, None]).sum(axis=1)
    low, high = wide.min(axis=1), wide.max(axis=1)
    return Summary(
        top_k,
        _smallest((ascending ^ _UPPER) | image_ids, top_k),
        _smallest(ascending | image_ids, top_k),
        (Moments(first_image, len(activations), mean, squares),),
        low,
        high,
        histogram.histogram(by_channel, low, high),
    )


def _beside(parts: list[Summary]) -> Summary:
    """Return the summary of all channels from those of some, on the same images."""
    moments = [part.moments[0] for part in parts]
    together = Moments(
        moments[0].first_image,
        moments[0].n,
        np.concatenate([one.mean for one in moments]),
        np.concatenate([one.squares for one in moments]),
    )
    return Summary(
        parts[0].top_k,
        np.concatenate([part.top_keys for part in parts]),
        np.concatenate([part.bottom_keys for part in parts]),
        (together,),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
        Histogram(*(np.concatenate(arrays) for arrays in zip(*(part.bins for part in parts), strict=True))),
    )


def merged(one: Summary, other: Summary) -> Summary:
    """Return the summary of the images of both; they have the same channels and no image in common."""
    top_k = min(one.top_k, other.top_k)
    low, high = np.minimum(one.low, other.low), np.maximum(one.high, other.high)
    return Summary(
        top_k,
        _smallest(np.concatenate([one.top_keys, other.top_keys], axis=1), top_k),
        _smallest(np.concatenate([one.bottom_keys, other.bottom_keys], axis=1), top_k),
        tuple(sorted([*one.moments, *other.moments], key=lambda moments: moments.first_image)),
        low,
        high,
        histogram.merged(one.bins, other.bins, low, high),
    )


def merged_all(summaries: Iterable[Summary]) -> Summary:
    """Return the summary of the images of all, of which there is at least one."""
    return reduce(merged, summaries)


def keys_of(image_ids: npt.NDArray[np.int32], activations: Floats, *, highest_first: bool) -> Keys:
    """Return the keys of exemplars, (C, K), as a summary holds them; ids and activations as its `top` or `bottom` gave them."""
    ascending = _sortable(activations + np.float32(0)) << np.uint64(32)
    return (ascending ^ _UPPER if highest_first else ascending) | image_ids.astype(np.uint64)


_UPPER = np.uint64(0xFFFFFFFF00000000)
_LOWER = np.uint64(0xFFFFFFFF)
_SIGN = np.uint32(0x80000000)


def _sortable(values: Floats) -> Keys:
    """Return 32-bit integers, as uint64, in the order of the finite values: the bits, all flipped where negative, else the sign alone."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN).astype(np.uint64)


def _ids(keys: Keys) -> npt.NDArray[np.int32]:
    return (keys & _LOWER).astype(np.int32)


def _activations(ascending: Keys) -> Floats:
    order = (ascending >> np.uint64(32)).astype(np.uint32)
    return np.where(order & _SIGN, order ^ _SIGN, ~order).astype(np.uint32).view(np.float32)


def _smallest(keys: Keys, k: int) -> Keys:
    """Return the k smallest keys of every row, in order; keys are all different."""
    if keys.shape[1] > k:
        keys = np.partition(keys, k - 1, axis=1)[:, :k]
    return np.sort(keys, axis=1)
