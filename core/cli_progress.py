"""Progress on a terminal: one bar a phase, with rate and time left; on stderr, so that --json stays clean."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm


class Bars:
    """A Progress that draws one bar for each label it is given."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._label = ""

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
