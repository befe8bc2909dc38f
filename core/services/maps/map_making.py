"""Computing a unit's activation maps of shown images and the part of each that its response depends on. Imports torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core import imaging
from core.activation_map import Box, MapRequest, UnitMaps, effective_field
from core.domain import Unit
from core.errors import StaleWork
from core.services.networks import open_network
from core.services.pictures import picture
from core.settings import Settings
from core.store import map_files
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.activation_maps import responses, theoretical_field
from core.vision.networks import LoadedNetwork


class MapMaker:
    """Makes maps in this process; keeps the network that was used last, and the receptive fields of its branches."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._workspace = Workspace(settings.workspace)
        self._reader = CatalogueReader(self._workspace)
        self._network: LoadedNetwork | None = None
        self._fields: dict[tuple[str, int], Box] = {}

    def make(self, request: MapRequest) -> UnitMaps:
        """Return the maps of a request, from the workspace or computed and then kept there.

        Raises StaleWork where the network or an image is not what it was; NetworkError, UnknownName and ImageError as they come.
        """
        kept = map_files.get_maps(self._workspace, request.key)
        if kept is not None:
            return kept
        network = self._loaded(request)
        images = np.stack([self._pixels(address, network.card.preprocessing.n_channels) for address in request.addresses])
        values, gradients = responses(network, images, request.unit, request.extreme)
        boxes = tuple(effective_field(gradient) for gradient in gradients)
        maps = UnitMaps(request.addresses, values, boxes, self._field(network, request.unit), images.shape[1])
        map_files.put_maps(self._workspace, request, maps)
        return maps

    def _loaded(self, request: MapRequest) -> LoadedNetwork:
        if self._network is not None and self._network.card.network_digest == request.network_digest:
            return self._network
        self._network = None  # one at a time: a warm process stays small
        self._fields.clear()
        network = open_network(self._settings, request.network)
        if network.card.network_digest != request.network_digest:
            raise StaleWork(
                f"The network {request.network!r} is {network.card.network_digest} now and was {request.network_digest} when these images "
                "were ranked or made; mine it under another name to look at it as it is now."
            )
        self._network = network
        return network

    def _field(self, network: LoadedNetwork, unit: Unit) -> Box:
        start = max(branch.start for branch in network.layer(unit.layer).branches if branch.start <= unit.channel)
        branch = unit.layer, start
        if branch not in self._fields:
            self._fields[branch] = theoretical_field(network, unit)
        return self._fields[branch]

    def _pixels(self, address: str, n_channels: int) -> npt.NDArray[np.uint8]:
        png = picture(self._workspace, self._reader, address)
        if png is None:
            raise StaleWork(f"The image {address} is not in the workspace any more; mine or synthesise again.")
        return imaging.pixels(imaging.decode(png), n_channels)
