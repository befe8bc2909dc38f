"""Photos that somebody brings: cropped as the study's images are, measured by a warm process, kept in memory only. No torch."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from core import imaging
from core.domain import Study
from core.errors import ImageError, WorkerLost
from core.jobs.warm import IDLE_S, WarmProcess
from core.store.workspace import Workspace

MOST_KEPT: Final = 16  # answers, the latest
TIMEOUT_S: Final = 180.0  # torch and the network loaded before

Activations = npt.NDArray[np.float32]
Ask = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoState:
    """How it stands with a photo: its activations, or the sentence why there are none; neither while it is measured."""

    activations: Activations | None = None
    error: str | None = None

    @property
    def is_pending(self) -> bool:
        return self.activations is None and self.error is None


def crop_png(study: Study, content: bytes) -> bytes:
    """Return a file's crop as the study's network sees it, as PNG. Raises ImageError with a sentence."""
    try:
        return imaging.encode_png(imaging.crop(imaging.decode(content), study.mining.preprocessing))
    except ImageError as error:
        raise ImageError(f"This file cannot be used: {str(error).rstrip('.')}.") from error


class PhotoDesk:
    """Takes photos of many sessions and has them measured one after another, each once. Nothing is written to disk."""

    def __init__(self, workspace: Workspace, *, ask: Ask | None = None, idle_s: float = IDLE_S) -> None:
        self.process = WarmProcess(
            [sys.executable, "-m", "core.services.images.photo_worker", str(workspace.root), str(idle_s)],
            task="measures photos",
            log=workspace.jobs / "photos-log.txt",
        )
        self._ask = ask or (lambda request: self.process.ask(request, timeout_s=TIMEOUT_S))
        self._guard = threading.Lock()
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="photos")
        self._answers: OrderedDict[str, Future[PhotoState]] = OrderedDict()

    def look(self, study: Study, png: bytes, *, patience_s: float = 0.0) -> PhotoState:
        """Return how it stands with a crop, which is measured where it was not; without one, with the network being made ready.

        `patience_s`: how long an answer that is on its way is waited for.
        """
        request = _request(study, png)
        key = _key(study, request)
        with self._guard:
            if key not in self._answers:
                self._answers[key] = self._queue.submit(self._answer, request)
                while len(self._answers) > MOST_KEPT:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(key)
            answer = self._answers[key]
        done, _ = futures.wait((answer,), timeout=patience_s)
        return answer.result() if done else PhotoState()

    def try_again(self, study: Study, png: bytes) -> None:
        """Forget an answer: the next look asks for it anew."""
        with self._guard:
            self._answers.pop(_key(study, _request(study, png)), None)

    def close(self) -> None:
        """End the process and drop what waits."""
        self._queue.shutdown(wait=False, cancel_futures=True)
        self.process.stop()

    def _answer(self, request: bytes) -> PhotoState:
        try:
            answer = self._ask(request)
        except (WorkerLost, OSError) as lost:
            return PhotoState(error=str(lost))
        if answer[:1] == b"A":
            return PhotoState(activations=np.frombuffer(answer[1:], dtype="<f4"))
        return PhotoState(error=answer[1:].decode())


def _request(study: Study, png: bytes) -> bytes:
    return f"{study.key}\n".encode() + png


def _key(study: Study, request: bytes) -> str:
    return hashlib.sha256(study.stimuli_digest.encode() + request).hexdigest()
