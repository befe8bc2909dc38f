"""`exemplary observe` as it is typed: what it prints, its JSON, and one sentence for what does not fit."""

from __future__ import annotations

import pytest

from core.embedder_names import embedder_names
from core.services.observers.observer_tasks import N_TASKS
from tests.core.services.peopled import peopled
from tests.core.test_cli import printed_json, run
from tests.studies import Workplace

OBSERVE = ("observe", "--embedder", "mean-colour", "--device", "cpu")


def test_it_prints_each_observer_and_condition(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """A line an observer, one a condition, what was embedded, and of how many of people's trials all images were seen."""
    n_people = sum(trial.condition != "none" for trial in peopled(study_workspace, n_people=1))
    assert run(study_workspace.workspace.root, "observe", "--device", "cpu", "--embedder", "mean-colour", "contrast") == 0
    out = capsys.readouterr().out
    assert (
        "mean-colour" in out
        and "contrast" in out
        and "4 tasks a unit and condition, Min-Max-9" in out
        and "1 units have no stimulus sets" in out
    )
    assert out.count("natural") == out.count("synthetic") == 2 and "none of these units" not in out
    assert out.count(f"it can judge {n_people} of {n_people}") == 2


def test_units_without_images_are_no_condition(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """Their JSON is valid and names what was left out; in words that is a line."""
    where = study_workspace.workspace.root
    assert run(where, *OBSERVE, "--units", "conv2d2:0", "--json") == 0
    (found,) = printed_json(capsys)
    assert set(found["conditions"]) == {"natural"} and found["conditions_left_out"] == ["synthetic"]
    assert found["conditions"]["natural"]["n_tasks"] == 4 and found["observer"]["kind"] == "baseline"
    assert (found["n_units"], found["people"]) == (1, {"n_trials": 0, "n_covered": 0, "problem": None})
    assert run(where, *OBSERVE, "--units", "conv2d2:0") == 0
    out = capsys.readouterr().out
    assert "synthetic  none of these units has images" in out and "0 images embedded now" in out and "main trials" not in out


def test_scheme_and_tasks_are_taken(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """As typed; the defaults are those of the services."""
    assert run(study_workspace.workspace.root, *OBSERVE, "--scheme", "Max-1", "--tasks", "3", "--units", "mixed3a:1", "--json") == 0
    (found,) = printed_json(capsys)
    card = found["observer"]
    assert (card["name"], card["scheme"], card["n_sets"], card["n_references"]) == ("mean-colour Max-1", "Max-1", 3, 1)
    with pytest.raises(SystemExit):
        run(study_workspace.workspace.root, "observe", "--help")
    words = " ".join(capsys.readouterr().out.split())
    assert f"(default: {N_TASKS})" in words and all(one.source in words for one in embedder_names())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--units", "mixed9:1"), "mixed9"),
        (("--units", "mixed3a:7"), "none is mined, or all are constant"),
        (("--tasks", "0"), "at least one"),
        (("--embedder", "contrast:more"), "no variants"),
        (("--embedder", "own:mixed9"), "mixed9"),
        (("--study", "tiny/none"), "tiny/none"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    study_workspace: Workplace, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str
) -> None:
    """It names what came."""
    assert run(study_workspace.workspace.root, *OBSERVE, *arguments) == 1
    err = capsys.readouterr().err
    assert text in err and "Traceback" not in err
