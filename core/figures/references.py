"""Published numbers behind one's own: the abstract's headline always, finer ones where the authors' answers are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.design_spec import Condition

# Borowski et al. (2021), abstract: proportion correct, +- two standard errors of the mean over participants.
PAPER_HEADLINE: Final[Mapping[Condition, tuple[float, float]]] = MappingProxyType({"synthetic": (0.82, 0.04), "natural": (0.92, 0.02)})
CITATION: Final = "Borowski et al. (2021)"
PREFIXES: Final = ("mixed", "inception")  # of the same layers in lucent's InceptionV1 and torchvision's GoogLeNet


def published_layer(name: str) -> str:
    """Return how the published answers call a layer: 4b for mixed4b and inception4b."""
    return next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)
