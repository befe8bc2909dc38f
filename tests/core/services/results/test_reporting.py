"""Reports of a workspace: people and observers, an answer set, the published answers; what is there is not overwritten."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli import main
from core.errors import UnknownName, UsageError
from core.inference.rules import ExclusionRules
from core.report.markup import shown
from core.services.results.reporting import ReportRequest, gathered, versions, write_report
from core.services.results.results import compare
from core.store.responses import ResponseStore
from tests.core.report.test_markup import Reader
from tests.studies import OBSERVER, Workplace, design, response_to, session_of, trials_of


@pytest.fixture
def answered(study_workspace: Workplace) -> Workplace:
    """Return a study with the answers of one participant, half of the synthetic ones wrong."""
    spec = replace(design(study_workspace.study.key), stimuli_digest=study_workspace.study.stimuli_digest)
    with ResponseStore(study_workspace.workspace) as store:
        store.add_session(session_of(spec=spec), trials_of())
        for trial in trials_of():
            store.add_response("session-0", response_to(trial, right=trial.condition == "natural" or trial.index % 4 == 1))
    return study_workspace


def test_the_report_of_a_study(answered: Workplace, tmp_path: Path) -> None:
    """People and observers apart, with the actual design, network, images and digests, in one file of the size that is told."""
    workspace, study = answered
    out = tmp_path / "report.html"
    assert write_report(workspace, study, ReportRequest(), out) == out.stat().st_size
    document = out.read_text(encoding="utf-8")
    words = Reader(document).words
    assert not re.search(r"https?:|url\((?!#)|<script", document)
    for fact in (study.key, study.network.network_digest, study.image_set.set_digest, study.stimuli_digest, OBSERVER, "Biased witness"):
        assert fact in words
    assert "1 participant gave 8 main answers that count (4 natural, 4 synthetic)" in words
    assert "Design quick" in words and "Seed of design quick" in words
    with ResponseStore(workspace) as store:
        found = compare(workspace, study, store.answers(study.key))
    for results in (found.people, found.observers[0].results):
        for contrast in results.contrasts:
            assert all(shown(value) in words for value in (contrast.estimate, *contrast.interval))


def test_material_is_what_was_computed(answered: Workplace) -> None:
    """The records of a report are those of the comparison, under the rules that were asked for."""
    workspace, study = answered
    found = gathered(workspace, study, ReportRequest())
    assert found.results is not None and found.results.scope.rules == ExclusionRules()
    assert [one.name for one in found.observers] == [OBSERVER]
    assert [spec.name for spec in found.designs] == ["quick"]
    assert found.versions["exemplary"] == versions()["exemplary"]
    assert "numpy" in found.versions and "scipy" in found.versions
    with pytest.raises(UnknownName, match="imi"):
        gathered(workspace, study, ReportRequest(design="imi"))


def test_models_of_a_report_show_their_progress(answered: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command draws a bar while they are fitted, on stderr; a report without models fits none and draws none."""
    where = ["--workspace", str(answered.workspace.root), "report", "--json", "--replace", "--out", str(tmp_path / "report.html")]
    assert main(where) == 0
    assert "fitting models" not in capsys.readouterr().err
    assert main([*where, "--models"]) == 0
    told = capsys.readouterr()
    assert "fitting models" in told.err and json.loads(told.out)["bytes"] > 0


def test_a_file_that_is_there_stays(built_study: Workplace, tmp_path: Path) -> None:
    """Without --replace nothing is written; with it, the file is the report. A folder that is not there is said."""
    workspace, study = built_study
    out = tmp_path / "report.html"
    out.write_text("mine")
    with pytest.raises(UsageError, match="--replace"):
        write_report(workspace, study, ReportRequest(), out)
    assert out.read_text() == "mine"
    with pytest.raises(UsageError, match="no folder"):
        write_report(workspace, study, ReportRequest(), tmp_path / "nowhere" / "report.html")
    write_report(workspace, study, ReportRequest(), out, replace=True)
    assert "Nobody has answered yet" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "request_", [ReportRequest(experiment=1), ReportRequest(answers="x", design="quick"), ReportRequest(experiment=1, answers="x")]
)
def test_requests_that_contradict_themselves(built_study: Workplace, request_: ReportRequest) -> None:
    """One sentence says what was wrong."""
    with pytest.raises(UsageError, match="--"):
        gathered(*built_study, request_)


def test_the_published_experiment(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`exemplary report` of the released answers names their files, and its numbers are the paper's."""
    out = tmp_path / "report.html"
    asked = ["report", "--workspace", str(tmp_path), "--published", str(published), "--experiment", "1", "--out", str(out), "--json"]
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(out), "bytes": out.stat().st_size}
    words = Reader(out.read_text(encoding="utf-8")).words
    assert "natural 92.2 % (89.4 % to 94.4 %)" in words
    assert "experiment_I_main_practice_catch_repeated_trials_preprocessed.csv" in words
    assert "10 participants gave 1,350 main answers" in words
    assert main(asked) == 1
    assert "--replace" in capsys.readouterr().err
