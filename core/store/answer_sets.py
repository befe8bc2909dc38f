"""Published answer sets, imported or simulated: a folder each beside the observers' answers, never in responses.duckdb.

answers/NAME/
  answer_set.json                 what the set is, and the names of its three files
  answers-<digest>.parquet        one row an answer; ratings-..., sessions-...

The card is written last, by rename: until then the set is what it was before, whatever happens.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.answer_set import AnswerSetCard, Collected, SourceFile
from core.errors import StoreError, UnknownName, UsageError
from core.exchange.columns import TABLES, TableName
from core.store.answer_tables import as_parquet, read_tables
from core.store.workspace import Workspace, write_whole

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
CARD = "answer_set.json"
LAYOUT = 1
RETRIES = 20  # of reading a set that is being replaced


@dataclass(frozen=True, slots=True)
class StoredAnswerSet:
    """An answer set's card, how many rows its tables have, and their files."""

    card: AnswerSetCard
    n_rows: Mapping[TableName, int]
    files: Mapping[TableName, Path]


def check_name(name: str) -> None:
    """Raise UsageError where this cannot be an answer set's name: it is a folder's, and part of a command."""
    if not NAME.fullmatch(name):
        raise UsageError(f"An answer set is called by letters, digits, - and _, at most 60, not beginning with - or _; {name!r:.80} came.")


def put_answer_set(workspace: Workspace, card: AnswerSetCard, collected: Collected, *, replace: bool = False) -> Path:
    """Publish an answer set whole and return its folder. Raises UsageError where the name is taken and `replace` was not asked for."""
    check_name(card.name)
    if not collected.answers:
        raise UsageError(f"An answer set needs at least one answer; {card.name!r} has none.")
    folder = workspace.answers / card.name
    contents = {table: as_parquet(collected, table) for table in TABLES}
    names = {table: f"{table}-{hashlib.sha256(content).hexdigest()[:16]}.parquet" for table, content in contents.items()}
    with workspace.lock():
        if (folder / CARD).exists() and not replace:
            raise UsageError(
                f"There is an answer set called {card.name!r} already; give another name, or --replace to put this in its place."
            )
        for table, content in contents.items():
            write_whole(folder / names[table], content)
        about = {"layout": LAYOUT, **asdict(card), "made_at": card.made_at.isoformat(), "files": names}
        about["n_rows"] = {table: len(getattr(collected, table)) for table in TABLES}
        write_whole(folder / CARD, json.dumps(about, indent=1, ensure_ascii=False).encode())
        _remove_former(folder, set(names.values()))
    return folder


def answer_sets(workspace: Workspace) -> tuple[tuple[StoredAnswerSet, ...], tuple[str, ...]]:
    """Return all answer sets that can be read, by name, and a sentence for each that cannot."""
    found, problems = [], []
    for name in names_of_answer_sets(workspace):
        try:
            found.append(_stored(workspace.answers / name))
        except StoreError as problem:
            problems.append(str(problem))
    return tuple(found), tuple(problems)


def names_of_answer_sets(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of all answer sets, whether or not they can be read."""
    return tuple(sorted(path.parent.name for path in workspace.answers.glob(f"*/{CARD}")))


def answer_set(workspace: Workspace, name: str) -> StoredAnswerSet:
    """Return one answer set. Raises UnknownName, StoreError."""
    folder = workspace.answers / name
    if not NAME.fullmatch(name) or not (folder / CARD).exists():
        raise UnknownName("answer set", name, names_of_answer_sets(workspace))
    return _stored(folder)


def read_answer_set(workspace: Workspace, name: str) -> tuple[AnswerSetCard, Collected]:
    """Return a set's card and all that it holds. Raises UnknownName, StoreError."""
    for _ in range(RETRIES):
        stored = answer_set(workspace, name)
        try:
            return stored.card, read_tables(stored.files)
        except FileNotFoundError as error:
            if answer_set(workspace, name) == stored:  # else it was replaced since its card was read
                raise StoreError(f"answers/{name} has lost {Path(error.filename or '').name}; make it again with --replace.") from error
    raise StoreError(f"answers/{name} changes faster than it can be read; try again.")


def _stored(folder: Path) -> StoredAnswerSet:
    path = folder / CARD
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["layout"] != LAYOUT:
            raise StoreError(f"{path} has layout {about['layout']}, this version reads {LAYOUT}; make the set again, or update Exemplary.")
        card = AnswerSetCard(
            name=folder.name,
            kind=about["kind"],
            study=about["study"],
            made_at=datetime.fromisoformat(about["made_at"]).astimezone(UTC),
            sources=tuple(SourceFile(**one) for one in about["sources"]),
            columns_left_out=tuple(about["columns_left_out"]),
            design=about["design"],
            simulated=about["simulated"],
        )
        return StoredAnswerSet(card, about["n_rows"], {table: folder / about["files"][table] for table in TABLES})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} cannot be read ({error}); make the answer set again with --replace, or delete its folder.") from error


def _remove_former(folder: Path, names: set[str]) -> None:
    for path in folder.glob("*.parquet"):
        if path.name not in names:
            path.unlink()
