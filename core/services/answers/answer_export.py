"""Writing answers to a folder for other programs: Parquet, CSV, the columns of Borowski et al. (2021), a Psych-DS data set. No torch."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, get_args

from core.answer_set import Collected, Presentation, SessionFacts, SourceFile, UnitRating
from core.domain import Study
from core.errors import NotReady, UsageError
from core.exchange import borowski2021_writing as authors
from core.exchange.columns import TABLES
from core.exchange.dictionary import dictionary
from core.exchange.plain import plain_table
from core.exchange.psych_ds import psych_ds_files
from core.experiment import Answer
from core.services.answers.people import read_collected
from core.services.reviews import review_export
from core.services.reviews.review_export import ReviewFormat, ReviewRow
from core.store.answer_sets import read_answer_set
from core.store.answer_tables import as_parquet
from core.store.workspace import Workspace

ExportFormat = Literal["parquet", "csv", "borowski2021", "psych-ds"]
FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)
CODE_BYTES: Final = 6
UNTOLD: Final = ("started_at", "participant_number", "age", "gender", "handedness", "visual_aid")  # of a session that is anonymised

T = TypeVar("T", Answer, UnitRating, SessionFacts, Presentation)


@dataclass(frozen=True, slots=True)
class ExportSource:
    """What is exported: whose answers (people, imported, simulated) to which study. `layers`: the network's, in order, where known;
    `reviews`: what reviewers said of its units, which goes along with people's answers."""

    name: str
    source: str
    study: str
    collected: Collected
    layers: tuple[str, ...] = ()
    imported_from: tuple[SourceFile, ...] = ()
    reviews: tuple[ReviewRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerExport:
    """What was written. `n_reviews`: rows of reviews; the columns of Borowski et al. have no place for any."""

    folder: str
    format: ExportFormat
    source: str
    study: str
    files: tuple[str, ...]
    n_answers: int
    n_respondents: int
    n_ratings: int
    n_reviews: int
    is_anonymised: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the schema of `exemplary export --json`."""
        return {**asdict(self), "files": list(self.files)}


def people_source(workspace: Workspace, study: Study) -> ExportSource:
    """Return all that people gave to the study. Raises StoreBusy, NotReady where nobody has answered yet."""
    collected = read_collected(workspace, study, details=True)
    if not collected.answers:
        raise NotReady(
            f"Nobody has answered to {study.key} yet; take a self-test (`exemplary app`), or export an answer set (--answers NAME)."
        )
    layers = tuple(layer.name for layer in study.network.layers)
    return ExportSource(study.key, "people", study.key, collected, layers, reviews=tuple(review_export.read_rows(workspace, study)))


def answer_set_source(workspace: Workspace, name: str, layers: tuple[str, ...] = ()) -> ExportSource:
    """Return an answer set. Raises UnknownName, StoreError."""
    card, collected = read_answer_set(workspace, name)
    collected = replace(collected, designs=(card.design,) if card.design else ())
    return ExportSource(name, card.kind, card.study, collected, layers, card.sources)


def export_answers(source: ExportSource, out: Path, kind: ExportFormat, *, anonymise: bool = False) -> AnswerExport:
    """Write the answers to a folder that is not there yet: whole, or not at all. Raises UsageError where it is there.

    People's sessions are named by codes, since the name of a session is the key to it. `anonymise`: respondents too, by random codes; dates
    and what participants said of themselves, but for their expertise, are left out.
    """
    if out.exists() or out.is_symlink():
        raise UsageError(f"{out} is there already; name a folder that is not, so that nothing is overwritten.")
    collected = source.collected
    if anonymise:
        collected = _anonymised(collected)
        source = replace(source, reviews=tuple(review_export.anonymised(source.reviews)))
    elif source.source == "people":
        collected = _with_session_codes(collected)
    writers: Mapping[ExportFormat, Callable[[ExportSource], dict[str, bytes]]] = {
        "parquet": _parquet,
        "csv": _csv,
        "borowski2021": _borowski2021,
        "psych-ds": _psych_ds,
    }
    files = writers[kind](replace(source, collected=collected))
    _write_folder(out, files)
    return AnswerExport(
        folder=str(out),
        format=kind,
        source=source.source,
        study=source.study,
        files=tuple(files),
        n_answers=len(collected.answers),
        n_respondents=len({answer.respondent for answer in collected.answers}),
        n_ratings=len(collected.ratings),
        n_reviews=0 if kind == "borowski2021" else len(source.reviews),
        is_anonymised=anonymise,
    )


# --- formats ------------------------------------------------------------------------------------------------------------------


def _parquet(source: ExportSource) -> dict[str, bytes]:
    return {
        **{f"{table}.parquet": as_parquet(source.collected, table) for table in TABLES},
        **_reviews(source, "parquet"),
        **_about(source),
    }


def _csv(source: ExportSource) -> dict[str, bytes]:
    return {
        **{f"{table}.csv": plain_table(source.collected, table).as_csv() for table in TABLES},
        **_reviews(source, "csv"),
        **_about(source),
    }


def _reviews(source: ExportSource, kind: ReviewFormat) -> dict[str, bytes]:
    """Return what reviewers said as a file; none where nobody said anything."""
    return {f"reviews.{kind}": review_export.rows_file(source.reviews, kind)} if source.reviews else {}


def _borowski2021(source: ExportSource) -> dict[str, bytes]:
    collected = source.collected
    naming = authors.naming_of(collected, study=source.study, source=source.source, layers=source.layers)
    files = {"main_practice_catch_repeated_trials.csv": authors.trial_table(collected, naming).as_csv()}
    for moment, name in (("begin", "intuitiveness_beginning.csv"), ("end", "intuitiveness_end.csv")):
        ratings = [rating for rating in collected.ratings if rating.moment == moment]
        if ratings:
            files[name] = authors.rating_table(ratings, collected.answers).as_csv()
    if collected.sessions:
        files["sessions.csv"] = authors.session_table(collected).as_csv()
    return files


def _psych_ds(source: ExportSource) -> dict[str, bytes]:
    about = f"Answers of {source.source} to two-alternative forced-choice trials about units of an image network; study {source.study}."
    reviews = review_export.rows_table(source.reviews) if source.reviews else None
    files = psych_ds_files(
        source.collected, name=source.name, about=about, source=source.source, made_at=datetime.now(UTC), reviews=reviews
    )
    return {**files, **{f"materials/{name}": content for name, content in _designs(source).items()}}


def _about(source: ExportSource) -> dict[str, bytes]:
    about = {
        "name": source.name,
        "source": source.source,
        "study": source.study,
        "imported_from": [asdict(file) for file in source.imported_from],
        "exported_at": datetime.now(UTC).isoformat(),
    }
    return {"about.json": _as_json(about), "data_dictionary.json": _as_json(dictionary()), **_designs(source)}


def _designs(source: ExportSource) -> dict[str, bytes]:
    """Return the design specs as a file; none where none is known."""
    designs = [json.loads(design) for design in source.collected.designs]
    return {"designs.json": _as_json(designs)} if designs else {}


def _as_json(content: Any) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


# --- names --------------------------------------------------------------------------------------------------------------------


def _with_session_codes(collected: Collected) -> Collected:
    """Return all with sessions named by a digest of their names, the same in every export."""
    return _renamed(collected, str, lambda session: hashlib.sha256(session.encode()).hexdigest()[: 2 * CODE_BYTES])


def _anonymised(collected: Collected) -> Collected:
    """Return all with new random codes for respondents and sessions, in the order of the codes; dates and demographics are left out."""
    codes: dict[tuple[str, str], str] = {}

    def code(kind: str, name: str) -> str:
        return codes.setdefault((kind, name), secrets.token_hex(CODE_BYTES))

    named = _renamed(collected, lambda name: code("respondent", name), lambda name: code("session", name))
    untold: dict[str, Any] = dict.fromkeys(UNTOLD)
    return replace(
        named,
        answers=_in_order(replace(one, answered_at=None) for one in named.answers),
        ratings=_in_order(named.ratings),
        sessions=_in_order(replace(one, **untold) for one in named.sessions),
        presentations=_in_order(replace(one, screen="") for one in named.presentations),
    )


def _in_order(records: Iterable[T]) -> tuple[T, ...]:
    """Return the records by session: codes are random, so nothing is told by their order."""
    return tuple(sorted(records, key=attrgetter("session")))


def _renamed(collected: Collected, respondent: Callable[[str], str], session: Callable[[str], str]) -> Collected:
    def new(one: Any) -> Any:
        names: dict[str, Any] = {"session": session(one.session) if one.session else ""}
        if not isinstance(one, Presentation):
            names["respondent"] = respondent(one.respondent)
        return replace(one, **names)

    renamed: dict[str, Any] = {table: tuple(map(new, getattr(collected, table))) for table in TABLES}
    return replace(collected, **renamed)


# --- the folder ---------------------------------------------------------------------------------------------------------------


def _write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a temporary folder beside `out` and rename it: what is at `out` is always whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=out.parent, prefix=".tmp-"))
    try:
        for name, content in files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        temporary.chmod(0o755)
        temporary.rename(out)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
