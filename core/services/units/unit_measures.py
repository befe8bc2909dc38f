"""What units are sorted, filtered and coloured by: measures by name, with words, a unit of measurement and a direction. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from core.percents import percent

Floats = npt.NDArray[np.float64]
MeasureKind = Literal["activation", "sd", "percent", "share", "difference", "rating", "count"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of every unit. `words`: as a page calls it; `help`: what it is, in a sentence; `highest_first`: how one sorts by it."""

    name: str
    words: str
    kind: MeasureKind
    help: str
    highest_first: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A measure with its value for every unit of a table, (n,), NaN where a unit has none."""

    measure: Measure
    values: Floats

    @property
    def range(self) -> tuple[float, float] | None:
        """Return the lowest and the highest value; None where no unit has one."""
        known = self.values[np.isfinite(self.values)]
        return (float(known.min()), float(known.max())) if len(known) else None


OF_TABLE: Final = (
    Measure("high", "Highest activation", "activation", "The activation of the most activating natural image."),
    Measure("low", "Lowest activation", "activation", "The activation of the least activating natural image.", highest_first=False),
    Measure("mean", "Mean activation", "activation", "The mean over all natural images."),
    Measure("sd", "Spread of activation", "activation", "The standard deviation over all natural images."),
    Measure(
        "synthetic-percentile",
        "Synthetic image's percentile",
        "percent",
        "How many of the natural images have a lower activation than the synthetic one on the wall; 100: none is as high.",
        highest_first=False,
    ),
    Measure(
        "synthetic-margin",
        "Synthetic beyond the best natural",
        "sd",
        "By how many standard deviations of the natural activations the synthetic image exceeds the best natural one.",
    ),
    Measure(
        "synthetic-min-percentile",
        "Synthetic min image's percentile",
        "percent",
        "How many of the natural images have a lower activation than the synthetic min image; 0: none is as low.",
    ),
    Measure(
        "selectivity",
        "Class selectivity",
        "share",
        "The share of the most frequent class among the nine most activating natural images.",
    ),
    Measure("classes", "Classes among the top nine", "count", "How many classes the nine most activating natural images are of."),
)


def words_of(value: float, kind: MeasureKind) -> str:
    """Return a value as people read it."""
    if not np.isfinite(value):
        return "–"
    match kind:
        case "percent":
            return f"{value:.1f}".rstrip("0").rstrip(".") + "\u00a0%"
        case "share":
            return percent(value)
        case "difference":
            return f"{100 * value:+.0f} points"
        case "sd":
            return f"{value:+.2f} sd"
        case "count":
            return f"{value:.0f}"
        case "rating":
            return f"{value:.1f}"
        case "activation":
            return f"{value:.3g}"


def by_name(found: list[Measured]) -> Mapping[str, Measured]:
    """Return measures by their names, in this order; those that no unit has a value of are left out."""
    return {one.measure.name: one for one in found if np.isfinite(one.values).any()}
