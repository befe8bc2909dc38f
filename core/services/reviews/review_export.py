"""Reviews as one table, a row for each answer, note, tag and bookmark that holds: CSV or Parquet. No torch."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

from core.domain import Study
from core.errors import NotReady, UsageError
from core.exchange.csv_tables import Table, text
from core.reviews import UnitReview, fold
from core.services.reviews.reviewing import read_events
from core.store.review_tables import review_parquet
from core.store.workspace import Workspace, write_whole

ReviewFormat = Literal["csv", "parquet"]
FORMATS: Final[tuple[ReviewFormat, ...]] = get_args(ReviewFormat)
CODE_BYTES: Final = 6


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One row of the table. `kind`: rating, text (both of a verdict), note, tag, bookmark; `given_at` is None where it is not told."""

    study: str
    layer: str
    channel: int
    branch: str
    reviewer: str
    kind: str
    question: str | None
    rating: int | None
    low: int | None
    high: int | None
    words: str | None
    given_at: datetime | None


COLUMNS: Final = tuple(field.name for field in fields(ReviewRow))


@dataclass(frozen=True, slots=True)
class ReviewExport:
    """What was written."""

    file: str
    study: str
    n_rows: int
    n_units: int
    n_reviewers: int
    is_anonymised: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return asdict(self)


def review_table(study: Study, reviews: Iterable[UnitReview], kind: ReviewFormat) -> bytes:
    """Return the table of reviews as a file."""
    return rows_file(list(review_rows(study, reviews)), kind)


def export_reviews(workspace: Workspace, study: Study, out: Path, kind: ReviewFormat, *, anonymise: bool = False) -> ReviewExport:
    """Write the study's reviews into the folder `out`. Raises NotReady where there are none, UsageError where the file is there, StoreBusy.

    `anonymise`: random codes instead of pseudonyms, and no dates.
    """
    path = out / f"{study.key.replace('/', '-')}_reviews.{kind}"
    if path.exists():
        raise UsageError(f"{path} is there already; name another folder, so that nothing is overwritten.")
    rows = read_rows(workspace, study)
    if not rows:
        raise NotReady(f"Nobody has reviewed {study.key} yet; open the page Review (`exemplary app`).")
    if anonymise:
        rows = anonymised(rows)
    out.mkdir(parents=True, exist_ok=True)
    write_whole(path, rows_file(rows, kind))
    n_units = len({(row.layer, row.channel) for row in rows})
    return ReviewExport(str(path), study.key, len(rows), n_units, len({row.reviewer for row in rows}), anonymise)


def read_rows(workspace: Workspace, study: Study) -> list[ReviewRow]:
    """Return the rows of a study for a command. Raises StoreBusy."""
    return list(review_rows(study, fold(read_events(workspace, study.key)).values()))


def review_rows(study: Study, reviews: Iterable[UnitReview]) -> Iterator[ReviewRow]:
    """Yield a row for each thing that holds, by unit."""
    branches = {layer.name: layer for layer in study.network.all_layers}
    for review in sorted(reviews, key=lambda one: (one.unit.layer, one.unit.channel)):
        unit = review.unit
        branch = branches[unit.layer].branch_of(unit.channel) if unit.layer in branches else ""
        for author, kind, told in _told(review):
            yield ReviewRow(
                study=study.key, layer=unit.layer, channel=unit.channel, branch=branch, reviewer=author, kind=kind,
                **{"question": None, "rating": None, "low": None, "high": None, "words": None, **told},
            )  # fmt: skip


def anonymised(rows: Iterable[ReviewRow]) -> list[ReviewRow]:
    """Return the rows with random codes, in the order of the codes within units, so that nothing is told by their order."""
    codes: dict[str, str] = {}
    named = [replace(row, reviewer=codes.setdefault(row.reviewer, secrets.token_hex(CODE_BYTES)), given_at=None) for row in rows]
    return sorted(named, key=lambda row: (row.layer, row.channel, row.reviewer))


def rows_table(rows: Iterable[ReviewRow]) -> Table:
    """Return rows as a table of text."""
    return Table(COLUMNS, tuple(tuple(map(text, astuple(row))) for row in rows))


def rows_file(rows: Sequence[ReviewRow], kind: ReviewFormat) -> bytes:
    """Return rows as a file."""
    if kind == "csv":
        return rows_table(rows).as_csv()
    columns: Mapping[str, list[object]] = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    return review_parquet(columns)


def _told(review: UnitReview) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for author, verdict in review.verdicts.items():
        for one in verdict.answers:
            told = {"question": one.question, "given_at": verdict.happened_at}
            if isinstance(one.value, int):
                yield author, "rating", {**told, "rating": one.value, "low": one.low, "high": one.high}
            else:
                yield author, "text", {**told, "words": one.value}
    for note in review.notes:
        yield note.author, "note", {"words": note.words, "given_at": note.happened_at}
    moments = {(one.kind, one.author, one.content): one.happened_at for one in review.history if one.event_key not in review.undone}
    for tag, authors in review.tags.items():
        for author in authors:
            yield author, "tag", {"words": tag, "given_at": moments["tag", author, tag]}
    for author in sorted(review.bookmarked_by):
        yield author, "bookmark", {"given_at": moments["bookmark", author, ""]}
