"""Simple statistics of images, which a machine observer should beat: mean colour, contrast, and how salient the centre is.

All take uint8 (n, h, w, 3) sRGB or (n, h, w, 1) grayscale of any size and return float32 (n, d). Pure numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.errors import UsageError

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Statistic = Callable[[Pixels], Floats]

# sRGB to XYZ (IEC 61966-2-1), each row divided by the white point D65 (0.95047, 1, 1.08883)
RGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) / [[0.95047], [1.0], [1.08883]]
XYZ_TO_LAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])  # of f(X), f(Y), f(Z); L* is less 16 (CIE 1976)
LINEAR_BELOW = (6 / 29) ** 3
OCTAVES = 4  # of contrast; levels of its pyramid are halved so often
# Pyramid levels c and c + 3, as of Itti, Koch and Niebur 1998: they begin at c = 2 of images of 640 x 480, which ours have a third of.
CENTRES, SURROUND = (1, 2), 3


def mean_colour(pixels: Pixels) -> Floats:
    """Return the mean colour, (n, 3): L*, a*, b*."""
    found: Floats = lab(pixels).mean(axis=(1, 2))
    return found


def contrast(pixels: Pixels) -> Floats:
    """Return the sd of L* (RMS contrast: Peli 1990), of the whole image and of each of its four finest octaves, (n, 5)."""
    levels = _pyramid(lab(pixels)[..., :1], OCTAVES)
    bands = [fine - _enlarged(coarse, 2) for fine, coarse in pairwise(levels)]
    return np.stack([one.std(axis=(1, 2, 3)) for one in (levels[0], *bands)], axis=1)


def centre_saliency(pixels: Pixels) -> Floats:
    """Return how much more centre and surround differ in the middle of the image than around it, (n, 6): L*, a*, b* at two scales.

    A map is |level c - level s| of a pyramid (Itti, Koch and Niebur 1998), the middle the central half of both sides.
    """
    levels = _pyramid(lab(pixels), max(CENTRES) + SURROUND)
    maps = [np.abs(levels[c] - _enlarged(levels[c + SURROUND], 2**SURROUND)) for c in CENTRES]
    return np.concatenate([_middle_less_rest(one) for one in maps], axis=1)


STATISTICS: Mapping[str, Statistic] = MappingProxyType(
    {"mean-colour": mean_colour, "contrast": contrast, "centre-saliency": centre_saliency}
)
DIMENSIONS: Mapping[str, int] = MappingProxyType({"mean-colour": 3, "contrast": 1 + OCTAVES, "centre-saliency": 3 * len(CENTRES)})


def lab(pixels: Pixels) -> Floats:
    """Return CIELAB (D65), float32 (n, h, w, 3), of sRGB or grayscale images. Raises UsageError where they are something else."""
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3) or pixels.dtype != np.uint8 or 0 in pixels.shape[1:3]:
        raise UsageError(f"Image statistics take uint8 (n, height, width, 3 or 1), but came {pixels.dtype} {pixels.shape}.")
    rgb = pixels if pixels.shape[-1] == 3 else np.repeat(pixels, 3, axis=-1)
    xyz = _LINEAR[rgb] @ RGB_TO_XYZ.T.astype(np.float32)
    bent = np.where(xyz > LINEAR_BELOW, np.cbrt(xyz), xyz * np.float32((29 / 6) ** 2 / 3) + np.float32(4 / 29))
    found: Floats = bent @ XYZ_TO_LAB.T.astype(np.float32)
    found[..., 0] -= 16
    return found


def _linear() -> Floats:
    """Return the light of each of the 256 sRGB values, in [0, 1] (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear()


def _pyramid(maps: Floats, depth: int) -> list[Floats]:
    """Return maps (n, h, w, c) at depth + 1 scales, each the means of 2 x 2 of the one before.

    Sides are cut to what halves so often, evenly at both ends; smaller images are enlarged by repetition before.
    """
    levels = [_cut(maps, 2**depth)]
    for _ in range(depth):
        n, h, w, c = levels[-1].shape
        levels.append(levels[-1].reshape(n, h // 2, 2, w // 2, 2, c).mean(axis=(2, 4)))
    return levels


def _cut(maps: Floats, step: int) -> Floats:
    least = min(maps.shape[1:3])
    maps = _enlarged(maps, -(-step // least)) if least < step else maps
    h, w = (side - side % step for side in maps.shape[1:3])
    top, left = (maps.shape[1] - h) // 2, (maps.shape[2] - w) // 2
    return maps[:, top : top + h, left : left + w]


def _enlarged(maps: Floats, times: int) -> Floats:
    return maps.repeat(times, axis=1).repeat(times, axis=2)


def _middle_less_rest(maps: Floats) -> Floats:
    """Return the mean over the central half of both sides less the mean over the rest: (n, h, w, c) -> (n, c)."""
    h, w = maps.shape[1:3]
    inside = np.zeros((h, w), dtype=bool)
    inside[h // 4 : h - h // 4, w // 4 : w - w // 4] = True
    found: Floats = maps[:, inside].mean(axis=1) - maps[:, ~inside].mean(axis=1)
    return found
