"""How alike units are: the correlation of their activations over the same images, and the exemplars that they have in common."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

MOST_IMAGES: Final = 4096  # over which activations are correlated, whatever the image set's size: the error of r is below 0.016
MOST_PARTS: Final = 16  # of the image set that a sample is read from

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


def sampled_images(n_images: int, *, part_images: int, most_images: int = MOST_IMAGES, most_parts: int = MOST_PARTS) -> Ids:
    """Return the ids of the images that units are compared over, int64 (n,), rising: all, or a fixed sample of at most `most_images`.

    A sample is drawn from at most `most_parts` evenly spread runs of `part_images` images, which are stored together: to read it takes
    as long however many images there are.
    """
    if n_images <= most_images:
        return np.arange(n_images)
    starts = np.arange(0, n_images, part_images)
    chosen = starts[np.unique(np.linspace(0, len(starts) - 1, min(most_parts, len(starts))).round().astype(np.int64))]
    rng, share = np.random.default_rng(0), most_images // len(chosen)
    sizes = [min(part_images, n_images - start) for start in chosen.tolist()]
    drawn = [start + rng.choice(size, min(share, size), replace=False) for start, size in zip(chosen.tolist(), sizes, strict=True)]
    return np.sort(np.concatenate(drawn))


def standardised(activations: npt.NDArray[np.floating]) -> Floats:
    """Return activations (C, n) with mean 0 and length 1 over the images: the product of two rows is Pearson's r. Constant rows are 0."""
    centred = activations.astype(np.float32) - activations.mean(axis=1, dtype=np.float64, keepdims=True).astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", centred, centred, dtype=np.float64))[:, None]
    varies = np.ptp(activations, axis=1)[:, None] > 0
    found: Floats = np.where(varies, centred / np.where(varies, length, 1.0), 0).astype(np.float32)
    return found


def shared_exemplars(exemplars: Ids, own: Ids) -> npt.NDArray[np.float64]:
    """Return which share of `own` image ids (k,), all different, is among each unit's exemplars (U, k), float64 (U,)."""
    found: npt.NDArray[np.float64] = np.isin(exemplars, own).sum(axis=1) / len(own)
    return found


def most_alike(values: npt.NDArray[np.floating], *, but_for: int, n: int) -> list[int]:
    """Return the places of the n highest positive values but for one's own, the highest first, equals in order."""
    order = np.argsort(-values, kind="stable").tolist()
    return [place for place in order if place != but_for and values[place] > 0][:n]
