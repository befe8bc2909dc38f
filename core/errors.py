"""Every error that Exemplary raises on purpose: one sentence that says what came, what was wanted and what to do.

ExemplaryError
├── UsageError            an argument or name that does not fit
│   ├── UnknownName       a layer, unit, network or image set that is not there (lists near ones)
│   ├── NotReady          something must be made first (names the command that makes it)
│   └── CannotFit         answers that do not determine an estimate (says what is missing)
├── ImageError            an image that cannot be decoded
├── NetworkError          a network that cannot be loaded or whose layers cannot be found
├── StoreError            a store that cannot be read, written or understood
│   └── StoreBusy         another process holds it (names the process where known)
├── StaleWork             stored work was made from something that has changed since
├── WorkerLost            a process that computes for others ended, or did not answer in time
├── Interrupted           the person stopped the work; what was finished is kept
├── NotAllowed            what somebody's role does not permit (says whose it does)
└── BadAnswer             an answer sent by a browser that cannot be stored (status for HTTP)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ExemplaryError(Exception):
    """Base of all errors raised on purpose; its text is shown to people as it is."""


class UsageError(ExemplaryError):
    """An argument or a name that does not fit."""


class UnknownName(UsageError):
    """A name that is not there; the sentence lists the near ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = list(known)
        near = difflib.get_close_matches(name, known, n=4, cutoff=0.4) or known[:8]
        hint = f"did you mean {', '.join(near)}?" if near else "there are none yet."
        super().__init__(f"There is no {kind} called {name!r}; {hint}")
        self._made_of = kind, name, known

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, list[str]]]:
        """An exception is unpickled from its sentence, unless it says what else: workers send theirs to whoever asked."""
        return UnknownName, self._made_of


class NotReady(UsageError):
    """Something must be made first; the sentence names the command that makes it."""


class CannotFit(UsageError):
    """Answers that do not determine what was asked of them; the sentence says what is missing."""


class ImageError(ExemplaryError):
    """An image that cannot be decoded; the text is the reason."""


class NetworkError(ExemplaryError):
    """A network that cannot be loaded, or whose layers cannot be found."""


class StoreError(ExemplaryError):
    """A store that cannot be read, written or understood."""


class StoreBusy(StoreError):
    """Another process holds the store."""


class StaleWork(ExemplaryError):
    """Stored work was made from something that has changed since."""


class WorkerLost(ExemplaryError):
    """A process that computes for others ended, or did not answer in time; it is started anew when it is asked next."""


class Interrupted(ExemplaryError):
    """The person stopped the work; what was finished is kept and the same command resumes it."""


class NotAllowed(ExemplaryError):
    """What somebody's role does not permit."""


class BadAnswer(ExemplaryError):
    """A payload from a browser that cannot be stored; `status` is the HTTP status to answer with."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
