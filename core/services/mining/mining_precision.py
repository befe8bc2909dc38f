"""What half precision does to the rankings: a sample of the images is measured both ways before anything is mined. Imports torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from core.services.mining.mining_pass import Mining, pass_of
from core.vision.decoding import Crops
from core.vision.mining import Activations, Pass, iter_activations

SAMPLE = 256  # images, spread evenly over the set


@dataclass(frozen=True, slots=True)
class Agreement:
    """Spearman correlation between a unit's activations in half and in full precision on n_images images: median and lowest unit."""

    n_images: int
    median: float
    lowest: float
    lowest_unit: str


def half_agreement(run: Mining) -> Agreement:
    """Return how far rankings by half precision are those by full precision; units that do not vary are left out."""
    places = np.linspace(0, len(run.images) - 1, min(SAMPLE, len(run.images))).round().astype(int)
    crops = Crops(run.image_set.folder, tuple(run.images[place] for place in places), run.spec.preprocessing)
    layers = tuple(run.loaded.layer(name) for name in run.spec.layers)
    asked = pass_of(run, layers)
    half, full = (_measured(run, crops, replace(asked, half=is_half)) for is_half in (True, False))
    correlations = _spearman(half, full)
    names = [f"{layer.name}:{channel}" for layer in layers for channel in range(layer.n_channels)]
    varying = np.flatnonzero(np.isfinite(correlations))
    if not len(varying):
        return Agreement(len(crops), 1.0, 1.0, names[0])
    lowest = varying[np.argmin(correlations[varying])]
    return Agreement(len(crops), float(np.median(correlations[varying])), float(correlations[lowest]), names[int(lowest)])


def _measured(run: Mining, crops: Crops, asked: Pass) -> Activations:
    found = np.concatenate(list(iter_activations(run.loaded, crops, asked)))
    return found if found.ndim == 2 else found[:, :, 0]


def _spearman(one: Activations, other: Activations) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the rank correlation of each column, nan where one has no spread."""
    ranks = [rankdata(values, axis=0) - (len(values) + 1) / 2 for values in (one, other)]
    products = (ranks[0] * ranks[1]).sum(axis=0)
    spreads = np.sqrt(np.square(ranks[0]).sum(axis=0) * np.square(ranks[1]).sum(axis=0))
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = np.full(len(products), np.nan)
    np.divide(products, spreads, out=found, where=spreads > 0)
    return found
