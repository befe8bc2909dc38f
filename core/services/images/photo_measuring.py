"""Measuring every unit's activation of one photo as a study measures its own. Imports torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core import imaging
from core.errors import StaleWork
from core.services.images.image_activations import mined_layers
from core.services.networks import open_network
from core.services.studies import choose_study
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork


class PhotoMeasurer:
    """Measures in this process; keeps the network that was used last."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._reader = CatalogueReader(Workspace(settings.workspace))
        self._network: LoadedNetwork | None = None

    def activations(self, study_key: str, png: bytes) -> npt.NDArray[np.float32]:
        """Return the activations of a crop by the study's preprocessing, in the order of its mined layers' units.

        Without a crop the network is only made ready, and nothing is returned. Raises StaleWork, NetworkError, ImageError, UnknownName.
        """
        study = choose_study(self._reader, key=study_key)
        network = self._loaded(study.network.name, study.mining.network_digest)
        if not png:
            return np.empty(0, np.float32)
        pixels = imaging.pixels(imaging.decode(png), study.mining.preprocessing.n_channels)[None]
        layers, reduction = mined_layers(self._reader, study), study.mining.reduction
        found = measure(network, pixels, layers=layers, batch=1, reduction=reduction)[0]
        own: npt.NDArray[np.float32] = found[:, 0] if reduction == "max" else found  # beside the maximum stands its position
        return own

    def _loaded(self, name: str, digest: str) -> LoadedNetwork:
        if self._network is not None and self._network.card.network_digest == digest:
            return self._network
        self._network = None  # one at a time: a warm process stays small
        network = open_network(self._settings, name)
        if network.card.network_digest != digest:
            raise StaleWork(f"The network {name!r} is not the one that the study was mined with; mine it under another name.")
        self._network = network
        return network
