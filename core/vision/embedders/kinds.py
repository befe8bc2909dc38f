"""What every embedder of a machine observer has and does: images in, vectors out, or distances of pairs."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.embedder_names import EmbedderKind

Pixels = NDArray[np.uint8]
Vectors = NDArray[np.float32]


class Described(Protocol):
    """What an embedder is called, and all that determines what it gives."""

    @property
    def name(self) -> str:
        """Return what it is called in results."""

    @property
    def description(self) -> str:
        """Return one line that says what the similarity of its images is."""

    @property
    def kind(self) -> EmbedderKind:
        """Return whether it is a network, a baseline, or gives distances of pairs only."""

    @property
    def digest(self) -> str:
        """Return 16 digits that change with whatever changes what it gives: weights, layer, preprocessing, its own formulas."""

    @property
    def network_digest(self) -> str | None:
        """Return its network's digest, which is a studied network's where the two are the same; None where it has none."""


class Embedder(Described, Protocol):
    """Gives a vector an image; the cosine of two vectors is how alike two images are."""

    @property
    def dimension(self) -> int:
        """Return d, how many numbers a vector has."""

    @property
    def z_scored(self) -> bool:
        """Tell whether each dimension is to be z-scored over the image set before the cosine; `embed` gives it as it is."""

    def embed(self, pixels: Pixels) -> Vectors:
        """Return float32 (n, d) of images as people see them: uint8 (n, h, w, 3) or (n, h, w, 1), of any size.

        The bits of a vector do not depend on the other images.
        """


class PairwiseEmbedder(Described, Protocol):
    """Gives distances of pairs; no vector stands for an image."""

    def distances(self, a: Pixels, b: Pixels) -> Vectors:
        """Return float32 (n,): how far each image of `a` is from the one of `b` in its place; both are uint8 (n, h, w, 3 or 1)."""
