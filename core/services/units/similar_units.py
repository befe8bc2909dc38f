"""The units that are most like a unit: which respond alike over the images, and which have the same exemplars. No torch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from core.domain import Study, Unit
from core.errors import UnknownName
from core.similar_units import most_alike, sampled_images, shared_exemplars, standardised
from core.store import activations, mined_read, unit_read
from core.store.publication import CatalogueReader

MOST_BYTES: Final = 200_000_000  # of standardised activations that are kept; larger ones are read for every question, layer by layer
N_EXEMPLARS: Final = 100

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SimilarUnit:
    """A unit and how alike it is: Pearson's r of the activations, or the share of exemplars in common."""

    unit: Unit
    value: float


class UnitLikeness:
    """What units of one study are compared by, as the catalogue was when this was made. May be asked from several threads.

    `n_images`: how many of the study's images activations are compared over.
    """

    def __init__(self, reader: CatalogueReader, study: Study, *, most_bytes: int = MOST_BYTES) -> None:
        self._reader, self._study = reader, study
        cursor = reader.cursor()
        mined = mined_read.mined_states(cursor, study.key)
        self._layers = [layer for layer in study.network.all_layers if layer.name in mined]
        self.units = tuple(Unit(layer.name, channel) for layer in self._layers for channel in range(layer.n_channels))
        self._places = {unit: place for place, unit in enumerate(self.units)}
        n_common = min(mined[layer.name].n_images for layer in self._layers)
        self._sample = sampled_images(n_common, part_images=activations.SHARD_IMAGES)
        self.n_images = len(self._sample)
        self._exemplars = unit_read.top_ids(cursor, study.key, [layer.name for layer in self._layers], n_ranks=N_EXEMPLARS)
        self.n_exemplars = self._exemplars.shape[1]
        self._fits = 4 * len(self.units) * self.n_images <= most_bytes
        self._kept: tuple[Floats, ...] | None = None
        self._guard = threading.Lock()

    def by_activation(self, unit: Unit, n: int) -> tuple[SimilarUnit, ...]:
        """Return the n units whose activations correlate most with the unit's, and positively. Raises UnknownName, StoreError."""
        place = self._place(unit)
        self._keep()
        own = self._own(unit)
        values = np.concatenate([block @ own for block in self._kept or self._read_all()])
        return tuple(SimilarUnit(self.units[one], float(values[one])) for one in most_alike(values, but_for=place, n=n))

    def by_exemplars(self, unit: Unit, n: int) -> tuple[SimilarUnit, ...]:
        """Return the n units with most of the unit's exemplars among their own. Raises UnknownName."""
        place = self._place(unit)
        values = shared_exemplars(self._exemplars, self._exemplars[place])
        return tuple(SimilarUnit(self.units[one], float(values[one])) for one in most_alike(values, but_for=place, n=n))

    def _place(self, unit: Unit) -> int:
        if unit not in self._places:
            raise UnknownName("mined unit", str(unit), [str(one) for one in self.units])
        return self._places[unit]

    def _keep(self) -> None:
        with self._guard:
            if self._fits and self._kept is None:
                self._kept = tuple(self._read_all())

    def _own(self, unit: Unit) -> Floats:
        place = [layer.name for layer in self._layers].index(unit.layer)
        block = self._kept[place] if self._kept is not None else self._read(unit.layer)
        own: Floats = block[unit.channel]
        return own

    def _read_all(self) -> Iterator[Floats]:
        for layer in self._layers:
            yield self._read(layer.name)

    def _read(self, layer: str) -> Floats:
        cursor, workspace = self._reader.cursor(), self._reader.workspace
        mined_read.activation_files(cursor, workspace, self._study.key, layer)
        return standardised(activations.read_some(workspace.root, mined_read.shards(cursor, self._study.key, layer), self._sample.tolist()))
