"""Exporting answers: whole folders, nothing overwritten, statistics kept, names hidden where asked; from the file or the dashboard."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core import inference
from core.answer_set import AnswerSetCard, Collected
from core.errors import NotReady, UsageError
from core.exchange.columns import TABLES
from core.experiment import Demographics, Event, Rating, RatingTask
from core.services.answers import answer_export
from core.services.answers.answer_export import FORMATS, ExportFormat, ExportSource, answer_set_source, export_answers, people_source
from core.services.answers.answer_import import ImportRequest, import_answers
from core.services.answers.people import read_collected
from core.store.answer_sets import put_answer_set, read_answer_set
from core.store.answer_tables import read_tables
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.core.exchange.simulated import simulated
from tests.core.inference.closeness import same_numbers
from tests.core.services.results.test_results import SERVER
from tests.processes import kill, python
from tests.studies import MAIN_UNITS, NOW, Workplace, design, response_to, session_of, trials_of

SECRET = "key-to-a-session"


@pytest.fixture(scope="module")
def source() -> ExportSource:
    collected = simulated("borowski2021-exp2")
    return ExportSource("inception_v1/imagenet", "people", "inception_v1/imagenet", collected, ("mixed3a", "mixed4a"))


def answered(place: Workplace) -> int:
    """Store a person's session with ratings in the study's responses.duckdb; return the number of answers."""
    spec = replace(design(place.study.key), stimuli_digest=place.study.stimuli_digest)
    task = RatingTask("begin", 0, MAIN_UNITS[0], ("a",), ("b",))
    with ResponseStore(place.workspace) as store:
        about = Demographics(age=33, gender="agender", handedness="left", visual_aid="glasses")
        session = replace(session_of(SECRET, spec=spec), expertise="lay", language="de", demographics=about)
        store.add_session(session, trials_of(), [task])
        for trial in trials_of():
            store.add_response(SECRET, response_to(trial, right=trial.index != 2))
        store.add_rating(SECRET, Rating("key-of-a-rating", "begin", 0, 35, 900.0, NOW))
        store.add_event(SECRET, Event("key-of-an-event", "instructed", 12_500.0, NOW))
    return len(trials_of())


def everything(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".parquet")


# --- folders ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_a_folder_is_never_overwritten(source: ExportSource, tmp_path: Path, kind: ExportFormat) -> None:
    """A folder that is there is refused, whatever is in it, and stays as it was."""
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(UsageError, match="is there already"):
        export_answers(source, out, kind)
    assert list(tmp_path.iterdir()) == [out] and not list(out.iterdir())


@pytest.mark.parametrize("kind", FORMATS)
def test_a_folder_is_written_whole_or_not_at_all(
    source: ExportSource, tmp_path: Path, kind: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was reported is there; where writing fails half way, nothing is."""
    report = export_answers(source, tmp_path / "new" / "out", kind)
    written = {str(path.relative_to(tmp_path / "new" / "out")) for path in (tmp_path / "new" / "out").rglob("*") if path.is_file()}
    assert set(report.files) == written and (report.n_answers, report.n_respondents, report.n_ratings) == (4 * 216, 4, 24)
    monkeypatch.setattr(Path, "rename", lambda self, target: (_ for _ in ()).throw(OSError("gone")))
    with pytest.raises(OSError, match="gone"):
        export_answers(source, tmp_path / "new" / "other", kind)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]


# --- formats ------------------------------------------------------------------------------------------------------------------


def test_parquet_and_csv_hold_every_column(source: ExportSource, tmp_path: Path) -> None:
    """Both have one row an answer, rating and session with all columns, the same values, and a dictionary that describes them."""
    for kind in ("parquet", "csv"):
        export_answers(source, tmp_path / kind, kind)  # type: ignore[arg-type]
    parquet = read_tables({table: tmp_path / "parquet" / f"{table}.parquet" for table in TABLES})
    assert inference.results(parquet.answers) == inference.results(source.collected.answers)
    for table, columns in TABLES.items():
        rows = list(csv.reader(io.StringIO((tmp_path / "csv" / f"{table}.csv").read_text(), newline="")))
        assert rows[0] == [column.name for column in columns] == pq.read_schema(tmp_path / "parquet" / f"{table}.parquet").names
        assert len(rows) - 1 == len(getattr(source.collected, table))
        described = json.loads((tmp_path / "csv" / "data_dictionary.json").read_text())[table]
        assert [one["name"] for one in described] == rows[0]
    assert json.loads((tmp_path / "csv" / "about.json").read_text())["source"] == "people"


