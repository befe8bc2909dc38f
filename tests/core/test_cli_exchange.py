"""The commands that exchange answers, as they are typed: what they print, and one sentence for what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build
from core.store.design_files import save_design
from core.store.publication import CatalogueReader
from tests.core.exchange.simulated import PUBLISHED, needs_published
from tests.core.exchange.test_borowski2021_reading import LINES, RATINGS, table_of
from tests.core.services.answers.test_answer_export import answered
from tests.core.test_cli import printed_json, run
from tests.processes import output_of, python
from tests.studies import Workplace


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    path = tmp_path / "trials.csv"
    path.write_bytes(table_of(*LINES))
    return path


def test_import_answers_results_export(tmp_path: Path, trials: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any study a table is imported, listed, compared, exported and imported again."""
    where = tmp_path / "w"
    (tmp_path / "ratings_end.csv").write_text(RATINGS)
    assert run(where, "import", trials, tmp_path / "ratings_end.csv", "--name", "lab") == 0
    assert "lab: 4 answers of 1 respondents, 2 ratings" in capsys.readouterr().out
    assert run(where, "answers") == 0
    assert "lab" in (out := capsys.readouterr().out) and "imported" in out
    assert run(where, "results", "--answers", "lab", "--json") == 0
    found = printed_json(capsys)
    assert (found["answers"], found["kind"], found["results"]["n_answers"]) == ("lab", "imported", 4)
    assert run(where, "results", "--answers", "lab", "--rules", "replication2021") == 0
    assert "not recorded of 1 sessions, which stay" in capsys.readouterr().out
    assert run(where, "export", "--answers", "lab", "--format", "borowski2021", "--out", tmp_path / "out", "--json") == 0
    assert printed_json(capsys)["files"] == ["main_practice_catch_repeated_trials.csv", "intuitiveness_end.csv", "sessions.csv"]
    assert run(where, "import", *sorted((tmp_path / "out").iterdir()), "--name", "again", "--json") == 0
    assert printed_json(capsys)[0]["study"] == "borowski2021/experiment-1"
    assert run(where, "answers", "--json") == 0
    assert [(one["name"], one["answers"], one["ratings"]) for one in printed_json(capsys)] == [("again", 4, 2), ("lab", 4, 2)]


def test_simulate_people_and_results_under_rules(study_workspace: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Simulated people take a design and are compared by name; people's own results under rules say how many sessions were left out."""
    workspace, study = study_workspace
    save_design(workspace, build(CatalogueReader(workspace), study, DesignRequest(name="short", n_main=6)))
    options = ("--design", "short", "--ability", "natural=0.99", "synthetic=0.7", "--lapse", "0", "--seed", "3")
    assert run(workspace.root, "simulate", "--people", "4", *options, "--json") == 0
    assert printed_json(capsys)["name"] == "simulated-short"
    n = answered(study_workspace)
    assert run(workspace.root, "results", "--rules", "imi", "--json") == 0
    found = printed_json(capsys)
    assert found["people"]["n_answers"] == n and found["people"]["n_main_answers"] == 0
    counts = {one["rule"]: one["n"] for one in found["people"]["exclusions"] if one["what"] == "sessions"}
    assert [n for rule, n in counts.items() if "15 s for the instructions" in rule] == [1]
    assert run(workspace.root, "results", "--rules", "imi") == 0
    assert "sessions left out" in (out := capsys.readouterr().out) and "at least 135 s in all" in out
    assert run(workspace.root, "results", "--answers", "simulated-short") == 0
    assert "(simulated)" in capsys.readouterr().out
    assert run(workspace.root, "results", "--design", "nobody's") == 1
    assert "design that anybody took" in capsys.readouterr().err
    assert run(workspace.root, "export", "--format", "psych-ds", "--anonymise", "--out", tmp_path / "out") == 0
    assert "data/task-choice_description-answers_data.csv" in capsys.readouterr().out


@needs_published
def test_published_files_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All released files are imported with one command, as two sets."""
    assert run(tmp_path / "w", "import", *sorted(PUBLISHED.glob("*.csv")), "--name", "paper") == 0
    out = capsys.readouterr().out
    assert "paper-experiment-1: 1,860 answers of 10 respondents, 30 ratings" in out
    assert "paper-experiment-2: 4,968 answers of 23 respondents, 138 ratings" in out
    assert run(tmp_path / "w", "results", "--answers", "paper-experiment-1") == 0
    assert "synthetic   82.0% ± 4.0%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "missing.csv", "--name", "lab"), "cannot be read"),
        (("import", "TRIALS", "--name", "../lab"), "letters, digits"),
        (("results", "--answers", "nobody"), "no answer set called"),
        (("export", "--answers", "nobody", "--format", "csv", "--out", "OUT"), "no answer set called"),
        (("export", "--format", "csv", "--out", "OUT"), "Nothing has been mined yet"),
        (("simulate", "--people", "3", "--ability", "natural"), "condition=proportion"),
        (("simulate", "--people", "3", "--ability", "natural=2"), "between 0 and 1"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    tmp_path: Path, trials: Path, arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that cannot be done ends with status 1 and one line, and leaves nothing."""
    given = [{"TRIALS": str(trials), "OUT": str(tmp_path / "out")}.get(one, one) for one in arguments]
    assert run(tmp_path / "w", *given) == 1
    captured = capsys.readouterr()
    assert says in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert not (tmp_path / "out").exists() and not (tmp_path / "w" / "answers").exists()


def test_exchange_needs_no_torch(tmp_path: Path, trials: Path) -> None:
    """Importing, listing, comparing and simulating import no torch."""
    code = """
import sys
from core.cli import main
from core.services.experiment import simulating
for words in (["import", sys.argv[2], "--name", "lab"], ["answers"], ["results", "--answers", "lab"]):
    assert main(["--workspace", sys.argv[1], *words]) == 0
print("torch" in sys.modules)
"""
    assert output_of(python(code, tmp_path / "w", trials)).splitlines()[-1] == "False"
