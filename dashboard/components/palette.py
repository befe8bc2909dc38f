"""The colours of conditions and extremes: one each, everywhere, readable on light and dark ground.

The hues are those of core/palette.py; each has a contrast of at least 3:1 against both page backgrounds (tested). Colour never stands
alone: shape, position or a word says the same.
"""

from __future__ import annotations

from typing import Final

from core.palette import CONDITION_COLOURS, EXTREME_COLOURS, METHOD_COLOURS, condition_colours

__all__ = ["CONDITION_COLOURS", "CORRECT_COLOUR", "EXTREME_COLOURS", "METHOD_COLOURS", "condition_colours"]

CORRECT_COLOUR: Final = "#009E73"
