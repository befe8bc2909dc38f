"""The course of an optimisation as an animation. Pure; drawn with Pillow's built-in font."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from core.errors import UsageError

HOLD: Final = 5  # the last frame stays so many times as long as the others
SMALLEST_FRAME_PX: Final = 192  # smaller images are enlarged, so that the step can be read below them
BAND_SHADES: Final = 16  # of the 256 colours of a frame: those of the words below the image
BAND_GROUND: Final = 245
BAND_INK: Final = 60
DONE: Final = 120  # shade of the bar that grows with the steps


def course_gif(frames: Sequence[tuple[int, Image.Image]], *, frame_ms: int) -> bytes:
    """Return (step, image) as an animated GIF in the order of steps: it loops, and the last frame stays five times as long.

    Every frame has 240 colours of its own (dithered) for the image; the step stands in a band below it. Images are brought to the size
    of the last one. Raises UsageError for no frames or a frame_ms that a GIF cannot keep (10 to 10,000).
    """
    if not frames or not 10 <= frame_ms <= 10_000:
        raise UsageError(f"An animation needs images and 10 to 10000 ms for each; it got {len(frames)} images and {frame_ms} ms.")
    ordered = sorted(frames, key=lambda frame: frame[0])
    last_step, size = ordered[-1][0], _frame_size(ordered[-1][1])
    drawn = [_frame(image.convert("RGB").resize(size, Image.Resampling.LANCZOS), step, last_step) for step, image in ordered]
    buffer = io.BytesIO()
    durations = [frame_ms] * (len(drawn) - 1) + [HOLD * frame_ms]
    drawn[0].save(buffer, "GIF", save_all=True, append_images=drawn[1:], duration=durations, loop=0, optimize=False)
    return buffer.getvalue()


def _frame_size(image: Image.Image) -> tuple[int, int]:
    factor = max(1, math.ceil(SMALLEST_FRAME_PX / image.width))
    return image.width * factor, image.height * factor


def _frame(image: Image.Image, step: int, last_step: int) -> Image.Image:
    """Return the image with its band as a palette image: the last 16 colours are greys for the band, so dithering keeps out of it."""
    n_colours = 256 - BAND_SHADES
    best = image.quantize(n_colours, method=Image.Quantize.MEDIANCUT, kmeans=1)
    quantised = image.quantize(palette=best, dither=Image.Dither.FLOYDSTEINBERG)
    colours = (best.getpalette() or [])[: 3 * n_colours]
    colours += [0] * (3 * n_colours - len(colours))
    greys = [round(shade * 255 / (BAND_SHADES - 1)) for shade in range(BAND_SHADES) for _ in "rgb"]
    band = np.asarray(_band(image.width, step, last_step)) // (256 // BAND_SHADES) + n_colours
    indices: npt.NDArray[np.uint8] = np.vstack([np.asarray(quantised), band]).astype(np.uint8)  # (H + band, W)
    frame = Image.fromarray(indices)
    frame.putpalette(colours + greys)
    return frame


def _band(width_px: int, step: int, last_step: int) -> Image.Image:
    """Return what stands below an image, in shades of grey: a bar that grows with the steps, and the step."""
    font_px = max(12, width_px // 18)
    bar_px, height = max(2, width_px // 96), 2 * font_px
    band = Image.new("L", (width_px, height), BAND_GROUND)
    draw = ImageDraw.Draw(band)
    done_px = round(width_px * step / last_step) if last_step else width_px
    if done_px:
        draw.rectangle((0, 0, done_px - 1, bar_px - 1), fill=DONE)
    draw.text((font_px // 2, (height + bar_px) / 2), f"step {step} of {last_step}", BAND_INK, ImageFont.load_default(font_px), anchor="lm")
    return band
