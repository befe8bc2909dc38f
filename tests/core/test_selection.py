"""Stimulus sets are disjoint, stratified and repeatable."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Unit
from core.errors import NotReady, UsageError
from core.experiment import StimulusSet
from core.selection import (
    SHARE_WARNING,
    choose_n_sets,
    extreme_set,
    one_reference_sets,
    reference_share,
    set_rng,
    stratified_sets,
)

UNIT = Unit("mixed4b", 465)
sizes = st.tuples(st.integers(1, 12), st.integers(1, 9))


def ranked(n_sets: int, n_references: int, spare: int = 3) -> tuple[list[int], list[int]]:
    """Return ids that tell their rank: max ids count up from 0, min ids from 10,000."""
    n = n_sets * (n_references + 1) + spare
    return list(range(n)), list(range(10_000, 10_000 + n))


def sets_of(n_sets: int, n_references: int, seed: int = 0) -> tuple[StimulusSet, ...]:
    max_ids, min_ids = ranked(n_sets, n_references)
    return stratified_sets(max_ids, min_ids, n_sets=n_sets, n_references=n_references, rng=set_rng(seed, UNIT))


def images(chosen: StimulusSet) -> list[int]:
    return [chosen.max_query, chosen.min_query, *chosen.max_references, *chosen.min_references]


@given(sizes, st.integers(0, 1000))
@settings(deadline=None)
def test_sets_are_disjoint(size: tuple[int, int], seed: int) -> None:
    """No image is in two sets, nor twice in one, and the sets together use exactly the most extreme ranks."""
    n_sets, n_references = size
    used = [image for chosen in sets_of(n_sets, n_references, seed) for image in images(chosen)]
    wanted = n_sets * (n_references + 1)
    assert sorted(used) == [*range(wanted), *range(10_000, 10_000 + wanted)]


@given(sizes, st.integers(0, 1000))
@settings(deadline=None)
def test_every_set_has_one_image_of_every_bin(size: tuple[int, int], seed: int) -> None:
    """The query is of the most extreme bin and reference i of bin i + 1, at both extremes of every set."""
    n_sets, n_references = size
    for number, chosen in enumerate(sets_of(n_sets, n_references, seed)):
        assert chosen.set_number == number
        bins = list(range(n_references + 1))
        assert [image // n_sets for image in (chosen.max_query, *chosen.max_references)] == bins
        assert [(image - 10_000) // n_sets for image in (chosen.min_query, *chosen.min_references)] == bins


@given(sizes, st.integers(0, 1000))
@settings(deadline=None)
def test_sets_agree_in_mean_rank(size: tuple[int, int], seed: int) -> None:
    """Mean ranks of two sets differ by less than a bin's width, which is all that shuffling within bins can do."""
    n_sets, n_references = size
    means = [np.mean([chosen.max_query, *chosen.max_references]) for chosen in sets_of(n_sets, n_references, seed)]
    assert max(means) - min(means) <= n_sets - 1


def test_mean_ranks_agree_over_seeds() -> None:
    """Averaged over many seeds no set is nearer to the extreme than another (expected difference 0)."""
    means = np.array([[np.mean(images(chosen)) for chosen in sets_of(20, 9, seed)] for seed in range(150)])  # (seeds, sets)
    standard_error = means.std(axis=0) / np.sqrt(len(means))
    assert np.all(np.abs(means.mean(axis=0) - means.mean()) < 5 * standard_error)


def test_sets_are_a_function_of_seed_and_unit() -> None:
    """Equal seed and unit give equal sets; another seed or another unit gives others."""
    max_ids, min_ids = ranked(20, 9)

    def sets_with(seed: int, unit: Unit) -> tuple[StimulusSet, ...]:
        return stratified_sets(max_ids, min_ids, n_sets=20, n_references=9, rng=set_rng(seed, unit))

    assert sets_with(1, UNIT) == sets_with(1, UNIT)
    assert sets_with(1, UNIT) != sets_with(2, UNIT)
    assert sets_with(1, UNIT) != sets_with(1, Unit("mixed4b", 466))


def test_extremes_are_shuffled_apart() -> None:
    """The order of the max images says nothing about that of the min images."""
    assert any(chosen.max_query + 10_000 != chosen.min_query for chosen in sets_of(20, 9))


def test_generator_is_the_same_in_another_process() -> None:
    """The unit's generator does not depend on the process's hash seed."""
    code = "from core.selection import set_rng; from core.domain import Unit; print(set_rng(7, Unit('mixed4b', 465)).integers(1 << 40))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(other) == set_rng(7, UNIT).integers(1 << 40)


