"""Progress on a terminal: one bar a phase, with rate and time left; on stderr, so that --json stays clean."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from tqdm import tqdm

from core.jobs.job import Progress, silent

_also: ContextVar[Progress] = ContextVar("_also", default=silent)


@contextlib.contextmanager
def also_told(progress: Progress) -> Iterator[None]:
    """Within the block, tell `progress` all that bars are told."""
    token = _also.set(progress)
    try:
        yield
    finally:
        _also.reset(token)


class Bars:
    """A Progress that draws one bar for each label it is given."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._label = ""
        self._also = _also.get()  # here, since another thread may call

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def __call__(self, done: float, total: float, label: str) -> None:
        """Show `done` of `total` under `label`."""
        if label != self._label:
            self._close()
            interval_s = 0.1 if sys.stderr.isatty() else 5.0
            self._bar = tqdm(
                total=total,
                desc=f"{label:<28}",
                initial=done,  # what was there before costs no time: rate and time left are of what is done now
                mininterval=interval_s,
                file=sys.stderr,
                unit=_unit(label),
                bar_format="{desc}{percentage:3.0f}%|{bar}| {n:,.0f}/{total:,.0f} [{elapsed}<{remaining}, {rate_fmt}]",
            )
            self._label = label
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        self._also(done, total, label)

    def say(self, text: str) -> None:
        """Print a line beside the bars."""
        tqdm.write(f"note: {text}", file=sys.stderr)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar, self._label = None, ""


def _unit(label: str) -> str:
    """Return what is counted: the last word of "mining images"; images where they are synthesised layer by layer."""
    return " images" if label.startswith("synthesising") else f" {label.split()[-1]}"
