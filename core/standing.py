"""How a synthetic image stands beside the natural images of a study: does it show what the unit wants more than any of them?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Extreme


@dataclass(frozen=True, slots=True)
class Standing:
    """percentile: share (in %) of the natural images with a lower activation; margin: how far it goes beyond the most extreme natural
    image (negative: falls short of it); margin_sd: the same in standard deviations of the natural activations."""

    percentile: float
    margin: float
    margin_sd: float

    @property
    def is_beyond(self) -> bool:
        """Tell whether the image beats nature; where it does not, it is not to be trusted as an explanation."""
        return self.margin > 0


def standing(activation: float, extreme: Extreme, natural: npt.NDArray[np.float32]) -> Standing:
    """Return how an activation stands among `natural`, the activations of all images of the study, (n,), n > 0."""
    percentile = 100 * float(np.mean(natural < activation))
    margin = activation - float(natural.max()) if extreme == "max" else float(natural.min()) - activation
    sd = float(natural.std(dtype=np.float64))
    if margin == 0:
        return Standing(percentile, 0.0, 0.0)
    return Standing(percentile, margin, margin / sd if sd > 0 else math.copysign(math.inf, margin))


def is_beyond(activation: float, best: float, extreme: Extreme) -> bool:
    """Tell whether an activation goes beyond `best`, that of the most extreme natural image."""
    return activation > best if extreme == "max" else activation < best


def n_beyond(standings: Sequence[Standing]) -> int:
    """Return how many of the images beat nature."""
    return sum(one.is_beyond for one in standings)
