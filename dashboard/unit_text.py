"""Sentences about one unit beside others: units that are like it, its neighbours, comparisons, and the units that an image excites."""

from __future__ import annotations

from typing import Final

# --- one unit after another ---------------------------------------------------------------------------------------------------
PREVIOUS: Final = "Previous"
NEXT: Final = "Next"
PLACE: Final = "{place:,} of {n:,}"
PLACE_FILTERED: Final = "{place:,} of {n:,} on the wall"
KEYS: Final = "Key {key}: {unit}"

# --- percentiles of the histogram ---------------------------------------------------------------------------------------------
BAND: Final = "Percentile {percent:g}: queries of {band}"
BANDS_NOTE: Final = "Dashed: the percentiles around which harder tasks take their query images."

# --- similar units ------------------------------------------------------------------------------------------------------------
SIMILAR: Final = "Similar units"
BY_ACTIVATION: Final = "By activation"
BY_ACTIVATION_NOTE: Final = "Pearson's r of the activations over {images}"
BY_EXEMPLARS: Final = "By exemplars in common"
BY_EXEMPLARS_NOTE: Final = "Share of the {n} most activating images that both have"
ALL_IMAGES: Final = "all {n:,} images"
SAMPLED_IMAGES: Final = "a fixed sample of {n:,} of {total:,} images"
NOBODY_ALIKE: Final = "No other unit is like it in this way."
R: Final = "r = {value:.2f}"
IN_COMMON: Final = "{value:.0%}"


def compared_over(n: int, total: int) -> str:
    """Return over which images activations are compared."""
    return ALL_IMAGES.format(n=n) if n == total else SAMPLED_IMAGES.format(n=n, total=total)
