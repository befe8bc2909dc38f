"""Folders of images as a visualization method leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.domain import EXTREMES, Extreme, Unit
from tests.studies import picture

METHOD = "grad"


def write_method(
    folder: Path,
    units: Sequence[Unit],
    *,
    n: int = 9,
    side_px: int = 48,
    seed: int = 1,
    extremes: Sequence[Extreme] = EXTREMES,
) -> Path:
    """Write n square PNG files for each unit and extreme, LAYER/CHANNEL/EXTREME/img0.png ...; return the folder."""
    rng = np.random.default_rng(seed)
    for unit in units:
        for extreme in extremes:
            place = folder / unit.layer / str(unit.channel) / extreme
            place.mkdir(parents=True, exist_ok=True)
            for number in range(n):
                (place / f"img{number}.png").write_bytes(picture(rng, (side_px, side_px)))
    return folder
