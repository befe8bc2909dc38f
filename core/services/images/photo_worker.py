"""The warm process that measures photos for the dashboard: `python -m core.services.images.photo_worker WORKSPACE IDLE_S HANDLE`.

A request is a study's key, a line feed and a crop as PNG (none: the network is made ready); the answer is "A" and float32 activations,
or "E" and a sentence. Nothing is written.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from core.services import warm_worker
from core.settings import Settings

if TYPE_CHECKING:
    from core.services.images.photo_measuring import PhotoMeasurer


def answering(settings: Settings) -> Callable[[bytes], bytes]:
    """Return the function from a request's bytes to its answer's; torch is imported at the first request, not before."""
    return warm_worker.answers(partial(_measurer, settings), _measured, refused=_refused, failed="The photo could not be measured")


def _measured(measurer: PhotoMeasurer, request: bytes) -> bytes:
    study, _, png = request.partition(b"\n")
    return b"A" + measurer.activations(study.decode(), png).astype("<f4").tobytes()


def _refused(error: str) -> bytes:
    return b"E" + error.encode()


def _measurer(settings: Settings) -> PhotoMeasurer:
    import torch

    from core.services.images.photo_measuring import PhotoMeasurer

    torch.set_num_threads(settings.threads)
    return PhotoMeasurer(settings)


if __name__ == "__main__":
    warm_worker.run(sys.argv[1:], answering)
