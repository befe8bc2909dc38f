"""Reading released or exported tables of answers as an answer set: another study's answers, never among people's own. No torch."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from core.answer_set import AnswerSetCard, AnswerSetKind, Collected, SourceFile
from core.design_spec import Moment
from core.errors import UsageError
from core.exchange.borowski2021 import Experiment
from core.exchange.borowski2021_reading import SourceTable, collect, read_table
from core.store.answer_sets import check_name, put_answer_set
from core.store.workspace import Workspace

NAMED_MOMENTS: dict[Moment, re.Pattern[str]] = {"begin": re.compile(r"begin"), "end": re.compile(r"(?<![a-z])end(?![a-z])")}


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Files to import under a name. `begin`, `end`: tables of ratings before and after the trials, where their names do not tell."""

    files: tuple[Path, ...]
    name: str
    begin: tuple[Path, ...] = ()
    end: tuple[Path, ...] = ()
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ImportedSet:
    """What was imported as one answer set."""

    name: str
    kind: AnswerSetKind
    study: str
    n_answers: int
    n_participants: int
    n_ratings: int
    columns_left_out: tuple[str, ...]
    folder: str

    def as_dict(self) -> dict[str, Any]:
        """Return the schema of one entry of `exemplary import --json`."""
        return {**asdict(self), "columns_left_out": list(self.columns_left_out)}


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that was read. `moment`: of a table of ratings whose rows do not say it themselves."""

    table: SourceTable
    digest: SourceFile
    moment: Moment | None


def import_answers(workspace: Workspace, request: ImportRequest) -> tuple[ImportedSet, ...]:
    """Publish the files' answers as one answer set, or, where they are of both experiments, as NAME-experiment-1 and -2.

    Every file is read and checked before anything is written. Raises UsageError with one sentence that names file and line.
    """
    check_name(request.name)
    read = read_experiments(request)
    names = {one: request.name if len(read) == 1 else f"{request.name}-{one}" for one in read}
    return tuple(_publish(workspace, replace(card, name=names[one]), found, again=request.replace) for one, (card, found) in read.items())


def read_experiments(request: ImportRequest) -> dict[Experiment, tuple[AnswerSetCard, Collected]]:
    """Return the answers that the files hold of each experiment, with a card of the request's name. Raises UsageError."""
    sources = list(_read(request))
    present = [one for one in get_args(Experiment) if any(source.table.experiment == one for source in sources)]
    return {one: _set_of(request.name, one, [source for source in sources if source.table.experiment == one]) for one in present}


def _read(request: ImportRequest) -> Iterator[_Source]:
    given: dict[Path, Moment] = {}
    given.update(dict.fromkeys(request.begin, "begin"))
    given.update(dict.fromkeys(request.end, "end"))
    for path in dict.fromkeys((*request.files, *request.begin, *request.end)):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path} cannot be read ({error.strerror}); name a CSV file.") from error
        table = read_table(path.name, content)
        if path in given and table.kind != "ratings":
            raise UsageError(f"{path.name} holds {table.kind}, not ratings; give it without --{given[path]}.")
        says_itself = table.is_own or table.kind != "ratings"
        moment = None if says_itself else given.get(path) or _moment_of(path.name)
        yield _Source(table, SourceFile(path.name, hashlib.sha256(content).hexdigest()), moment)


def _moment_of(file: str) -> Moment:
    found = [moment for moment, pattern in NAMED_MOMENTS.items() if pattern.search(file.lower())]
    if len(found) != 1:
        raise UsageError(
            f"Whether {file} holds the ratings before or after the trials cannot be told from its name; give it as --begin {file} or "
            f"--end {file}."
        )
    return found[0]


def _set_of(name: str, experiment: Experiment, sources: Sequence[_Source]) -> tuple[AnswerSetCard, Collected]:
    by_kind = {kind: [source for source in sources if source.table.kind == kind] for kind in ("trials", "ratings", "sessions")}
    trials, sessions = by_kind["trials"], by_kind["sessions"]
    if not trials:
        files = ", ".join(source.table.file for source in sources)
        raise UsageError(f"{files} came without the table of trials of {experiment.replace('-', ' ')}; import them together with it.")
    for kind, several in (("trials", trials), ("sessions", sessions)):
        if len(several) > 1:
            files = " and ".join(source.table.file for source in several)
            raise UsageError(f"{files} both hold {kind}; import each under a name of its own.")
    table = trials[0].table
    ratings = [(source.moment or "begin", source.table) for source in by_kind["ratings"]]
    left_out = sorted({column for source in sources for column in source.table.columns_left_out})
    card = AnswerSetCard(
        name=name,
        kind="simulated" if table.is_simulated else "imported",
        study=table.study,
        made_at=datetime.now(UTC),
        sources=tuple(source.digest for source in sources),
        columns_left_out=tuple(left_out),
    )
    return card, collect(table, ratings, sessions[0].table if sessions else None)


def _publish(workspace: Workspace, card: AnswerSetCard, collected: Collected, *, again: bool) -> ImportedSet:
    folder = put_answer_set(workspace, card, collected, replace=again)
    return ImportedSet(
        name=card.name,
        kind=card.kind,
        study=card.study,
        n_answers=len(collected.answers),
        n_participants=len({answer.respondent for answer in collected.answers}),
        n_ratings=len(collected.ratings),
        columns_left_out=card.columns_left_out,
        folder=str(folder),
    )
