"""Answers in each format hold the same rows, and the command prints them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.cli import main
from core.errors import UsageError
from core.services.querying import format_of, table
from core.store.query_views import open_views
from tests.studies import Workplace

QUESTION = "SELECT layer, channel, max, [1, 2] AS l, 'nan'::DOUBLE AS nothing, sum(channel) OVER () AS s FROM units ORDER BY layer, channel"


def run(place: Workplace, *arguments: object) -> int:
    return main(["--workspace", str(place.workspace.root), "query", *map(str, arguments)])


def test_csv_json_and_parquet_have_the_same_rows(built_study: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed or in a file, in every format; what is no number is null in JSON, and lists stay lists."""
    assert run(built_study, QUESTION) == 0
    printed = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert run(built_study, QUESTION, "--format", "json") == 0
    as_json = json.loads(capsys.readouterr().out)
    for ending in ("csv", "parquet"):
        assert run(built_study, QUESTION, "--out", tmp_path / f"answer.{ending}") == 0
    saved = pq.read_table(tmp_path / "answer.parquet").to_pylist()
    assert (tmp_path / "answer.csv").read_text().splitlines()[1].startswith("conv2d2,0,4.8")
    assert len(printed) == len(as_json) == len(saved) == 20
    assert [(row["layer"], int(row["channel"])) for row in printed] == [(row["layer"], row["channel"]) for row in as_json]
    assert as_json[0]["l"] == [1, 2] and as_json[0]["nothing"] is None and as_json[0]["s"] == 62
    assert [row["max"] for row in saved] == [row["max"] for row in as_json]
    assert capsys.readouterr().out == "" and {path.name for path in tmp_path.iterdir()} == {"answer.csv", "answer.parquet"}


def test_a_table_is_aligned_and_says_that_it_is_cut(built_study: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, a rule, rows with numbers at the right, and a sentence where there are more."""
    assert run(built_study, "SELECT layer, channel FROM units ORDER BY ALL", "--format", "table", "--rows", 2) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["layer    channel", "-------  -------", "conv2d2        0", "conv2d2        1"]
    assert "more rows than these 2" in lines[4]
    with open_views(built_study.workspace) as views:
        assert table(views.ask("SELECT 1 AS a")).splitlines() == ["a", "-", "1", "(1 row)"]
        assert table(views.ask("SELECT 1 AS a WHERE false")).splitlines() == ["a", "-", "(0 rows)"]


def test_formats_are_told_by_terminal_and_ending() -> None:
    """A table on a terminal, CSV into a pipe, a file by its ending; what cannot be is refused with a sentence."""
    assert format_of(None, None, is_terminal=True) == "table" and format_of(None, None, is_terminal=False) == "csv"
    assert format_of(None, Path("a.JSON"), is_terminal=True) == "json" and format_of("csv", Path("a.json"), is_terminal=True) == "csv"
    with pytest.raises(UsageError, match="--out FILE"):
        format_of("parquet", None, is_terminal=False)
    with pytest.raises(UsageError, match="--format"):
        format_of(None, Path("a.xyz"), is_terminal=False)


def test_views_are_listed(built_study: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """--views names every view with its columns."""
    assert run(built_study, "--views") == 0
    out = capsys.readouterr().out
    assert "activations: every activation" in out and "is_constant" in out


@pytest.mark.parametrize("arguments", [(), ("SELECT 1", "--views"), ("SELECT 1", "--rows", "0"), ("SELECT 1", "--out", "/nowhere/a.csv")])
def test_what_cannot_be_meant_is_refused(built_study: Workplace, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence on standard error and status 1."""
    assert run(built_study, *arguments) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("exemplary: ") and err.count("\n") == 1


@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_columns_of_one_name_are_told_apart(built_study: Workplace, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two columns of one name an object would keep one only: the question is refused, and no file is left."""
    assert run(built_study, "SELECT 1 AS a, 2 AS a", "--out", tmp_path / f"a.{kind}") == 1
    assert "called a; name them apart" in capsys.readouterr().err and list(tmp_path.iterdir()) == []


def test_a_failed_answer_leaves_no_file(built_study: Workplace, tmp_path: Path) -> None:
    """An error in a late row leaves neither the file nor a part of it."""
    late = "SELECT CASE WHEN rank = 39 THEN 'zzz' ELSE '1' END::INTEGER FROM exemplars"
    assert run(built_study, late, "--out", tmp_path / "a.csv") == 1
    assert list(tmp_path.iterdir()) == []
