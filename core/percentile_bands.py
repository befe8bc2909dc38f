"""Stimulus sets whose queries come from a band of a unit's ranking instead of its most extreme bin (IMI; METHOD sections 2 and 11).

Zimmermann, Klein and Brendel (2023): the references are the extreme n_references * n_sets images (9 bins of 20), the queries are the
n_sets images that follow them ("easy"), or those around the 99th, 95th or 85th percentile ("hard99" ...), mirrored at the min end. A
band is found among all stored activations of a unit, never among the kept exemplars: it may lie far below these.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import NotReady, UsageError
from core.experiment import StimulusSet

Band = Literal["easy", "hard99", "hard95", "hard85"]
BANDS: Final[tuple[Band, ...]] = get_args(Band)
PERCENTILES: Final[dict[Band, int]] = {"hard99": 99, "hard95": 95, "hard85": 85}

Ids = NDArray[np.int64]


def ranked_images(activations: NDArray[np.floating]) -> tuple[Ids, Ids]:
    """Return all image ids int64 (n,) by falling and by rising activation; of equal ones the lower id comes first in both.

    activations: (n,), in order of image id, as they are stored.
    """
    ids = np.arange(len(activations))
    return np.lexsort((ids, -activations)), np.lexsort((ids, activations))


def band_ranks(n_images: int, band: Band, *, n_queries: int, n_before: int) -> tuple[int, int]:
    """Return the ranks start to stop - 1 of the band's n_queries images, counted from the extreme. `n_before`: ranks of the references.

    Around percentile p lie the n_queries ranks nearest to (100 - p) % of n_images - 1, where numpy.percentile puts p. Raises NotReady
    where they overlap the references or do not exist, with the number of images that it would need.
    """
    start = _start(n_images, band, n_queries, n_before)
    if start < n_before or 2 * (start + n_queries) > n_images:
        wanted = images_needed(band, n_queries=n_queries, n_before=n_before)
        raise NotReady(
            f"The band {band!r} needs {n_queries} images beyond the {n_before} references of each extreme, for which {wanted:,} images are "
            f"needed, but there are {n_images:,}; add images and mine again (`exemplary mine`), or use fewer sets or references."
        )
    return start, start + n_queries


def images_needed(band: Band, *, n_queries: int, n_before: int) -> int:
    """Return the smallest number of images with which the band neither overlaps the references nor the other extreme's band."""
    least = 2 * (n_before + n_queries)
    if band not in PERCENTILES:
        _check_band(band)
        return least
    # start = ceil(share * (n - 1) / 100 - n_queries / 2) >= n_before, share = 100 - p: the least n - 1 above that, in whole numbers
    share = 100 - PERCENTILES[band]
    beyond = 100 * (2 * (n_before - 1) + n_queries)  # of 2 * share * (n - 1)
    return max(least, beyond // (2 * share) + 2)


def band_images(
    activations: NDArray[np.floating], band: Band, *, n_queries: int = 20, n_references: int = 180
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the image ids of a band at the max and at the min end, in rank order. Raises NotReady, UsageError."""
    start, stop = band_ranks(len(activations), band, n_queries=n_queries, n_before=n_references)
    highest, lowest = ranked_images(activations)
    max_ids, min_ids = highest[start:stop], lowest[start:stop]
    least_of_max, most_of_min = activations[max_ids].min(), activations[min_ids].max()
    if not least_of_max > most_of_min:  # below that nothing is tied with the other end, so no image is at both
        raise NotReady(
            f"In the band {band!r} this unit's activation is {least_of_max:.4g} at both ends: no query would be the right one; use another "
            "unit or a band nearer to the extremes."
        )
    return tuple(max_ids.tolist()), tuple(min_ids.tolist())


def banded_sets(
    activations: NDArray[np.floating], band: Band, *, n_sets: int = 20, n_references: int = 9, rng: np.random.Generator
) -> tuple[StimulusSet, ...]:
    """Return n_sets disjoint sets: references from n_references bins of the n_sets most extreme ranks each, in shuffled order; a query
    pair from the band. activations: (n,), of all images in order of id. Raises NotReady, UsageError.

    Each extreme's bins, queries and orders are shuffled by generators of their own, spawned from `rng`.
    """
    if n_sets < 1 or n_references < 1:
        raise UsageError(f"Stimulus sets need at least one set and one reference; asked were {n_sets} sets of {n_references} references.")
    n_before = n_sets * n_references
    max_queries, min_queries = band_images(activations, band, n_queries=n_sets, n_references=n_before)
    highest, lowest = ranked_images(activations)
    max_rng, min_rng = rng.spawn(2)
    max_sets = _drawn(highest[:n_before], np.array(max_queries), n_sets, max_rng)
    min_sets = _drawn(lowest[:n_before], np.array(min_queries), n_sets, min_rng)
    return tuple(
        StimulusSet(number, of_max[0], of_min[0], tuple(of_max[1:]), tuple(of_min[1:]))
        for number, (of_max, of_min) in enumerate(zip(max_sets.tolist(), min_sets.tolist(), strict=True))
    )


def _start(n_images: int, band: Band, n_queries: int, n_before: int) -> int:
    """Return the band's first rank: in whole numbers, so that no rounding moves a band."""
    _check_band(band)
    if band not in PERCENTILES:
        return n_before
    centre_200ths = 2 * (100 - PERCENTILES[band]) * (n_images - 1) - 100 * n_queries
    return -(-centre_200ths // 200)


def _check_band(band: str) -> None:
    if band not in BANDS:
        raise UsageError(f"There is no band {band!r}; choose one of {', '.join(BANDS)}.")


def _drawn(references: Ids, queries: Ids, n_sets: int, rng: np.random.Generator) -> Ids:
    """Return int64 (n_sets, 1 + n_references): each set's query, then its references, one of every bin, in shuffled order."""
    bins = rng.permuted(references.reshape(-1, n_sets), axis=1)  # (n_references, n_sets)
    in_order = rng.permuted(bins.T, axis=1)  # (n_sets, n_references)
    return np.concatenate([rng.permutation(queries)[:, None], in_order], axis=1)
