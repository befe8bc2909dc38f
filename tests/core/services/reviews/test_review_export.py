"""Reviews as a table hold what holds, once; anonymised ones tell no name and no date; a sheet shows the units."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.cli import main
from core.errors import NotReady, UsageError
from core.exchange.columns import REVIEWS
from core.exchange.dictionary import dictionary
from core.reviews import DEFAULT_SCHEME, ReviewSummary
from core.services.answers.answer_export import ExportFormat, export_answers, people_source
from core.services.reviews.review_book import reviews_of
from core.services.reviews.review_export import COLUMNS, export_reviews, review_table
from core.services.reviews.review_sheet import caption_notes, review_sheet
from core.services.reviews.reviewing import Reviewer
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from tests.studies import MAIN_UNITS, Workplace, response_to, session_of, trials_of

UNIT = MAIN_UNITS[0]


@pytest.fixture
def reviewed(study_workspace: Workplace) -> Workplace:
    """Return a study of which one unit has verdicts, notes, a tag, a bookmark, and an undone note."""
    with ResponseStore(study_workspace.workspace) as store:
        ada, bo = (Reviewer(store, study_workspace.study, UNIT, name) for name in ("Ada", "Bo"))
        ada.give_verdict(DEFAULT_SCHEME, {"interpretable": 1, "responds_to": "old"})
        ada.give_verdict(DEFAULT_SCHEME, {"interpretable": 4, "responds_to": 'snouts, "long"'})
        ada.note("gone")
        ada.undo()
        ada.tag("dogs")
        bo.give_verdict(DEFAULT_SCHEME, {"interpretable": 2})
        bo.note("a note")
        bo.bookmark(is_on=True)
    return study_workspace


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_the_table(reviewed: Workplace, tmp_path: Path) -> None:
    """A row for each thing that holds: latest answers, notes, tags, bookmarks; what was undone or replaced is not among them."""
    report = export_reviews(reviewed.workspace, reviewed.study, tmp_path / "out", "csv")
    rows = read(Path(report.file))
    told = [(row["reviewer"], row["kind"], row["question"], row["rating"], row["words"]) for row in rows]
    assert sorted(told) == [
        ("Ada", "rating", "interpretable", "4", ""),
        ("Ada", "tag", "", "", "dogs"),
        ("Ada", "text", "responds_to", "", 'snouts, "long"'),
        ("Bo", "bookmark", "", "", ""),
        ("Bo", "note", "", "", "a note"),
        ("Bo", "rating", "interpretable", "2", ""),
    ]
    assert {(row["layer"], row["channel"], row["branch"]) for row in rows} == {(UNIT.layer, str(UNIT.channel), "1x1")}
    assert all(row["given_at"] for row in rows)
    assert (report.n_rows, report.n_units, report.n_reviewers) == (6, 1, 2)
    with pytest.raises(UsageError, match="overwritten"):
        export_reviews(reviewed.workspace, reviewed.study, tmp_path / "out", "csv")


def test_parquet_says_the_same(reviewed: Workplace) -> None:
    """Parquet has the same rows, with numbers as numbers."""
    with ResponseStore(reviewed.workspace) as store:
        reviews = list(reviews_of(store, reviewed.study.key).of_units.values())
    table = pq.read_table(io.BytesIO(review_table(reviewed.study, reviews, "parquet")))
    assert tuple(table.column_names) == COLUMNS and table.num_rows == 6
    assert sorted(value for value in table["rating"].to_pylist() if value is not None) == [2, 4]


def test_anonymised_reviews(reviewed: Workplace, tmp_path: Path) -> None:
    """Neither names nor dates are told, but which rows are of one reviewer is."""
    report = export_reviews(reviewed.workspace, reviewed.study, tmp_path, "csv", anonymise=True)
    content = Path(report.file).read_text()
    assert "Ada" not in content and "Bo" not in content and "20" not in "".join(row["given_at"] for row in read(Path(report.file)))
    assert len({row["reviewer"] for row in read(Path(report.file))}) == 2


def test_nothing_to_export(study_workspace: Workplace, tmp_path: Path) -> None:
    """Without reviews nothing is written, and the sentence says where one reviews."""
    with pytest.raises(NotReady, match="Review"):
        export_reviews(study_workspace.workspace, study_workspace.study, tmp_path / "out", "csv")
    assert not (tmp_path / "out").exists()


def test_sheets(reviewed: Workplace) -> None:
    """PNG and PDF are pictures of as many rows as units; more units make the PNG higher, the PDF longer."""
    reader = CatalogueReader(reviewed.workspace)
    heights = []
    for n_units in (1, 4):
        content = review_sheet(reviewed.workspace, reader, reviewed.study, MAIN_UNITS[:n_units], {}, kind="png")
        heights.append(Image.open(io.BytesIO(content)).height)
    assert heights[1] > 3 * heights[0] * 0.7
    pdf = review_sheet(reviewed.workspace, reader, reviewed.study, MAIN_UNITS[:4], {}, kind="pdf")
    assert pdf.startswith(b"%PDF") and b"/Count 2" in pdf
    with pytest.raises(UsageError, match="1 to 24"):
        review_sheet(reviewed.workspace, reader, reviewed.study, [], {}, kind="png")


def test_captions() -> None:
    """A caption says who judged, how, whether they differ, and the tags."""
    summary = ReviewSummary(UNIT, 2, "disputed", {"interpretable": 3.5}, ("dogs", "fur"), "", frozenset())
    assert caption_notes(summary) == ("2 reviewers: interpretable 3.5 (disputed)", "#dogs #fur")
    assert caption_notes(None) == ("not reviewed yet",)


def test_the_command(reviewed: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints agreement, writes the table, and a sheet of what is bookmarked."""
    where = ["--workspace", str(reviewed.workspace.root)]
    assert main(["reviews", *where]) == 0
    assert "1 units reviewed, 1 disputed" in capsys.readouterr().out
    assert main(["reviews", *where, "--export", str(tmp_path / "out"), "--format", "parquet"]) == 0
    assert "6 rows of 2 reviewers" in capsys.readouterr().out
    assert main(["reviews", *where, "--sheet", str(tmp_path / "sheet.pdf")]) == 0
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert main(["reviews", *where, "--json"]) == 0
    assert '"n_disputed": 1' in capsys.readouterr().out


