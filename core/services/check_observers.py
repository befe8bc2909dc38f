"""Whether observers' answers can be read, and are still about the stimuli of a study. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from core.errors import StoreError
from core.services.finding import Finding, note, wrong
from core.store import catalogue_read, observations
from core.store.check_read import Cursor
from core.store.workspace import Workspace


def check_observers(workspace: Workspace, cursor: Cursor | None) -> Iterator[Finding]:
    """Give which files of answers cannot be read, and which answers are stale: to a study that is gone, or has other stimuli now."""
    digests = {} if cursor is None else {study.key: study.stimuli_digest for study in catalogue_read.studies(cursor)}
    for path in sorted(workspace.observers.glob("*.parquet")):
        try:
            answered = observations.answered_stimuli(path)
        except StoreError as error:
            yield wrong(
                "observers",
                f"observers/{path.name} cannot be read ({error}); delete it and let the observer answer again: `exemplary simulate`.",
            )
            continue
        if cursor is not None:
            yield from _stale(path, answered, digests)


def _stale(path: Path, answered: frozenset[tuple[str, str, str]], digests: Mapping[str, str]) -> Iterator[Finding]:
    for observer, study, stimuli in sorted(answered):
        if study not in digests:
            yield note("observers", f"{observer!r} answered to {study}, which is not mined any more; delete observers/{path.name}.")
        elif stimuli != digests[study]:
            yield note(
                "observers",
                f"{observer!r} answered to a former network or former images of {study}, so its answers are stale and not counted; let it "
                f"answer again: `exemplary simulate --study {study}`.",
            )
