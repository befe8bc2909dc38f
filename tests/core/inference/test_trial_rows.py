"""The trials behind a mark are those that have what it says, the newest first; a row tells what was recorded and no more."""

from __future__ import annotations

from dataclasses import replace

from core.inference.answer_table import table_of
from core.inference.trial_rows import narrows, rows_behind, trial_rows
from tests.core.inference.test_choices import answers


def test_rows_behind_a_mark() -> None:
    """Rows have all the fields of any of the parts, as a plain search finds; the newest comes first."""
    given = answers()
    parts = ({"condition": "natural", "layer": "mixed3a"}, {"participant": "p2", "confidence": 3}, {"unit": "mixed4a:1", "correct": True})
    found = trial_rows(table_of(given), rows_behind(table_of(given), parts))
    expected = [
        one
        for one in given
        if (one.condition == "natural" and one.unit.layer == "mixed3a")
        or (one.respondent == "p2" and one.confidence == 3)
        or (str(one.unit) == "mixed4a:1" and one.proportion_correct == 1)
    ]
    newest = sorted(expected, key=lambda one: one.answered_at or 0, reverse=True)  # type: ignore[arg-type,return-value]
    assert [(row.respondent, row.position, row.answered_at) for row in found] == [
        (one.respondent, one.position, one.answered_at) for one in newest
    ]


def test_what_is_not_a_column_narrows_nothing() -> None:
    """The name of a series and absent values say nothing about rows; a level that no row has is behind no row."""
    table = table_of(answers())
    assert len(rows_behind(table, [{"series": "people", "layer": None}])) == len(table)
    assert narrows({"series": "people", "layer": None, "unit": "mixed3a:0"}) == {"unit": "mixed3a:0"}
    assert len(rows_behind(table, [{"layer": "mixed9z"}])) == 0 and len(rows_behind(table, [])) == 0


def test_a_row_tells_what_was_recorded() -> None:
    """Times, confidence, places that were not recorded are None; answers without a time come last."""
    bare = replace(answers()[0], answered_at=None, confidence=None, reaction_time_ms=None, position=None, scheme=None, expertise=None)
    table = table_of([bare, answers()[1]])
    known, unknown = trial_rows(table, rows_behind(table, [{}]))
    assert known.answered_at == answers()[1].answered_at and known.time_s is not None
    assert (unknown.answered_at, unknown.confidence, unknown.time_s, unknown.position, unknown.scheme) == (None,) * 5
    assert unknown.unit == str(bare.unit) and unknown.score == bare.proportion_correct
