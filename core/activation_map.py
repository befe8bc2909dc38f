"""Where a unit responds in an image: its feature map, the most extreme position, and the box of pixels that this depends on. Pure.

The theoretical receptive field of a position is every pixel that can change it. Most of these hardly do: the gradient falls off from
the middle like a Gaussian, so that the part that matters, the effective receptive field, is much smaller (Luo et al. 2016,
"Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", arXiv:1701.04128). Here it is the box that holds
95 % of the squared gradient: of the absolute gradient, whose tails are long in trained networks, late layers have 95 % in nearly the
whole image. Luo et al. average over random images; this is the gradient at the image itself, since the question is what its response
depends on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Extreme, Unit, digest
from core.errors import UsageError

Maps = npt.NDArray[np.float32]
EFFECTIVE_SHARE = 0.95  # of the squared gradient, inside the effective receptive field


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels left to right - 1 and top to bottom - 1 of an image as the network sees it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Images of which a unit's maps are asked together; they share one scale. `extreme`: which end of its range is looked for in them."""

    network: str
    network_digest: str
    unit: Unit
    extreme: Extreme
    addresses: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return 16 digits that name the maps by all that determines them."""
        content = [self.network_digest, self.unit.layer, self.unit.channel, self.extreme, self.addresses, EFFECTIVE_SHARE]
        return digest(content)


@dataclass(frozen=True, slots=True)
class UnitMaps:
    """A unit's maps of n images.

    values: float32 (n, h, w). boxes: of each image, the effective receptive field at the most extreme position; None where there is
    none such (see `extreme_position`), or where the position depends on nothing. field: the theoretical receptive field of the map's
    centre, as far as it lies in the image; side_px: the side of that image.
    """

    addresses: tuple[str, ...]
    values: Maps
    boxes: tuple[Box | None, ...]
    field: Box
    side_px: int

    @property
    def limit(self) -> float:
        """Return the largest absolute value of all maps: the end of their scale."""
        return float(np.abs(self.values).max(initial=0.0))

    @property
    def is_signed(self) -> bool:
        """Return whether any value is below 0, as before a ReLU."""
        return bool((self.values < 0).any())


def extreme_position(values: npt.NDArray[np.floating], extreme: Extreme) -> tuple[int, int] | None:
    """Return row and column where the map (h, w) is largest or smallest; None where several positions are equally so.

    Behind a ReLU, a map that is 0 here and there is smallest nowhere in particular.
    """
    best = values.max() if extreme == "max" else values.min()
    rows, columns = np.nonzero(values == best)
    return (int(rows[0]), int(columns[0])) if len(rows) == 1 else None


def effective_field(gradient: npt.NDArray[np.floating]) -> Box | None:
    """Return the box that holds 95 % of the squared gradient (H, W); None where it is 0 everywhere."""
    return mass_box(gradient.astype(np.float64) ** 2, EFFECTIVE_SHARE)


def mass_box(weights: npt.NDArray[np.floating], share: float) -> Box | None:
    """Return a box that holds at least `share` of the weights (H, W) >= 0: from each side are cut off the rows or columns whose sum is at
    most a quarter of the rest. None where all are 0. With share 1 it is the extent of the weights above 0.

    Raises UsageError for a share outside (0, 1].
    """
    if not 0 < share <= 1:
        raise UsageError(f"The share of a box must be above 0 and at most 1, but is {share}.")
    if not (weights > 0).any():
        return None
    top, bottom = _span(weights.sum(axis=1, dtype=np.float64), (1 - share) / 4)
    left, right = _span(weights.sum(axis=0, dtype=np.float64), (1 - share) / 4)
    return Box(left, top, right, bottom)


def _span(sums: npt.NDArray[np.float64], tail: float) -> tuple[int, int]:
    """Return the first and last + 1 place of sums >= 0 beside which at most `tail` of their total lies, on each side."""
    allowed = tail * sums.sum()
    start = int(np.argmax(np.cumsum(sums) > allowed))
    stop = len(sums) - int(np.argmax(np.cumsum(sums[::-1]) > allowed))
    return start, stop


def squared(box: Box, side_px: int) -> Box:
    """Return the smallest square that holds the box and lies in the image, as far as possible around the box's middle."""
    size = max(box.width, box.height)
    left, top = (min(max(0, (start + stop - size) // 2), side_px - size) for start, stop in ((box.left, box.right), (box.top, box.bottom)))
    return Box(left, top, left + size, top + size)