@pytest.mark.parametrize("preset", ["borowski2021-exp1", "borowski2021-exp2", "quick"])
@pytest.mark.parametrize("anonymise", [False, True])
def test_importing_an_export_gives_the_same_statistics(empty_workspace: Workspace, tmp_path: Path, preset: str, anonymise: bool) -> None:
    """The authors' format, imported again, gives the same results, ratings, sessions and expertise, also under random codes."""
    source = ExportSource("net/images", "people", "net/images", simulated(preset))
    export_answers(source, tmp_path / "out", "borowski2021", anonymise=anonymise)
    (made,) = import_answers(empty_workspace, ImportRequest(tuple(sorted((tmp_path / "out").glob("*.csv"))), "again"))
    card, found = read_answer_set(empty_workspace, "again")
    assert (made.kind, card.study) == ("imported", "net/images")
    again, before = inference.results(found.answers), inference.results(source.collected.answers)
    assert same_numbers(again, before, is_in_order=not anonymise)

    def facts(of: Collected) -> list[object]:
        by_session = [(one.expertise or "", one.instruction_s, one.total_s, one.n_practice_rounds) for one in of.sessions]
        rated = [(one.moment, one.unit, one.rating, one.reaction_time_ms, one.expertise, one.place) for one in of.ratings]
        repeats = sum(answer.repeats is not None for answer in of.answers)
        return [sorted(by_session), sorted(rated, key=str), repeats]  # type: ignore[type-var]

    assert facts(found) == facts(source.collected)


def test_simulated_people_stay_simulated(empty_workspace: Workspace, tmp_path: Path) -> None:
    """An export of a simulated set, imported again, is a simulated set."""
    put_answer_set(empty_workspace, AnswerSetCard("s", "simulated", "net/images", NOW), simulated("quick", n_people=1))
    export_answers(answer_set_source(empty_workspace, "s"), tmp_path / "out", "borowski2021")
    (made,) = import_answers(empty_workspace, ImportRequest(tuple((tmp_path / "out").glob("*.csv")), "again"))
    assert made.kind == "simulated"
    before, after = (read_answer_set(empty_workspace, name)[1] for name in ("s", "again"))
    assert (after.answers, after.sessions) == (before.answers, before.sessions)


# --- names --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_anonymised_exports_hold_no_names_and_no_dates(source: ExportSource, tmp_path: Path, kind: ExportFormat) -> None:
    """Respondents and sessions have new random codes, the same in all tables of an export and others in the next; no date is left."""
    codes = []
    for number in (1, 2):
        export_answers(source, tmp_path / str(number), kind, anonymise=True)
        content = everything(tmp_path / str(number))
        if kind == "parquet":
            tables = read_tables({table: tmp_path / str(number) / f"{table}.parquet" for table in TABLES})
            content += repr(tables).encode()
        assert b"tilo-" not in content and b"sitting-" not in content
        assert b"2026-01-02T03" not in content and b"datetime(2026" not in content and b"1440x900" not in content
        codes.append(content)
    assert codes[0] != codes[1]


def test_anonymised_tables_agree(source: ExportSource) -> None:
    """Every rating's and session's code is that of answers, and rows are not in the order of names."""
    found = answer_export._anonymised(source.collected)
    names = {(answer.respondent, answer.session) for answer in found.answers}
    assert len(names) == 4
    assert {(one.respondent, one.session) for one in (*found.ratings, *found.sessions)} == names
    assert {one.session for one in found.presentations} == {session for _, session in names}
    for records in (found.answers, found.ratings, found.sessions, found.presentations):
        assert [one.session for one in records] == sorted(one.session for one in records)  # type: ignore[attr-defined]


