"""`exemplary results --models` and `exemplary power`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return what a command returned, printed, and said on stderr."""
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_power_before_any_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without answers the plan is of the paper's values, and says so."""
    code, out, _ = run(capsys, "power", "--workspace", str(tmp_path / "none"), "--within", "0.05")
    assert code == 0 and "the paper's" in out and "within +- 5.0%" in out


def test_power_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json has needs and rows; assumed values and numbers of participants and trials are taken."""
    options = ("--natural", "0.9", "--synthetic", "0.7", "--participants", "17", "--trials", "100", "--within", "0.02", "--json")
    _, out, _ = run(capsys, "power", "--workspace", str(tmp_path / "none"), *options)
    found = json.loads(out)
    assert (found["source"], found["n_trials"], found["n_participants"]) == ("assumed", 100, 17)
    assert found["difference"] == pytest.approx(0.2)
    assert [one["within"] for one in found["needed"]] == [0.02]
    assert 17 in [row["n_participants"] for row in found["rows"]]


@pytest.mark.parametrize("options", [("--within", "2"), ("--participants", "1"), ("--trials", "0"), ("--natural", "1.5")])
def test_power_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    """What is no plan is one sentence."""
    code, _, err = run(capsys, "power", "--workspace", str(tmp_path / "none"), *options)
    assert code != 0 and len(err.strip().splitlines()) == 1


def test_models_of_the_published_answers(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--models adds both experiments' models to the JSON, beside the same results."""
    code, out, _ = run(capsys, "results", "--published", str(published), "--models", "--json")
    found = json.loads(out)
    assert code == 0 and set(found["models"]) == {"experiment_1", "experiment_2"}
    assert found["models"]["experiment_1"]["mixed_model"]["n_participants"] == 10
    assert found["experiment_1"]["accuracy"]["natural"]["n_trials"] == 450


def test_models_as_a_table(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In text form every fit has a line with its interval."""
    _, out, _ = run(capsys, "results", "--published", str(published), "--models")
    for name in ("odds ratio", "mixed model, log odds ratio", "Bayesian difference", "within +- 1.0%"):
        assert name in out
