"""What is known of a run on Ray while it goes on: one process of the cluster, on the driver's machine, that all workers tell. No torch."""

from __future__ import annotations

import time
from dataclasses import dataclass

Piece = tuple[str, int]
"""Some work: what is done ("measure", "finish"), and the first of the images it is done with."""


@dataclass(frozen=True, slots=True)
class Standing:
    """n_measured images; silent_s: how long no worker has said anything, 0 before the first one does."""

    n_measured: int
    silent_s: float


class Board:
    """How many images are measured, how often workers began with some, and when one was last heard of."""

    def __init__(self) -> None:
        self._begun: dict[Piece, int] = {}  # how often since it was done
        self._measured: dict[Piece, int] = {}  # how many images; what is measured again counts once
        self._heard: float | None = None

    def begin(self, piece: Piece) -> int:
        """Note that a worker begins with a piece of work; return how often that was begun and not done."""
        self.live()
        self._begun[piece] = self._begun.get(piece, 0) + 1
        return self._begun[piece]

    def done(self, piece: Piece, n_measured: int = 0) -> None:
        """Note that it is done, and how many images are measured by it."""
        self.live()
        self._begun.pop(piece, None)
        self._measured[piece] = n_measured

    def live(self) -> None:
        """Note that a worker is at work."""
        self._heard = time.monotonic()

    def standing(self) -> Standing:
        """Return how far the work is."""
        silent_s = 0.0 if self._heard is None else time.monotonic() - self._heard
        return Standing(sum(self._measured.values()), silent_s)
