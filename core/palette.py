"""The colours of conditions and extremes, one each, for pages and contact sheets alike.

Hues from Okabe & Ito (2008), distinguishable with every common colour vision deficiency.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.design_spec import Condition
from core.domain import Extreme

CONDITION_COLOURS: Final[Mapping[Condition, str]] = MappingProxyType({"natural": "#009E73", "synthetic": "#CC79A7", "none": "#8C8C8C"})
EXTREME_COLOURS: Final[Mapping[Extreme, str]] = MappingProxyType({"max": "#D55E00", "min": "#0072B2"})
