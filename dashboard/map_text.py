"""Every sentence about where in an image a unit responds."""

from __future__ import annotations

from typing import Final

from core.activation_map import Box, UnitMaps, squared

SHOW: Final = "Show"
IMAGE: Final = "Image"
RESPONSE: Final = "Where it responds"
CROP: Final = "Crop"
SHOW_HELP: Final = (
    "**Where it responds**: the unit's feature map laid over the image. **Crop**: the part of the image that the most extreme place of "
    "the map depends on, enlarged: its effective receptive field, the square around the box that holds 95 % of the squared gradient "
    "(after Luo et al. 2016, [arXiv:1701.04128](https://arxiv.org/abs/1701.04128)). The receptive field itself is all that can change one "
    "place of the map, here its centre. The numbers below the images stay those of the whole image."
)
COMPUTING: Final = "Computing where it responds: {n} of {total} grids are there. The first time takes some seconds."
AGAIN: Final = "Try again"
COLOURS: Final = {True: "Orange: above 0; blue: below.", False: "Orange: above 0."}
OUTLINED: Final = "Outlined: what the most extreme place depends on."
CROPPED: Final = "What the most extreme place of each map depends on, enlarged; below, the side of this square."
FIELD: Final = "Receptive field: {width} × {height} of {side} × {side} px."
FIELD_WHOLE: Final = "Receptive field: the whole image."
LEGEND_HELP: Final = "One scale for the images of this grid: the unit's feature map."
RESPONSE_ALT: Final = "{alt}, feature map laid over"
CROP_ALT: Final = "part of {alt}"
CROP_CAPTION: Final = "{caption} · {side} px"
CROP_WHOLE: Final = "{caption} · whole"
BOX: Final = "effective receptive field {width} × {height} px"
NO_BOX: Final = "no single place is the most extreme"


def field(maps: UnitMaps) -> str:
    """Return how large the theoretical receptive field is, as far as it lies in the image."""
    if (maps.field.width, maps.field.height) == (maps.side_px, maps.side_px):
        return FIELD_WHOLE
    return FIELD.format(width=maps.field.width, height=maps.field.height, side=maps.side_px)


def box(found: Box | None) -> str:
    """Return how large a response's effective receptive field is."""
    return NO_BOX if found is None else BOX.format(width=found.width, height=found.height)


def crop_caption(caption: str, found: Box | None, side_px: int) -> str:
    """Return an image's caption where its crop is shown: of how many pixels."""
    if found is None:
        return CROP_WHOLE.format(caption=caption)
    return CROP_CAPTION.format(caption=caption, side=squared(found, side_px).width)
