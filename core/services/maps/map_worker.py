"""The warm process that computes activation maps for the dashboard: `python -m core.services.maps.map_worker WORKSPACE IDLE_S HANDLE`.

A request is a MapRequest as JSON; the answer is {"error": null} once the maps lie in the workspace, else {"error": a sentence}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from core.activation_map import MapRequest
from core.domain import Unit
from core.services import warm_worker
from core.settings import Settings

if TYPE_CHECKING:
    from core.services.maps.map_making import MapMaker


def answering(settings: Settings) -> Callable[[bytes], bytes]:
    """Return the function from a request's bytes to its answer's; torch is imported at the first request, not before."""
    return warm_worker.answers(partial(_maker, settings), _made, refused=_said, failed="The maps could not be computed")


def _made(maker: MapMaker, request: bytes) -> bytes:
    maker.make(_request(request))
    return _said(None)


def _maker(settings: Settings) -> MapMaker:
    import torch

    from core.services.maps.map_making import MapMaker

    torch.set_num_threads(settings.threads)
    return MapMaker(settings)


def _request(content: bytes) -> MapRequest:
    fields = json.loads(content)
    unit = Unit(**fields.pop("unit"))
    return MapRequest(**fields | {"unit": unit, "addresses": tuple(fields["addresses"])})


def _said(error: str | None) -> bytes:
    return json.dumps({"error": error}).encode()


if __name__ == "__main__":
    warm_worker.run(sys.argv[1:], answering)
