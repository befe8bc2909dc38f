"""`exemplary check` reads answer sets whole and names those that cannot be."""

from __future__ import annotations

from core.services.checking.checking import check
from core.store.answer_sets import put_answer_set
from tests.core.store.test_answer_sets import MADE, SET, WHOLE
from tests.studies import Workplace, settings_of


def test_answer_sets_that_cannot_be_read_are_named(study_workspace: Workplace) -> None:
    """Whole sets are no finding; one whose file is damaged is wrong, and told with what to do."""
    workspace = study_workspace.workspace
    folder = put_answer_set(workspace, SET, WHOLE)
    put_answer_set(workspace, MADE, WHOLE)
    report = check(settings_of(workspace))
    assert report.is_well
    (file,) = folder.glob("ratings-*.parquet")
    file.write_bytes(b"PAR1")
    (finding,) = [one for one in check(settings_of(workspace)).findings if one.kind == "wrong"]
    assert SET.name in finding.text and "cannot be read" in finding.text