# --- people -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_no_export_gives_the_key_to_a_session(study_workspace: Workplace, tmp_path: Path, kind: ExportFormat) -> None:
    """People's answers are exported under their pseudonyms, sessions under codes: a session's own name would open it."""
    n = answered(study_workspace)
    report = export_answers(people_source(study_workspace.workspace, study_workspace.study), tmp_path / "out", kind)
    assert (report.n_answers, report.n_respondents, report.n_ratings, report.source) == (n, 1, 1, "people")
    assert all(SECRET.encode() not in path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_people_come_with_ratings_facts_and_branches(study_workspace: Workplace) -> None:
    """All that a person gave is read: the rating, how long instructions took, the branch of every unit."""
    answered(study_workspace)
    found = read_collected(study_workspace.workspace, study_workspace.study)
    assert {answer.branch for answer in found.answers} == {"1x1", "3x3"}
    assert [(one.unit, one.rating, one.expertise) for one in found.ratings] == [(MAIN_UNITS[0], 35, "lay")]
    assert [(one.instruction_s, one.expertise, one.design, one.language) for one in found.sessions] == [(12.5, "lay", "quick", "de")]
    assert (found.presentations, found.designs) == ((), ())


def test_details_tell_what_was_shown_and_by_which_design(study_workspace: Workplace, tmp_path: Path) -> None:
    """An export has the images of every trial, how well they were shown, and the design; demographics as they were told."""
    answered(study_workspace)
    source = people_source(study_workspace.workspace, study_workspace.study)
    shown = {one.position: one for one in source.collected.presentations}
    for trial in trials_of():
        one = shown[trial.index]
        assert (one.query_top, one.query_bottom, one.max_references) == (trial.query_top, trial.query_bottom, trial.max_references)
        assert (one.shown_ms, one.was_hidden, one.input_device, one.screen) == (20.5, False, "keyboard", "1440x900@1")
    export_answers(source, tmp_path / "out", "csv")
    assert json.loads((tmp_path / "out" / "designs.json").read_text())[0]["name"] == "quick"
    (row,) = csv.DictReader(io.StringIO((tmp_path / "out" / "sessions.csv").read_text()))
    assert (row["age"], row["gender"], row["handedness"], row["visual_aid"]) == ("33", "agender", "left", "glasses")


@pytest.mark.parametrize("kind", FORMATS)
def test_anonymised_people_tell_nothing_of_themselves(study_workspace: Workplace, tmp_path: Path, kind: ExportFormat) -> None:
    """Pseudonym, age, gender, hand and visual aid of a person are in no file of an anonymised export."""
    answered(study_workspace)
    export_answers(people_source(study_workspace.workspace, study_workspace.study), tmp_path / "out", kind, anonymise=True)
    content = everything(tmp_path / "out")
    if kind == "parquet":
        content += repr(read_tables({table: tmp_path / "out" / f"{table}.parquet" for table in TABLES})).encode()
    for told in (b"Ada", b"agender", b"left,glasses", b"age=33", b"'glasses'", SECRET.encode()):
        assert told not in content, told


def test_a_command_exports_from_the_dashboard_that_holds_the_file(study_workspace: Workplace, tmp_path: Path) -> None:
    """While the dashboard holds the file, the same is exported through it."""
    answered(study_workspace)
    before = read_collected(study_workspace.workspace, study_workspace.study, details=True)
    server = python(SERVER, env={"EXEMPLARY_WORKSPACE": str(study_workspace.workspace.root)})
    try:
        assert server.stdout is not None and server.stdout.readline().strip() == "held"
        assert read_collected(study_workspace.workspace, study_workspace.study, details=True) == before
        export_answers(people_source(study_workspace.workspace, study_workspace.study), tmp_path / "out", "csv")
    finally:
        kill(server)
    assert (tmp_path / "out" / "answers.csv").exists()


def test_nobody_has_answered(study_workspace: Workplace) -> None:
    """Without answers there is nothing to export, and the sentence says how to get some."""
    with pytest.raises(NotReady, match="self-test"):
        people_source(study_workspace.workspace, study_workspace.study)
