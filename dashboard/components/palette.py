"""The colours of conditions and extremes: one each, everywhere, readable on light and dark ground.

Hues from Okabe & Ito (2008), distinguishable with every common colour vision deficiency; each has a contrast of at least 3:1
against both page backgrounds (tested). Colour never stands alone: shape, position or a word says the same.
"""

from __future__ import annotations

from typing import Final

from core.domain import Condition, Extreme

CONDITION_COLOURS: Final[dict[Condition, str]] = {"natural": "#009E73", "synthetic": "#CC79A7", "none": "#8C8C8C"}
EXTREME_COLOURS: Final[dict[Extreme, str]] = {"max": "#D55E00", "min": "#0072B2"}
CORRECT_COLOUR: Final = "#009E73"
