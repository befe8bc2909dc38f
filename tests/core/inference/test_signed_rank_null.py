"""The null distribution of the signed-rank sum: inverted, it is what counting gives."""

from __future__ import annotations

import numpy as np
import pytest

from core.inference.signed_rank_null import Integers, counted_tail, fourier_tail, two_sided_untied, upper_tail


def midranks(n: int, n_sizes: int, seed: int) -> tuple[Integers, Integers]:
    """Return doubled midranks of n sizes, of which there are at most so many different ones, and how often each is there."""
    _, counts = np.unique(np.random.default_rng(seed).integers(0, n_sizes, n), return_counts=True)
    return 2 * (np.cumsum(counts) - counts) + counts + 1, counts


@pytest.mark.parametrize("n", [60, 150, 400])
@pytest.mark.parametrize("n_sizes", [2, 12, 10**9])
def test_inversion_is_what_counting_gives(n: int, n_sizes: int) -> None:
    """With and without ties, from the middle to far tails, both agree to 11 digits of p."""
    ranks, counts = midranks(n, n_sizes, n)
    total = int((ranks * counts).sum())
    for share in (0.5, 0.55, 0.7, 0.95):
        least = int(np.ceil(share * total))
        assert fourier_tail(ranks, counts, least) == pytest.approx(counted_tail(ranks, counts, least), rel=1e-11)


def test_untied_is_scipys() -> None:
    """Ranks 1 to n have the p of scipy's exact test."""
    from scipy.stats import wilcoxon

    differences = np.arange(1, 301) * np.where(np.random.default_rng(4).random(300) < 0.57, 1, -1)
    larger = int(max(differences[differences > 0].sum(), -differences[differences < 0].sum()))
    assert two_sided_untied(300, larger) == pytest.approx(wilcoxon(differences, method="exact").pvalue, abs=1e-12)


def test_ends() -> None:
    """No rank at all, the largest sum that there is, and more than that."""
    ranks, counts = np.arange(1, 1001), np.ones(1000, dtype=np.int64)
    assert upper_tail(ranks[:0], counts[:0], 0) == 1.0
    assert upper_tail(ranks, counts, 500500) == 0.5**1000
    assert upper_tail(ranks, counts, 500501) == 0.0
