"""What the dashboard's warm processes have in common: arguments, threads, and that every request gets an answer. No torch."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from core.errors import ExemplaryError
from core.jobs.warm import serve
from core.settings import Settings, read_settings

Maker = TypeVar("Maker")
MOST_THREADS: Final = 4


def run(arguments: list[str], answering: Callable[[Settings], Callable[[bytes], bytes]]) -> None:
    """Serve until idle, or until the process that holds the other end is gone; arguments: WORKSPACE IDLE_S HANDLE.

    It computes on the CPU, on fewer threads than there are cores: GPUs are left to jobs, and a core to whoever looks.
    """
    workspace, idle_s, handle = arguments
    settings = read_settings(workspace, device="cpu")
    serve(int(handle), answering(replace(settings, threads=max(1, min(MOST_THREADS, settings.threads - 1)))), idle_s=float(idle_s))


def answers(
    make: Callable[[], Maker], answer: Callable[[Maker, bytes], bytes], *, refused: Callable[[str], bytes], failed: str
) -> Callable[[bytes], bytes]:
    """Return the function from a request's bytes to its answer's, or to what `refused` makes of a sentence: why there is none.

    `make`: what answers, called at the first request. `failed`: how the sentence begins where something else than an error of ours comes.
    """
    made: list[Maker] = []

    def answered(request: bytes) -> bytes:
        try:
            if not made:
                made.append(make())
            return answer(made[0], request)
        except ExemplaryError as error:
            return refused(str(error))
        except Exception as error:  # the network is a user's own code: whatever it raises is told, and the next request may be fine
            traceback.print_exc()
            return refused(f"{failed}: {type(error).__name__}: {' '.join(str(error).split())}")

    return answered