@pytest.fixture
def answered(reviewed: Workplace) -> Workplace:
    """Return the reviewed study, of which somebody has answered a trial, too."""
    with ResponseStore(reviewed.workspace) as store:
        session = session_of()
        design = replace(session.design, stimuli_digest=reviewed.study.stimuli_digest)
        store.add_session(replace(session, design=design), trials_of())
        store.add_response("session-0", response_to(trials_of()[0], right=True))
    return reviewed


REVIEW_FILES = {"csv": "reviews.csv", "parquet": "reviews.parquet", "psych-ds": "data/description-reviews_data.csv"}


@pytest.mark.parametrize("kind", REVIEW_FILES)
def test_reviews_go_along_with_answers(answered: Workplace, tmp_path: Path, kind: ExportFormat) -> None:
    """An export of people's answers holds the reviews beside them; anonymised, without names."""
    source = people_source(answered.workspace, answered.study)
    for anonymise in (False, True):
        out = tmp_path / str(anonymise)
        report = export_answers(source, out, kind, anonymise=anonymise)
        assert REVIEW_FILES[kind] in report.files and report.n_reviews == 6
        assert (b"Ada" in (out / REVIEW_FILES[kind]).read_bytes()) is not anonymise


def test_columns_of_reviews_are_described(answered: Workplace, tmp_path: Path) -> None:
    """Every column of the table is in the data dictionary, and one variable of the Psych-DS data set, told from those of answers."""
    assert tuple(column.name for column in REVIEWS) == COLUMNS
    assert [column["name"] for column in dictionary()["reviews"]] == list(COLUMNS)
    export_answers(people_source(answered.workspace, answered.study), tmp_path / "out", "psych-ds")
    described = json.loads((tmp_path / "out" / "dataset_description.json").read_text())["variableMeasured"]
    names = [one["name"] for one in described]
    header = (tmp_path / "out" / REVIEW_FILES["psych-ds"]).read_text().splitlines()[0].split(",")
    assert len(names) == len(set(names)) and set(header) <= set(names)
    assert next(one for one in described if one["name"] == "kind")["description"].startswith("kind of trial")


def test_a_format_without_a_place_for_reviews(answered: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The columns of Borowski et al. hold no reviews: the command says so, and how to get them."""
    command = ["export", "--workspace", str(answered.workspace.root), "--format", "borowski2021", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    assert "reviews --export" in capsys.readouterr().out
    assert main([*command[:-1], str(tmp_path / "other"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_reviews"] == 0


def test_deleting_an_author(reviewed: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """The command takes everything of a reviewer out, and says how much; of nobody else, and of nobody twice."""
    where = ["reviews", "--workspace", str(reviewed.workspace.root), "--delete-author"]
    assert main([*where, "Ada"]) == 0
    assert "entries of 'Ada'" in capsys.readouterr().out
    with ResponseStore(reviewed.workspace) as store:
        assert {one.author for one in store.review_events(reviewed.study.key)} == {"Bo"}
    assert main([*where, "Ada"]) == 1
    assert "nothing was deleted" in capsys.readouterr().err


def test_no_formula_in_a_table(study_workspace: Workplace) -> None:
    """A note, a tag or a name that a spreadsheet would run stands behind an apostrophe in CSV, and as it is in Parquet."""
    with ResponseStore(study_workspace.workspace) as store:
        one = Reviewer(store, study_workspace.study, UNIT, "=1+1")
        one.note('=HYPERLINK("http://example.org")')
        one.tag("+fur")
        one.give_verdict(DEFAULT_SCHEME, {"interpretable": 2, "responds_to": "-2"})
        reviews = list(reviews_of(store, study_workspace.study.key).of_units.values())
    rows = list(csv.DictReader(io.StringIO(review_table(study_workspace.study, reviews, "csv").decode())))
    assert {row["reviewer"] for row in rows} == {"'=1+1"}
    assert {row["words"] for row in rows} == {"", "-2", "'+fur", '\'=HYPERLINK("http://example.org")'}
    table = pq.read_table(io.BytesIO(review_table(study_workspace.study, reviews, "parquet")))
    assert set(table["reviewer"].to_pylist()) == {"=1+1"}
