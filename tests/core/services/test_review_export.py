"""Reviews as a table hold what holds, once; anonymised ones tell no name and no date; a sheet shows the units."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.cli import main
from core.errors import NotReady, UsageError
from core.reviews import DEFAULT_SCHEME, ReviewSummary
from core.services.answer_export import ExportFormat, export_answers, people_source
from core.services.review_book import reviews_of
from core.services.review_export import COLUMNS, export_reviews, review_table
from core.services.review_sheet import caption_notes, review_sheet
from core.services.reviewing import Reviewer
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


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_reviews_go_along_with_answers(reviewed: Workplace, tmp_path: Path, kind: ExportFormat) -> None:
    """An export of people's answers holds the reviews beside them; anonymised, without names."""
    with ResponseStore(reviewed.workspace) as store:
        session = session_of()
        design = replace(session.design, stimuli_digest=reviewed.study.stimuli_digest)
        store.add_session(replace(session, design=design), trials_of())
        store.add_response("session-0", response_to(trials_of()[0], right=True))
    source = people_source(reviewed.workspace, reviewed.study)
    for anonymise in (False, True):
        out = tmp_path / str(anonymise)
        assert f"reviews.{kind}" in export_answers(source, out, kind, anonymise=anonymise).files
        assert (b"Ada" in (out / f"reviews.{kind}").read_bytes()) is not anonymise
