"""Sentences about one unit beside others: units that are like it, its neighbours, comparisons, and the units that an image excites."""

from __future__ import annotations

from typing import Final

# --- one unit after another ---------------------------------------------------------------------------------------------------
PREVIOUS: Final = "Previous"
NEXT: Final = "Next"
PLACE: Final = "{place:,} of {n:,}"
PLACE_FILTERED: Final = "{place:,} of {n:,} on the wall"
KEYS: Final = "Key {key}: {unit}"
NEXT_KEY: Final = "J"  # as in mail readers and reviewing tools; Streamlit lets them rest while one types
PREVIOUS_KEY: Final = "K"

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


def compared_over(n: int, total: int) -> str:
    """Return over which images activations are compared."""
    return ALL_IMAGES.format(n=n) if n == total else SAMPLED_IMAGES.format(n=n, total=total)


# --- an image and the units that it excites -----------------------------------------------------------------------------------
IMAGE_TITLE: Final = "What an image excites"
IMAGE_NONE_OF_ONES_OWN: Final = "Begin with an image of the study."
IMAGE_NONE: Final = "Upload a photo, or begin with an image of the study."
IMAGE_SOME: Final = "Images of the study: enlarge one and follow its link"
IMAGE_SOME_ALT: Final = "image {n} of the study"
IMAGE_UNKNOWN: Final = "There is no image {address} in this workspace; go back to the unit that showed it."
UPLOAD: Final = "A photo of your own"
UPLOAD_HELP: Final = "It is cropped as the study's images are, measured on this machine, and not stored."
OWN_PHOTO: Final = "Your photo, as the network sees it; it is not stored."
SYNTHETIC_IMAGE: Final = "Not one of the study's images: measured now."
IMAGE_LABEL: Final = "{label} · {path}"
STARTING_NETWORK: Final = "Loading the network: the first photo takes some seconds."
READY_NETWORK: Final = "The network is ready."
MEASURING: Final = "Measuring the photo."
TRY_AGAIN: Final = "Try again"
EXCITED_NOTE: Final = (
    "Each layer's units by where this image's activation stands among those of the study's {n:,} images (percentile), then in sd above "
    "their mean."
)
LAYER_LINE: Final = "**{layer}** · :small[{n_high:,} of {n:,} units at or above their 99th percentile]"
EXCITED: Final = "{percentile} · {sd:+.1f} sd"
EXCITED_HELP: Final = "{unit}: activation {activation:.4g}"
TO_WALL: Final = "All feature maps"


def percentile_words(percentile: float) -> str:
    """Return a percentile as a tile says it: with as many decimals as its distance from 100 needs, which is never rounded away."""
    if percentile >= 99.95:
        return "> 99.9" if percentile < 100 else "100"
    return f"{percentile:.1f}"


# --- units side by side -------------------------------------------------------------------------------------------------------
COMPARE: Final = "Compare"
COMPARE_HELP: Final = "Put this unit beside those compared before, at most four."
COMPARE_TITLE: Final = "Units side by side"
COMPARE_UNIT: Final = "Unit"
COMPARE_HINT: Final = "mixed4b:465"
COMPARE_NONE: Final = "Choose two to four units: by name, from a unit's page, or of these. The address holds them."
ADD: Final = "Add"
REMOVE: Final = "Remove"
NO_SET: Final = "{unit} has no set of synthetic images {digest!r}; its fullest is shown."
NOT_MADE: Final = "None at this extreme."
COLUMN_LINE: Final = "{study} · branch {branch}"
COLUMN_NUMBERS: Final = "{n:,} images: mean {mean:.3g}, sd {sd:.3g}, from {low:.3g} to {high:.3g}"
SAME_SCALE: Final = "All on one activation axis."
OWN_SCALES: Final = "Each on its own axis: activations of different networks have no common unit."
