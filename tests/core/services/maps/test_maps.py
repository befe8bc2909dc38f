"""The desk where maps are asked for, and the drawings of kept ones; without torch."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.activation_map import Box, MapRequest, UnitMaps
from core.domain import Unit
from core.errors import WorkerLost
from core.services.maps.maps import MapDesk, MapState, drawing, encoded, request_maps
from core.services.units.units import unit_view
from core.store import map_files
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.processes import wait_until
from tests.studies import Workplace

UNIT = Unit("mixed4a", 2)


def request_of(place: Workplace, unit: Unit = UNIT) -> MapRequest:
    view = unit_view(CatalogueReader(place.workspace), place.study, unit)
    return request_maps(place.study, unit, "max", view.max_exemplars[:4])


def maps_of(request: MapRequest, side_px: int = 32) -> UnitMaps:
    values = np.arange(4 * 9, dtype=np.float32).reshape(4, 3, 3) - 12
    return UnitMaps(request.addresses, values, (Box(4, 4, 12, 12), None, None, None), Box(0, 0, side_px, side_px), side_px)


def computing(workspace: Workspace, requests: list[MapRequest], asked: list[str]) -> Callable[[bytes], bytes]:
    """Return what stands for the warm process: keeps made-up maps of the requests that it knows."""

    def ask(content: bytes) -> bytes:
        unit = json.loads(content)["unit"]
        asked.append(f"{unit['layer']}:{unit['channel']}")
        request = next(one for one in requests if one.unit == Unit(**unit))
        map_files.put_maps(workspace, request, maps_of(request))
        return b'{"error": null}'

    return ask


def settled(desk: MapDesk, request: MapRequest) -> MapState:
    wait_until(lambda: not desk.look(request).is_pending, "an answer")
    return desk.look(request)


def test_each_request_is_asked_once(study_workspace: Workplace) -> None:
    """However often and from however many sessions maps are looked for, they are computed once."""
    asked: list[str] = []
    requests = [request_of(study_workspace, Unit("mixed4a", channel)) for channel in range(3)]
    desk = MapDesk(study_workspace.workspace, ask=computing(study_workspace.workspace, requests, asked))
    threads = [threading.Thread(target=lambda: [desk.look(request) for request in requests]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [settled(desk, request) for request in requests]
    assert all(state.maps is not None for state in states)
    assert sorted(asked) == ["mixed4a:0", "mixed4a:1", "mixed4a:2"]


def test_kept_maps_need_nobody(study_workspace: Workplace) -> None:
    """What is kept is there at once."""
    request = request_of(study_workspace)
    map_files.put_maps(study_workspace.workspace, request, maps_of(request))
    state = MapDesk(study_workspace.workspace, ask=lambda _: pytest.fail("asked")).look(request)
    assert state.maps is not None and (state.maps.values == maps_of(request).values).all()


def lost(_: bytes) -> bytes:
    raise WorkerLost("The process ended by signal 9.")


def unfounded(_: bytes) -> bytes:
    return b'{"error": null}'


@pytest.mark.parametrize(
    ("ask", "hint"),
    [
        (lost, "signal 9"),
        (lambda _: b'{"error": "The network is gone."}', "The network is gone."),
        (unfounded, "are not in"),
        (lambda _: b"no JSON", "were not computed"),
    ],
    ids=["lost", "error", "unfounded", "garbled"],
)
def test_a_failure_is_a_sentence_until_tried_again(study_workspace: Workplace, ask: Callable[[bytes], bytes], hint: str) -> None:
    """A failure is told and not repeated by itself; tried again, the maps are asked for anew."""
    request, asked = request_of(study_workspace), []
    good = computing(study_workspace.workspace, [request], [])

    def first_bad(content: bytes) -> bytes:
        asked.append(content)
        return ask(content) if len(asked) == 1 else good(content)

    desk = MapDesk(study_workspace.workspace, ask=first_bad)
    assert hint in str(settled(desk, request).error)
    assert hint in str(desk.look(request).error) and len(asked) == 1
    desk.try_again([request])
    assert settled(desk, request).maps is not None and len(asked) == 2


def test_nothing_starts_before_something_is_asked(study_workspace: Workplace) -> None:
    """A desk alone costs no process, and can be closed twice."""
    desk = MapDesk(study_workspace.workspace)
    assert desk.process.pid is None
    desk.close()
    desk.close()
    assert not (study_workspace.workspace.jobs / "maps-log.txt").exists()


def test_drawings_are_of_the_kept_maps(study_workspace: Workplace) -> None:
    """Overlay and crop are drawn from the image and its map; the crop is another picture than the overlay."""
    workspace, request = study_workspace.workspace, request_of(study_workspace)
    reader = CatalogueReader(workspace)
    map_files.put_maps(workspace, request, maps_of(request))
    over, crop = (drawing(workspace, reader, request.key, 0, kind) for kind in ("response", "crop"))  # type: ignore[arg-type]
    assert over is not None and crop is not None and over.size == crop.size == (320, 320)
    assert over.tobytes() != crop.tobytes()
    assert encoded(over)[8:12] == b"WEBP"
    Image.open(io.BytesIO(encoded(crop))).verify()


def test_drawings_of_what_is_not_there(study_workspace: Workplace) -> None:
    """Unknown maps, places beyond the last image, and images that are gone have no drawing."""
    workspace, request = study_workspace.workspace, request_of(study_workspace)
    reader = CatalogueReader(workspace)
    assert drawing(workspace, reader, request.key, 0, "crop") is None
    map_files.put_maps(workspace, request, maps_of(request))
    assert drawing(workspace, reader, request.key, 4, "crop") is None
    gone = replace(request, addresses=("0" * 32,) * 4)
    map_files.put_maps(workspace, gone, maps_of(gone))
    assert drawing(workspace, reader, gone.key, 0, "crop") is None
