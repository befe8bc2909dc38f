"""Sets of percentile bands: disjoint, where numpy puts the percentile, and refused where they would overlap the references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit
from core.errors import NotReady, UsageError
from core.experiment import StimulusSet
from core.percentile_bands import BANDS, PERCENTILES, Band, band_images, band_ranks, banded_sets, images_needed, ranked_images
from core.ranking import summarise
from core.selection import set_rng

UNIT = Unit("mixed4b", 465)
bands = st.sampled_from(BANDS)


def activations_of(n: int, seed: int = 0, *, decimals: int = 6) -> np.ndarray:
    """Return n activations, float32 (n,), with ties where few decimals are kept."""
    return np.random.default_rng(seed).standard_normal(n).round(decimals).astype(np.float32)


def sets_of(n: int, band: Band, *, n_sets: int = 4, n_references: int = 3, seed: int = 0) -> tuple[StimulusSet, ...]:
    return banded_sets(activations_of(n), band, n_sets=n_sets, n_references=n_references, rng=set_rng(seed, UNIT))


@given(st.integers(1, 60), st.integers(0, 99))
def test_ranks_are_those_of_mining(n: int, seed: int) -> None:
    """All images are ranked as exemplars are, also among ties: the lower id comes first at both ends."""
    values = activations_of(n, seed, decimals=0)
    mined = summarise(values[:, None], top_k=n, first_image=0)
    highest, lowest = ranked_images(values)
    assert np.array_equal(highest, mined.top()[0][0]) and np.array_equal(lowest, mined.bottom()[0][0])


@given(st.sampled_from(list(PERCENTILES)), st.integers(3000, 6000), st.integers(0, 99))
def test_hard_bands_lie_around_numpys_percentile(band: Band, n: int, seed: int) -> None:
    """Half of the band is above the percentile of the activations and half below, but for one image; at the min end mirrored."""
    values, percent = activations_of(n, seed), PERCENTILES[band]
    max_ids, min_ids = band_images(values, band, n_queries=20, n_references=20)
    for ids, at in ((max_ids, percent), (min_ids, 100 - percent)):
        above = int((values[list(ids)] > np.percentile(values.astype(np.float64), at)).sum())
        assert len(set(ids)) == 20 and 9 <= above <= 11


@given(bands, st.integers(0, 99))
def test_bands_are_the_obvious_slices(band: Band, seed: int) -> None:
    """A band is a slice of the sorted activations: right after the references, or 20 around (100 - p) % from the extreme."""
    values = activations_of(20_001, seed)
    start = 180 if band == "easy" else {"hard99": 190, "hard95": 990, "hard85": 2990}[band]
    max_ids, min_ids = band_images(values, band)
    descending = np.sort(values)[::-1]
    assert np.array_equal(values[list(max_ids)], descending[start : start + 20])
    assert np.array_equal(values[list(min_ids)], descending[::-1][start : start + 20])


@given(bands, st.integers(1, 6), st.integers(1, 5), st.integers(0, 999))
def test_sets_are_disjoint_and_binned(band: Band, n_sets: int, n_references: int, seed: int) -> None:
    """No image is used twice; each set has one reference of every bin; the queries are exactly the band's images."""
    n = images_needed(band, n_queries=n_sets, n_before=n_sets * n_references) + 50
    values = activations_of(n, seed)
    sets = banded_sets(values, band, n_sets=n_sets, n_references=n_references, rng=set_rng(seed, UNIT))
    highest, lowest = ranked_images(values)
    rank_max, rank_min = np.argsort(highest), np.argsort(lowest)
    used = [i for one in sets for i in (one.max_query, one.min_query, *one.max_references, *one.min_references)]
    assert len(used) == len(set(used)) == n_sets * 2 * (n_references + 1)
    for one in sets:
        assert sorted(rank_max[list(one.max_references)] // n_sets) == list(range(n_references))
        assert sorted(rank_min[list(one.min_references)] // n_sets) == list(range(n_references))
    start, stop = band_ranks(n, band, n_queries=n_sets, n_before=n_sets * n_references)
    assert sorted(rank_max[[one.max_query for one in sets]]) == list(range(start, stop))
    assert sorted(rank_min[[one.min_query for one in sets]]) == list(range(start, stop))


@given(bands, st.integers(1, 30), st.integers(1, 300))
def test_number_of_images_needed_is_the_smallest(band: Band, n_queries: int, n_before: int) -> None:
    """With the number in the sentence the band exists, with one image less it does not."""
    wanted = images_needed(band, n_queries=n_queries, n_before=n_before)
    assert band_ranks(wanted, band, n_queries=n_queries, n_before=n_before)[0] >= n_before
    with pytest.raises(NotReady, match=f"{wanted:,} images are needed"):
        band_ranks(wanted - 1, band, n_queries=n_queries, n_before=n_before)


def test_bands_of_the_study_that_used_them() -> None:
    """With 20 sets of 9 references the 99th percentile needs 18,902 images: 1,949 photos have room for the 85th alone."""
    assert images_needed("hard99", n_queries=20, n_before=180) == 18_902
    assert [band for band in BANDS if images_needed(band, n_queries=20, n_before=180) <= 1949] == ["easy", "hard85"]


def test_sets_are_a_function_of_the_seed() -> None:
    """Equal seeds give equal sets, others give others."""
    assert sets_of(2000, "hard95") == sets_of(2000, "hard95") != sets_of(2000, "hard95", seed=1)


def test_mean_ranks_agree_between_sets() -> None:
    """Averaged over many seeds no set's references are nearer to the extreme, and no place in a set is either: their order is shuffled."""
    values = activations_of(400)
    rank = np.argsort(ranked_images(values)[0])
    ranks = np.array(
        [
            [rank[list(one.max_references)] for one in banded_sets(values, "easy", n_sets=5, n_references=4, rng=set_rng(seed, UNIT))]
            for seed in range(300)
        ]
    )  # (seeds, sets, references)
    for axis in (1, 2):
        means = ranks.mean(axis=3 - axis)
        error = means.std(axis=0) / np.sqrt(len(means))
        assert np.all(np.abs(means.mean(axis=0) - ranks.mean()) < 5 * error)


def test_a_band_of_ties_is_refused() -> None:
    """Where both ends of a band have the same activation no query is the right one."""
    mostly_zero = np.zeros(2000, np.float32)
    mostly_zero[:250] = np.arange(250) + 1
    with pytest.raises(NotReady, match="is 0 at both ends"):
        band_images(mostly_zero, "hard85", n_queries=20, n_references=180)


def test_unknown_bands_and_no_sets_are_refused() -> None:
    """A band that does not exist names those that do; zero sets are refused."""
    with pytest.raises(UsageError, match="hard99, hard95, hard85"):
        band_ranks(1000, "hard50", n_queries=20, n_before=20)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="at least one"):
        sets_of(2000, "easy", n_sets=0)
