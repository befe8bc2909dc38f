"""An image with a unit's map laid over it, and the part of an image that a response depends on, enlarged. Pure.

The image becomes grey and pale, so that only the map has colour: orange where it is above 0, blue where it is below, the stronger the
further (hues of palette.py, which every common colour vision deficiency tells apart). The map is stretched over the image smoothly.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw

from core.activation_map import Box, squared
from core.palette import EXTREME_COLOURS

Floats = npt.NDArray[np.float64]

DRAWN_PX: Final = 320  # an overlay's side is at least this: outlines and maps stay sharp on screens of high density
STRONGEST: Final = 0.85  # opacity at the end of the scale: the image shows through everywhere
EXPONENT: Final = 0.75  # of the opacity: weak responses can be seen as well
GREY: Final = (60.0, 0.55)  # black and slope of the grey image
FEWEST_SMOOTH_PX: Final = 12  # a smaller part is enlarged as the pixels that it has
RAMP_STEPS: Final = 9


def overlay(image: Image.Image, values: npt.NDArray[np.floating], *, limit: float, box: Box | None = None) -> Image.Image:
    """Return the image (square) with the map (h, w) over it, at least DRAWN_PX wide; -limit and limit are the ends of the scale.

    `box`: outlined, in pixels of the image; None: no outline.
    """
    side = max(DRAWN_PX, image.width)
    grey = np.asarray(image.convert("L").resize((side, side), Image.Resampling.BICUBIC), np.float64)
    stretched = Image.fromarray(values.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    drawn = Image.fromarray(_tinted(GREY[0] + GREY[1] * grey, np.asarray(stretched, np.float64), limit).round().astype(np.uint8))
    if box is not None:
        _outline(drawn, box, scale=side / image.width)
    return drawn


def patch(image: Image.Image, box: Box | None) -> Image.Image:
    """Return the square part of the image around the box, at least DRAWN_PX wide; the whole image where there is no box."""
    side = max(DRAWN_PX, image.width)
    around = Box(0, 0, image.width, image.height) if box is None else squared(box, image.width)
    part = image.convert("RGB").crop((around.left, around.top, around.right, around.bottom))
    how = Image.Resampling.BICUBIC if around.width >= FEWEST_SMOOTH_PX else Image.Resampling.NEAREST
    return part.resize((side, side), how)


def ramp(*, is_signed: bool) -> tuple[str, ...]:
    """Return the colours of the scale over mid-grey, evenly spaced, from its lower end (-limit, or 0) to its upper."""
    values = np.linspace(-1.0 if is_signed else 0.0, 1.0, RAMP_STEPS)
    colours = _tinted(np.full(RAMP_STEPS, GREY[0] + GREY[1] * 128), values, 1.0).round().astype(int)
    return tuple("#{:02x}{:02x}{:02x}".format(*colour) for colour in colours)


def _tinted(grey: Floats, values: Floats, limit: float) -> Floats:
    """Return the colours of grey values (...) in [0, 255] with the map's values (...) over them: (..., 3)."""
    share = np.clip(values / limit if limit > 0 else np.zeros_like(values), -1.0, 1.0)
    opacity = (STRONGEST * np.abs(share) ** EXPONENT)[..., None]
    above, below = (np.array(ImageColor.getrgb(EXTREME_COLOURS[extreme])[:3], np.float64) for extreme in ("max", "min"))
    return (1 - opacity) * grey[..., None] + opacity * np.where(share[..., None] > 0, above, below)


def _outline(drawn: Image.Image, box: Box, *, scale: float) -> None:
    """Draw the box in white with dark edges: visible on every ground."""
    left, top, right, bottom = (round(scale * place) for place in (box.left, box.top, box.right, box.bottom))
    pen = ImageDraw.Draw(drawn)
    for inset, colour in enumerate(("#202020", "#FFFFFF", "#FFFFFF", "#FFFFFF", "#202020")):
        if right - left > 2 * inset + 1 and bottom - top > 2 * inset + 1:
            pen.rectangle((left + inset, top + inset, right - 1 - inset, bottom - 1 - inset), outline=colour)
