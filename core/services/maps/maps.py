"""Activation maps as pages ask for them: kept ones at once, others from a warm process, drawn over their images. No torch."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, get_args

from PIL import Image

from core import imaging, overlays
from core.activation_map import MapRequest, UnitMaps
from core.domain import Exemplar, Extreme, Render, Study, Unit, canonical_json
from core.errors import WorkerLost
from core.jobs.warm import IDLE_S, WarmProcess
from core.services.pictures import picture
from core.store import map_files
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

Drawing = Literal["response", "crop"]
DRAWINGS: tuple[Drawing, ...] = get_args(Drawing)
TIMEOUT_S = 180.0  # for a grid of images, torch and the network loaded before
WEBP_QUALITY = 90

Ask = Callable[[bytes], bytes]
Images = Sequence[Exemplar | Render]


@dataclass(frozen=True, slots=True)
class MapState:
    """How it stands with one request: maps, or the sentence why there are none; neither while they are computed."""

    maps: UnitMaps | None = None
    error: str | None = None

    @property
    def is_pending(self) -> bool:
        return self.maps is None and self.error is None


def request_maps(study: Study, unit: Unit, extreme: Extreme, images: Images) -> MapRequest:
    """Return the request for the maps of images that are shown together."""
    network = study.network
    return MapRequest(network.name, network.network_digest, unit, extreme, tuple(one.address for one in images))


def drawing(workspace: Workspace, reader: CatalogueReader, key: str, place: int, kind: Drawing) -> Image.Image | None:
    """Return the image at a place of a request, drawn with its map or as its crop; None where no such maps are kept.

    Raises StaleWork where the image's source file is gone or changed.
    """
    maps = map_files.get_maps(workspace, key)
    if maps is None or not 0 <= place < len(maps.addresses):
        return None
    png = picture(workspace, reader, maps.addresses[place])
    return None if png is None else draw(imaging.decode(png), maps, place, kind)


def draw(image: Image.Image, maps: UnitMaps, place: int, kind: Drawing) -> Image.Image:
    """Return an image of a request with its map laid over, the effective receptive field outlined; or this field enlarged."""
    box = maps.boxes[place]
    return overlays.patch(image, box) if kind == "crop" else overlays.overlay(image, maps.values[place], limit=maps.limit, box=box)


def encoded(image: Image.Image) -> bytes:
    """Return a drawing as WebP: to be looked at, never to be judged."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=WEBP_QUALITY, method=2)
    return buffer.getvalue()


class MapDesk:
    """Takes requests of many sessions and has them answered one after another, each once. Nothing starts before something is asked."""

    def __init__(self, workspace: Workspace, *, ask: Ask | None = None, idle_s: float = IDLE_S) -> None:
        self._workspace = workspace
        self.process = WarmProcess(
            [sys.executable, "-m", "core.services.maps.map_worker", str(workspace.root), str(idle_s)],
            task="computes activation maps",
            log=workspace.jobs / "maps-log.txt",
        )
        self._ask = ask or (lambda request: self.process.ask(request, timeout_s=TIMEOUT_S))
        self._guard = threading.Lock()
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="maps")
        self._asked: dict[str, Future[None]] = {}
        self._errors: dict[str, str] = {}

    def look(self, request: MapRequest) -> MapState:
        """Return how it stands; maps that are not kept are asked for, but for those that failed: see `try_again`."""
        maps = map_files.get_maps(self._workspace, request.key)
        if maps is not None:
            return MapState(maps=maps)
        with self._guard:
            error = self._errors.get(request.key)
            if error is None and request.key not in self._asked:
                maps = map_files.get_maps(self._workspace, request.key)  # they may have come since
                if maps is None:
                    self._asked[request.key] = self._queue.submit(self._answer, request)
        return MapState(maps, error)

    def try_again(self, requests: Sequence[MapRequest]) -> None:
        """Forget that these failed: the next look asks for them anew."""
        with self._guard:
            for request in requests:
                self._errors.pop(request.key, None)

    def close(self) -> None:
        """End the process and drop what waits."""
        self._queue.shutdown(wait=False, cancel_futures=True)
        self.process.stop()

    def _answer(self, request: MapRequest) -> None:
        error: str | None = f"The maps of {request.unit} were not computed; try again."
        try:
            error = self._error_of(request)
        finally:
            with self._guard:
                del self._asked[request.key]
                if error is not None:
                    self._errors[request.key] = error

    def _error_of(self, request: MapRequest) -> str | None:
        try:
            error: str | None = json.loads(self._ask(canonical_json(request).encode()))["error"]
        except (WorkerLost, OSError) as lost:
            return str(lost)
        if error is None and not map_files.has_maps(self._workspace, request.key):
            return f"The maps of {request.unit} were computed, but are not in {self._workspace.maps}; try again."
        return error
