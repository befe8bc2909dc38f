"""Rank and summarise a layer's activations: exemplars at both extremes, moments, histogram. Pure numpy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

N_BINS = 64


class Summary(NamedTuple):
    """Per channel: ids int32 and activations float32 (C, K), rank 0 first; moments float64 (C,); counts int32 (C, 64)."""

    top_ids: npt.NDArray[np.int32]
    top_activations: npt.NDArray[np.float32]
    bottom_ids: npt.NDArray[np.int32]
    bottom_activations: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float64]
    sd: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int32]


def summarise(activations: npt.NDArray[np.float32], *, top_k: int) -> Summary:
    """Return exemplars and distribution of activations (n_images, C). Ties are ranked by image id, the lower id first; sd has ddof 0."""
    top, bottom = rank(-activations, top_k), rank(activations, top_k)
    wide = activations.astype(np.float64)
    return Summary(
        top_ids=top,
        top_activations=np.take_along_axis(activations, top.T.astype(np.intp), axis=0).T,
        bottom_ids=bottom,
        bottom_activations=np.take_along_axis(activations, bottom.T.astype(np.intp), axis=0).T,
        mean=wide.mean(axis=0),
        sd=wide.std(axis=0),
        low=wide.min(axis=0),
        high=wide.max(axis=0),
        counts=histogram(wide),
    )


def rank(values: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int32]:
    """Return the row numbers of the k smallest values of every column, (C, k), in order; equal values by row number."""
    return np.ascontiguousarray(np.argsort(values, axis=0, kind="stable")[:k].T.astype(np.int32))


def histogram(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Return counts (C, 64) of each column of values (n, C) in 64 equal bins from its minimum to its maximum."""
    n_columns = values.shape[1]
    low, high = values.min(axis=0), values.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    bins = np.clip(((values - low) / width * N_BINS).astype(np.int64), 0, N_BINS - 1)
    flat = np.bincount((bins + np.arange(n_columns) * N_BINS).reshape(-1), minlength=n_columns * N_BINS)
    return flat.reshape(n_columns, N_BINS).astype(np.int32)
