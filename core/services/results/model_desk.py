"""Models fitted beside the pages, one after another: what was asked for, since when, and what came of it. No torch."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from core.errors import ExemplaryError
from core.inference.answer_table import AnswerTable
from core.inference.models import Models, fit_models

MOST_KEPT: Final = 16
Fit = Callable[[AnswerTable], Models]


@dataclass(frozen=True, slots=True)
class Fitting:
    """A fit to so many main answers, since `seconds`: still running while it has neither models nor a problem."""

    n_answers: int
    seconds: float
    models: Models | None = None
    problem: str | None = None

    @property
    def is_running(self) -> bool:
        """Return whether it is not over."""
        return self.models is None and self.problem is None


class ModelDesk:
    """Takes fits of a process, whoever asks; one at a time, so that pages stay quick. What was fitted last stays, by its key."""

    def __init__(self, fit: Fit = fit_models) -> None:
        self._fit = fit
        self._turn = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="models")
        self._asked: OrderedDict[Hashable, tuple[int, float, Future[tuple[Models | str, float]]]] = OrderedDict()

    def ask(self, key: Hashable, main: AnswerTable) -> None:
        """Fit the main answers, unless a fit of this key is under way."""
        with self._turn:
            known = self._asked.pop(key, None)
            if known is None or known[2].done():
                known = (len(main), time.monotonic(), self._worker.submit(self._fitted, main, time.monotonic()))
            self._asked[key] = known
            for old in [one for one, (_, _, future) in self._asked.items() if future.done()][: max(0, len(self._asked) - MOST_KEPT)]:
                del self._asked[old]

    def look(self, key: Hashable) -> Fitting | None:
        """Return how the last fit of a key stands; None where nobody asked."""
        with self._turn:
            known = self._asked.get(key)
        if known is None:
            return None
        n, began, future = known
        if not future.done():
            return Fitting(n, time.monotonic() - began)
        if future.cancelled():
            return Fitting(n, 0.0, problem="The models were not fitted, because the dashboard was closing; ask again.")
        found, seconds = future.result()
        return Fitting(n, seconds, problem=found) if isinstance(found, str) else Fitting(n, seconds, models=found)

    def close(self) -> None:
        """Drop what waits; a fit under way ends by itself."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _fitted(self, main: AnswerTable, began: float) -> tuple[Models | str, float]:
        """Return the models, or why there are none, and the seconds since they were asked for."""
        try:
            found: Models | str = self._fit(main)
        except ExemplaryError as error:
            found = str(error)
        except Exception as error:  # a defect of ours: the page shows it as what it is, and stays
            found = f"The models could not be fitted: {type(error).__name__}: {error}"
        return found, time.monotonic() - began