def test_importing_brings_neither_scipy_nor_heavier_packages() -> None:
    """Pages import the pure core: it loads no scipy, duckdb, torch, pandas or streamlit."""
    code = (
        "import sys, core.selection, core.inference, core.psychophysics.design, core.psychophysics.session, core.psychophysics.observers;"
        "print(sorted({'scipy', 'duckdb', 'torch', 'pandas', 'streamlit'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_too_few_ranks_are_refused() -> None:
    """Too few mined images at an extreme are refused in a sentence that names the number needed and the command."""
    with pytest.raises(NotReady, match=r"need 30 images at each extreme, but 30 max and 29 min .*`exemplary mine`"):
        stratified_sets(range(30), range(100, 129), n_sets=3, n_references=9, rng=set_rng(0, UNIT))


def test_overlapping_extremes_are_refused() -> None:
    """An image at both extremes is refused; an overlap below the used ranks does not matter."""
    with pytest.raises(NotReady, match="only 35"):
        stratified_sets(range(20), range(34, 14, -1), n_sets=2, n_references=9, rng=set_rng(0, UNIT))
    assert len(stratified_sets(range(45), range(45, 0, -1), n_sets=2, n_references=9, rng=set_rng(0, UNIT))) == 2


def test_no_sets_are_refused() -> None:
    """Zero sets or references are refused."""
    with pytest.raises(UsageError, match="at least one"):
        stratified_sets(range(30), range(100, 130), n_sets=0, n_references=9, rng=set_rng(0, UNIT))


def test_extreme_set_takes_the_most_extreme_in_rank_order() -> None:
    """The set of a reserved unit is its 10 most extreme images: rank 0 the query, ranks 1 to 9 the references."""
    chosen = extreme_set(range(40), range(100, 140), n_references=9)
    assert (chosen.set_number, chosen.max_query, chosen.min_query) == (0, 0, 100)
    assert (chosen.max_references, chosen.min_references) == (tuple(range(1, 10)), tuple(range(101, 110)))


@pytest.mark.parametrize(
    ("n_images", "n_references", "top_k", "wanted"),
    [
        (50_000, 9, 200, 20),
        (50_000, 9, 150, 15),
        (1949, 9, 200, 3),
        (600, 9, 200, 2),
        (30, 9, 200, 1),
        (600, 1, 40, 6),
        (50_000, 1, 200, 20),
    ],
)
def test_number_of_sets_keeps_references_extreme(n_images: int, n_references: int, top_k: int, wanted: int) -> None:
    """The paper's set has 20 sets, 1,949 photos three; small image sets get the two that two conditions need, if these fit."""
    assert choose_n_sets(n_images, n_references=n_references, top_k=top_k) == wanted


@given(st.integers(20, 60_000), st.integers(1, 9), st.integers(10, 400))
@settings(deadline=None)
def test_chosen_number_of_sets_fits(n_images: int, n_references: int, top_k: int) -> None:
    """What is chosen fits the mined ranks without overlap, and above two sets it is the largest number within 2 % of the images."""
    n_sets = choose_n_sets(n_images, n_references=n_references, top_k=top_k)
    used = n_sets * (n_references + 1)
    assert used <= top_k and 2 * used <= n_images and 1 <= n_sets <= 20
    if n_sets > 2:
        assert reference_share(n_images, n_sets=n_sets, n_references=n_references) <= SHARE_WARNING + 1e-12
    more = n_sets + 1
    fits = more <= 20 and more * (n_references + 1) <= min(top_k, n_images // 2)
    assert not fits or reference_share(n_images, n_sets=more, n_references=n_references) > SHARE_WARNING


def test_top_bin_may_keep_its_order() -> None:
    """The query of set s then has rank s, and the references are those of the same seed without the option."""
    max_ids, min_ids = ranked(6, 3)
    shuffled = stratified_sets(max_ids, min_ids, n_sets=6, n_references=3, rng=set_rng(0, UNIT))
    ordered = stratified_sets(max_ids, min_ids, n_sets=6, n_references=3, rng=set_rng(0, UNIT), top_bin_in_order=True)
    assert [(one.max_query, one.min_query) for one in ordered] == [(rank, 10_000 + rank) for rank in range(6)]
    assert [one.max_references for one in ordered] == [one.max_references for one in shuffled]
    assert [one.min_references for one in ordered] == [one.min_references for one in shuffled]


@given(st.integers(1, 20), st.integers(0, 100))
def test_one_reference_sets_use_two_bins(n_sets: int, seed: int) -> None:
    """The queries are the most extreme n_sets images, the references the next n_sets, each image once."""
    max_ids, min_ids = ranked(n_sets, 1)
    sets = one_reference_sets(max_ids, min_ids, n_sets=n_sets, rng=set_rng(seed, UNIT))
    assert sorted(one.max_query for one in sets) == list(range(n_sets))
    assert sorted(one.max_references[0] for one in sets) == list(range(n_sets, 2 * n_sets))
    assert sorted(one.min_references[0] for one in sets) == list(range(10_000 + n_sets, 10_000 + 2 * n_sets))
    assert {len(one.max_references) for one in sets} == {1}


def test_number_of_sets_of_too_few_images_is_refused() -> None:
    """An image set without 10 different images at each extreme has no set at all, and the sentence says what it needs."""
    with pytest.raises(NotReady, match="20 in all"):
        choose_n_sets(19, n_references=9, top_k=200)


def test_reference_share_is_that_of_one_extreme() -> None:
    """The paper's 200 of 50,000 images are a share of 0.4 %; the share of no images is refused."""
    assert reference_share(50_000, n_sets=20, n_references=9) == 0.004
    with pytest.raises(UsageError):
        reference_share(0, n_sets=20, n_references=9)
