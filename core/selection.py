"""Stimulus sets of a unit from the ranks of its exemplars: disjoint, and alike in activation (METHOD section 2).

Each extreme is cut into n_references + 1 bins of n_sets consecutive ranks; the images of a bin are shuffled; set s takes the s-th of
every bin. So the sets share no image, and every set spans the same range of activations. The image of the most extreme bin is the
query, the others are the references. The released script of Borowski et al. (2021) strides by n_references + 1 where n_sets was
meant, so that its sets overlap; what is done here is the intent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain import Unit
from core.errors import NotReady, UsageError
from core.experiment import StimulusSet

SHARE_WARNING = 0.02  # above it natural references are much weaker than the paper's (0.4 %): say so with every result


def stratified_sets(
    max_ids: Sequence[int],
    min_ids: Sequence[int],
    *,
    n_sets: int,
    n_references: int,
    rng: np.random.Generator,
    top_bin_in_order: bool = False,
) -> tuple[StimulusSet, ...]:
    """Return n_sets disjoint sets. `max_ids`, `min_ids`: image ids in rank order, rank 0 the most extreme of its end.

    The two extremes are shuffled by generators of their own, spawned from `rng`. With `top_bin_in_order` the queries are not shuffled:
    that of set s has rank s; the references are the same as without.
    """
    max_bins, min_bins = stratified_bins(
        max_ids, min_ids, n_sets=n_sets, n_references=n_references, rng=rng, top_bin_in_order=top_bin_in_order
    )
    return tuple(_set(s, max_bins[:, s].tolist(), min_bins[:, s].tolist()) for s in range(n_sets))


def stratified_bins(
    max_ids: Sequence[int],
    min_ids: Sequence[int],
    *,
    n_sets: int,
    n_references: int,
    rng: np.random.Generator,
    top_bin_in_order: bool = False,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the max and min images of `stratified_sets`, int64 (n_references + 1, n_sets) each: column s is set s, its query first."""
    used_max, used_min = _used(max_ids, min_ids, n_sets=n_sets, n_references=n_references)
    max_rng, min_rng = rng.spawn(2)
    max_bins = _shuffled_bins(used_max, n_sets, max_rng)
    min_bins = _shuffled_bins(used_min, n_sets, min_rng)
    if top_bin_in_order:
        max_bins[0], min_bins[0] = used_max[:n_sets], used_min[:n_sets]
    return max_bins, min_bins


def one_reference_sets(
    max_ids: Sequence[int], min_ids: Sequence[int], *, n_sets: int = 20, rng: np.random.Generator, top_bin_in_order: bool = False
) -> tuple[StimulusSet, ...]:
    """Return the sets of designs with one reference: two bins of n_sets ranks, the query of the first and the reference of the second.

    They are sets of their own, of the most extreme 2 * n_sets images, never sets of more references cut short.
    """
    return stratified_sets(max_ids, min_ids, n_sets=n_sets, n_references=1, rng=rng, top_bin_in_order=top_bin_in_order)


def extreme_set(max_ids: Sequence[int], min_ids: Sequence[int], *, n_references: int) -> StimulusSet:
    """Return set 0 of a reserved unit: its n_references + 1 most extreme images, rank 0 being the query (practice and catch trials)."""
    used_max, used_min = _used(max_ids, min_ids, n_sets=1, n_references=n_references)
    return _set(0, used_max, used_min)


def set_rng(seed: int, unit: Unit) -> np.random.Generator:
    """Return the generator that shuffles a unit's sets: the same for the same seed and unit in every process."""
    name = hashlib.sha256(f"stimulus sets/{seed}/{unit}".encode()).digest()
    return np.random.default_rng(int.from_bytes(name, "big"))


def choose_n_sets(n_images: int, *, n_references: int, top_k: int, max_sets: int = 20, min_sets: int = 2) -> int:
    """Return the largest number of sets, up to `max_sets`, whose ranks are at most 2 % of the images at each extreme.

    In a small image set that may be fewer than a design of two conditions needs. Then `min_sets` are chosen, whatever their share
    (show `reference_share`), as long as `top_k` and the number of images allow; failing that as many as they allow. NotReady where
    not even one set fits without an image at both extremes.
    """
    possible = min(top_k, n_images // 2) // (n_references + 1)
    if possible < 1:
        raise NotReady(
            f"A set of {n_references} references and a query at each extreme needs {n_references + 1} mined images there and "
            f"{2 * (n_references + 1)} in all, but there are {top_k} mined and {n_images} in all; add images and mine again "
            "(`exemplary mine`), or use fewer references."
        )
    within_share = int(SHARE_WARNING * n_images + 1e-9) // (n_references + 1)
    return min(possible, max_sets, max(within_share, min_sets))


def reference_share(n_images: int, *, n_sets: int, n_references: int) -> float:
    """Return the share of all images that the sets' ranks cover at one extreme (the paper's: 200 of 50,000 = 0.004)."""
    if n_images < 1:
        raise UsageError(f"The share of references needs an image set of at least one image; it has {n_images}.")
    return n_sets * (n_references + 1) / n_images


def _used(max_ids: Sequence[int], min_ids: Sequence[int], *, n_sets: int, n_references: int) -> tuple[list[int], list[int]]:
    if n_sets < 1 or n_references < 1:
        raise UsageError(f"Stimulus sets need at least one set and one reference; asked were {n_sets} sets of {n_references} references.")
    wanted = n_sets * (n_references + 1)
    if min(len(max_ids), len(min_ids)) < wanted:
        raise NotReady(
            f"{n_sets} sets of {n_references} references and a query need {wanted} images at each extreme, but {len(max_ids)} max and "
            f"{len(min_ids)} min are mined; mine again with a larger top-k (`exemplary mine`), or use fewer sets or references."
        )
    used_max, used_min = [int(i) for i in max_ids[:wanted]], [int(i) for i in min_ids[:wanted]]
    _refuse_overlap(used_max, used_min, wanted)
    return used_max, used_min


def _refuse_overlap(used_max: list[int], used_min: list[int], wanted: int) -> None:
    distinct = len({*used_max, *used_min})
    if distinct < 2 * wanted:
        raise NotReady(
            f"{wanted} images are needed at each extreme, {2 * wanted} different ones in all, but there are only {distinct}: the image set "
            "is too small; add images and mine again (`exemplary mine`), or use fewer sets or references."
        )


def _shuffled_bins(ids: list[int], n_sets: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return int64 (n_references + 1, n_sets): one row for each bin of consecutive ranks, shuffled within the row."""
    bins = np.asarray(ids, dtype=np.int64).reshape(-1, n_sets)  # (n_references + 1, n_sets)
    return rng.permuted(bins, axis=1)


def _set(number: int, max_ids: Sequence[int], min_ids: Sequence[int]) -> StimulusSet:
    return StimulusSet(
        set_number=number,
        max_query=max_ids[0],
        min_query=min_ids[0],
        max_references=tuple(max_ids[1:]),
        min_references=tuple(min_ids[1:]),
    )
