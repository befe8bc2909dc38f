"""The colours of conditions and extremes, one each, for pages and contact sheets alike.

Hues from Okabe & Ito (2008), distinguishable with every common colour vision deficiency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from core.design_spec import Condition, in_order
from core.domain import Extreme

CONDITION_COLOURS: Final[Mapping[Condition, str]] = MappingProxyType({"natural": "#009E73", "synthetic": "#CC79A7", "none": "#8C8C8C"})
METHOD_COLOURS: Final = ("#2E8BC0", "#AD8A00", "#8A63D2", "#A0522D")  # of imported methods, in turn; ours
EXTREME_COLOURS: Final[Mapping[Extreme, str]] = MappingProxyType({"max": "#D55E00", "min": "#0072B2"})


def condition_colours(conditions: Iterable[Condition]) -> dict[Condition, str]:
    """Return the colours of conditions that are shown together: their own, and those of imported methods in turn, by name."""
    methods = [one for one in in_order(conditions) if one not in CONDITION_COLOURS]
    return {**CONDITION_COLOURS, **{one: METHOD_COLOURS[place % len(METHOD_COLOURS)] for place, one in enumerate(methods)}}
