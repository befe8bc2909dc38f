"""The warm process that measures photos for the dashboard: `python -m core.services.photo_worker WORKSPACE IDLE_S HANDLE`.

A request is a study's key, a line feed and a crop as PNG (none: the network is made ready); the answer is "A" and float32 activations,
or "E" and a sentence. It computes on the CPU, on fewer threads than there are cores. Nothing is written.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import ExemplaryError
from core.jobs.warm import serve
from core.settings import Settings, read_settings

if TYPE_CHECKING:
    from core.services.photo_measuring import PhotoMeasurer

MOST_THREADS = 4


def main(arguments: list[str]) -> None:
    """Serve until idle, or until the process that holds the other end is gone."""
    workspace, idle_s, handle = arguments
    settings = read_settings(workspace, device="cpu")
    serve(int(handle), answering(replace(settings, threads=max(1, min(MOST_THREADS, settings.threads - 1)))), idle_s=float(idle_s))


def answering(settings: Settings) -> Callable[[bytes], bytes]:
    """Return the function from a request's bytes to its answer's; torch is imported at the first request, not before."""
    made: list[PhotoMeasurer] = []

    def answer(request: bytes) -> bytes:
        study, _, png = request.partition(b"\n")
        try:
            if not made:
                made.append(_measurer(settings))
            return b"A" + made[0].activations(study.decode(), png).astype("<f4").tobytes()
        except ExemplaryError as error:
            return b"E" + str(error).encode()
        except Exception as error:  # the network is a user's own code: whatever it raises is told, and the next request may be fine
            traceback.print_exc()
            return f"EThe photo could not be measured: {type(error).__name__}: {' '.join(str(error).split())}".encode()

    return answer


def _measurer(settings: Settings) -> PhotoMeasurer:
    import torch

    from core.services.photo_measuring import PhotoMeasurer

    torch.set_num_threads(settings.threads)
    return PhotoMeasurer(settings)


if __name__ == "__main__":
    main(sys.argv[1:])
