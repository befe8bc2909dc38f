"""Baselines as embedders: simple statistics of an image, which every other embedder should beat."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.domain import digest
from core.embedder_names import EmbedderKind
from core.image_statistics import DIMENSIONS, STATISTICS
from core.vision.embedders.kinds import Pixels, Vectors

VERSION = 1  # of the formulas in core.image_statistics
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class StatisticEmbedder:
    """One of `core.image_statistics`, z-scored over the image set: images are alike where they differ from the average alike."""

    name: str
    kind: EmbedderKind = field(default="baseline", init=False)
    z_scored: bool = field(default=True, init=False)
    network_digest: str | None = field(default=None, init=False)

    @property
    def description(self) -> str:
        """Return one line that says what the similarity is."""
        return f"baseline: {self.name}, z-scored over the image set, cosine"

    @property
    def dimension(self) -> int:
        """Return how many numbers the statistic has."""
        return DIMENSIONS[self.name]

    @property
    def digest(self) -> str:
        """Return 16 digits of the statistic and the version of its formula."""
        return digest({"statistic": self.name, "version": VERSION})

    def embed(self, pixels: Pixels) -> Vectors:
        """Return float32 (n, d), a few images at a time."""
        parts = [STATISTICS[self.name](pixels[start : start + AT_ONCE]) for start in range(0, len(pixels), AT_ONCE)]
        return np.concatenate([np.empty((0, self.dimension), np.float32), *parts])
