"""Which units an image excites: its activations as percentiles of each unit's distribution, from the histograms that mining kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Unit

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Distributions:
    """Of each unit, in order: bins 2**exponent wide of which the first begins at origin * 2**exponent, counts up to and including each bin
    (U, bins), mean and sd."""

    units: tuple[Unit, ...]
    exponent: npt.NDArray[np.int32]
    origin: npt.NDArray[np.int64]
    cumulative: npt.NDArray[np.uint32]
    mean: Floats
    sd: Floats


@dataclass(frozen=True, slots=True)
class Excited:
    """A unit with its activation by an image, as percentile of all images' and in sd above their mean."""

    unit: Unit
    activation: float
    percentile: float
    sd_above: float


@dataclass(frozen=True, slots=True)
class LayerExcitation:
    """A layer's most excited units, and how many of its n units that vary are at or above the 99th percentile."""

    layer: str
    units: tuple[Excited, ...]
    n_high: int
    n: int


def percentiles(found: Distributions, activations: npt.NDArray[np.floating]) -> Floats:
    """Return the percentile (0 to 100) of an activation of each unit, (U,): the share of images in lower bins and half of its own bin's."""
    n_bins = found.cumulative.shape[1]
    values = activations.astype(np.float64)
    bins = np.floor(np.ldexp(values, -found.exponent)) - found.origin
    inside = np.clip(bins, 0, n_bins - 1).astype(np.int64)
    rows = np.arange(len(values))
    upto = found.cumulative[rows, inside].astype(np.float64)
    below = np.where(inside > 0, found.cumulative[rows, np.maximum(inside - 1, 0)], 0.0)
    share = (below + upto) / 2 / found.cumulative[:, -1]
    result: Floats = 100 * np.where(bins < 0, 0.0, np.where(bins >= n_bins, 1.0, share))
    return result


def excited(found: Distributions, activations: npt.NDArray[np.floating], *, n: int, high: float = 99.0) -> tuple[LayerExcitation, ...]:
    """Return each layer's n most excited units, in order of layers: by percentile, equals by sd above the mean; none constant."""
    percents = percentiles(found, activations)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = (activations.astype(np.float64) - found.mean) / found.sd
    varies = found.sd > 0
    layers = np.array([unit.layer for unit in found.units])
    result = []
    for layer in dict.fromkeys(layers.tolist()):
        places = np.flatnonzero((layers == layer) & varies)
        order = places[np.lexsort((places, -above[places], -percents[places]))][:n]
        units = tuple(Excited(found.units[one], float(activations[one]), float(percents[one]), float(above[one])) for one in order.tolist())
        result.append(LayerExcitation(layer, units, int((percents[places] >= high).sum()), len(places)))
    return tuple(result)
