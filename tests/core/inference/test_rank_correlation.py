"""Correlations of what was drawn are scipy's of the pairs written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.inference.rank_correlation import midranks, pearson, spearman

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3), st.integers(0, 3)), min_size=2, max_size=12)


@given(PAIRS)
@settings(deadline=None)
def test_drawn_pairs_are_correlated_as_scipy_does(pairs: list[tuple[int, int, int]]) -> None:
    """A pair that was drawn twice counts as two equal pairs; what does not vary has no correlation."""
    x, y, w = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    drawn_x, drawn_y = (np.repeat(values / 7, w.astype(int)) for values in (x, y))
    if not w.sum():
        return
    for ours, theirs in ((pearson, stats.pearsonr), (spearman, stats.spearmanr)):
        found = ours(x / 7, y / 7)(np.stack([w, w]))
        assert found.shape == (2,)
        if len(set(drawn_x)) < 2 or len(set(drawn_y)) < 2:
            assert np.isnan(found).all()
        else:
            assert found[0] == found[1] == pytest.approx(theirs(drawn_x, drawn_y).statistic, abs=1e-9)


@given(PAIRS)
def test_midranks_are_those_of_the_values_written_out(pairs: list[tuple[int, int, int]]) -> None:
    """Of every value that was drawn; ties share their mean rank."""
    x, _, w = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    ranks = midranks(w[None], x)[0]
    written_out = stats.rankdata(np.repeat(x, w.astype(int)))
    assert np.repeat(ranks, w.astype(int)).tolist() == pytest.approx(written_out.tolist())
