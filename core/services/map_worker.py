"""The warm process that computes activation maps for the dashboard: `python -m core.services.map_worker WORKSPACE IDLE_S HANDLE`.

A request is a MapRequest as JSON; the answer is {"error": null} once the maps lie in the workspace, else {"error": a sentence}.
It computes on the CPU, on fewer threads than there are cores: GPUs are left to jobs, and a core to whoever looks.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.activation_map import MapRequest
from core.domain import Unit
from core.errors import ExemplaryError
from core.jobs.warm import serve
from core.settings import Settings, read_settings

if TYPE_CHECKING:
    from core.services.map_making import MapMaker

MOST_THREADS = 4


def main(arguments: list[str]) -> None:
    """Serve until idle, or until the process that holds the other end is gone."""
    workspace, idle_s, handle = arguments
    settings = read_settings(workspace, device="cpu")
    serve(int(handle), answering(replace(settings, threads=max(1, min(MOST_THREADS, settings.threads - 1)))), idle_s=float(idle_s))


def answering(settings: Settings) -> Callable[[bytes], bytes]:
    """Return the function from a request's bytes to its answer's; torch is imported at the first request, not before."""
    made: list[MapMaker] = []

    def answer(request: bytes) -> bytes:
        try:
            if not made:
                made.append(_maker(settings))
            made[0].make(_request(request))
        except ExemplaryError as error:
            return _said(str(error))
        except Exception as error:  # the network is a user's own code: whatever it raises is told, and the next request may be fine
            traceback.print_exc()
            return _said(f"The maps could not be computed: {type(error).__name__}: {' '.join(str(error).split())}")
        return _said(None)

    return answer


def _maker(settings: Settings) -> MapMaker:
    import torch

    from core.services.map_making import MapMaker

    torch.set_num_threads(settings.threads)
    return MapMaker(settings)


def _request(content: bytes) -> MapRequest:
    fields = json.loads(content)
    unit = Unit(**fields.pop("unit"))
    return MapRequest(**fields | {"unit": unit, "addresses": tuple(fields["addresses"])})


def _said(error: str | None) -> bytes:
    return json.dumps({"error": error}).encode()


if __name__ == "__main__":
    main(sys.argv[1:])
