"""Whether answer sets can be read whole. No torch."""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import StoreError
from core.services.checking.finding import Finding, wrong
from core.store.answer_sets import names_of_answer_sets, read_answer_set
from core.store.workspace import Workspace


def check_answer_sets(workspace: Workspace) -> Iterator[Finding]:
    """Give which answer sets cannot be read."""
    for name in names_of_answer_sets(workspace):
        try:
            read_answer_set(workspace, name)
        except StoreError as error:
            yield wrong("answer sets", str(error))
