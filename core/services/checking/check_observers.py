"""Whether observers' answers can be read, and are still about the stimuli of a study. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from core.errors import StoreError
from core.services.checking.finding import Finding, note, wrong
from core.store import catalogue_read, embeddings, observations
from core.store.check_read import Cursor
from core.store.observations import ObserverCard
from core.store.workspace import Workspace


def check_observers(workspace: Workspace, cursor: Cursor | None) -> Iterator[Finding]:
    """Give which files of answers or embeddings cannot be read, and which answers are stale: to a study that is gone, or has other stimuli
    now."""
    digests = {} if cursor is None else {study.key: study.stimuli_digest for study in catalogue_read.studies(cursor)}
    for path, card in observations.iter_cards(workspace):
        if isinstance(card, StoreError):
            yield wrong("observers", str(card))
        elif (problem := _unreadable(path)) is not None:
            yield wrong("observers", problem)
        elif cursor is not None:
            yield from _stale(path, card, digests)
    for path in sorted(workspace.embeddings.glob("*/*.parquet")):
        try:
            embeddings.check_part(path)
        except StoreError as error:
            yield wrong("observers", str(error))


def _unreadable(path: Path) -> str | None:
    try:
        observations.read_answers(path)
    except StoreError as error:
        return str(error)
    return None


def _stale(path: Path, card: ObserverCard, digests: Mapping[str, str]) -> Iterator[Finding]:
    if card.study not in digests:
        yield note("observers", f"{card.name!r} answered to {card.study}, which is not mined any more; delete observers/{path.name}.")
    elif card.stimuli_digest != digests[card.study]:
        yield note(
            "observers",
            f"{card.name!r} answered to a former network or former images of {card.study}, so its answers are stale and not counted; "
            f"let it answer again: `exemplary observe --study {card.study}`.",
        )
