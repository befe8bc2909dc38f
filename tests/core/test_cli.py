"""The command: data on standard output, everything else beside it, and one sentence with a status where it cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.store.responses import ResponseStore
from tests.core.image_files.sources import png, write_table
from tests.processes import output_of, python
from tests.studies import Workplace, design, response_to, session_of, trials_of, write_photos

COMMANDS = (
    "demo", "index", "mine", "synthesize", "work", "show", "pictures", "maps", "observe", "simulate", "results", "export", "import",
    "answers", "design", "query", "check", "app",
)  # fmt: skip


def run(where: Path, *arguments: object) -> int:
    return main(["--workspace", str(where), *map(str, arguments)])


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def printed_json(capsys: pytest.CaptureFixture[str]) -> Any:
    out = capsys.readouterr().out
    return json.loads(out, parse_constant=refuse_constant)


def test_index_prints_a_table_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people the numbers and reasons, as JSON the same as data and nothing else on standard output."""
    write_photos(tmp_path / "photos", n=16)
    (tmp_path / "photos" / "notes.txt").write_text("text")
    assert run(tmp_path / "w", "index", tmp_path / "photos", "--name", "shapes") == 0
    out = capsys.readouterr().out
    assert "16 images of 8 labels" in out and "notes.txt" in out
    assert run(tmp_path / "w", "index", tmp_path / "photos", "--name", "shapes", "--json") == 0
    found = printed_json(capsys)
    assert (found["name"], found["n_images"], found["n_labels"]) == ("shapes", 16, 8)
    assert [one["path"] for one in found["skipped"]] == ["notes.txt"]


def test_index_says_what_was_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Indexed again, the numbers of added and moved images are printed; several sources and Parquet's options are understood."""
    write_photos(tmp_path / "photos", n=16)
    assert run(tmp_path / "w", "index", tmp_path / "photos" / "axolotl", tmp_path / "photos" / "bolete", "--name", "shapes") == 0
    assert "4 images of 2 labels" in capsys.readouterr().out
    assert run(tmp_path / "w", "index", tmp_path / "photos", "--name", "shapes") == 0
    assert "16 images of 8 labels" in (out := capsys.readouterr().out) and "(12 added to 4)" in out
    (tmp_path / "photos" / "axolotl").rename(tmp_path / "photos" / "zebra")
    assert run(tmp_path / "w", "index", tmp_path / "photos", "--name", "shapes", "--json") == 0
    found = printed_json(capsys)
    assert (found["n_before"], found["n_added"], found["n_moved"], found["is_changed"]) == (16, 0, 2, True)
    write_table(tmp_path / "a.parquet", {"a": [png(1)], "b": [png(2)], "kind": ["x"]})
    assert run(tmp_path / "w", "index", tmp_path / "a.parquet", "--name", "table") == 1
    assert "a, b; name one with --image-column" in capsys.readouterr().err
    options = ("--image-column", "b", "--label-column", "kind", "--json")
    assert run(tmp_path / "w", "index", tmp_path / "a.parquet", "--name", "table", *options) == 0
    assert printed_json(capsys)["n_images"] == 1


def test_images_shows_all_that_was_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After indexing, an image set's labels and every skipped file with its reason can be seen."""
    write_photos(tmp_path / "photos", n=16)
    for number in range(30):
        (tmp_path / "photos" / f"note {number:02d}.txt").write_text("text")
    run(tmp_path / "w", "index", tmp_path / "photos", "--name", "shapes")
    assert "`exemplary images shapes --skipped` lists all" in capsys.readouterr().out
    assert run(tmp_path / "w", "images", "shapes") == 0
    out = capsys.readouterr().out
    assert "2  axolotl" in out and "note 19.txt" in out and "note 29.txt" not in out
    assert run(tmp_path / "w", "images", "shapes", "--skipped") == 0
    out = capsys.readouterr().out
    assert out.count("not an image by its ending (.txt)") == 30 and "axolotl" not in out
    assert run(tmp_path / "w", "images", "shapes", "--json") == 0
    found = printed_json(capsys)
    assert found["labels"]["axolotl"] == 2 and len(found["skipped"]) == 30
    assert run(tmp_path / "w", "images", "shade") == 1
    assert "shapes" in capsys.readouterr().err


def test_show_prints_a_unit(built_study: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """A unit's exemplars, synthetic images and distribution, for people and as data."""
    assert run(built_study.workspace.root, "show", "mixed3a:2") == 0
    assert "mixed3a:2" in capsys.readouterr().out
    assert run(built_study.workspace.root, "show", "mixed3a:2", "--json") == 0
    found = printed_json(capsys)
    assert (found["unit"], found["branch"], found["activation"]["n"]) == ("mixed3a:2", "3x3", 120)
    assert len(found["exemplars"]) == 80 and len(found["renders"]) == 18


def test_results_print_people_and_observers_apart(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts and proportions of known answers, for people and as data."""
    with ResponseStore(study_workspace.workspace) as store:
        spec = replace(design(), stimuli_digest=study_workspace.study.stimuli_digest)
        store.add_session(session_of(spec=spec), trials_of())
        store.add_session(session_of("other", participant="Eve"), trials_of())  # to other stimuli under the same name
        for trial in trials_of():
            store.add_response("session-0", response_to(trial, right=trial.index != 0))
            store.add_response("other", response_to(trial, right=False, key=f"other-key-{trial.index:04d}"))
    assert run(study_workspace.workspace.root, "results") == 0
    assert "75.0%" in capsys.readouterr().out
    assert run(study_workspace.workspace.root, "results", "--study", "tiny/shapes", "--json") == 0
    found = printed_json(capsys)
    assert found["study"] == "tiny/shapes"
    assert found["people"]["accuracy"]["natural"] != found["observers"][0]["results"]["accuracy"]["natural"]


def test_results_without_answers(built_study: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anybody answers there are no numbers to show, and that is no error."""
    assert run(built_study.workspace.root, "results", "--json") == 0
    assert printed_json(capsys)["people"]["accuracy"] == {}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["show", "mixed3b:2"], "mixed3a"),
        (["show", "mixed3a:99"], "0 to 7"),
        (["show", "mixed3a"], "layer:channel"),
        (["show", "mixed3a:*"], "8 units"),
        (["show", "mixed3a:0", "--study", "tiny/shape"], "tiny/shapes"),
        (["results", "--network", "tinny"], "tiny"),
        (["index", "no-such-folder", "--name", "x"], "no-such-folder"),
        (["mine", "--network", "tiny", "--images", "shapes", "--address", "localhost:6379"], "add --engine ray"),
        (["mine", "--network", "tiny", "--images", "shapes", "--engine", "ray", "--compile", "on"], "workers of Ray do not compile"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    built_study: Workplace, capsys: pytest.CaptureFixture[str], arguments: list[str], hint: str
) -> None:
    """Status 1, one sentence on standard error that names near ones or what to do, nothing on standard output."""
    assert run(built_study.workspace.root, *arguments) == 1
    out, err = capsys.readouterr()
    assert out == "" and hint in err and err.startswith("exemplary: ") and err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["show", "mixed3a:0"], ["results"]])
def test_an_empty_workspace_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Nothing is created by asking."""
    assert run(tmp_path / "w", *arguments) == 1
    assert "exemplary" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["show"], ["index", "photos"]])
def test_wrong_usage_has_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments that cannot be understood are answered with the usage."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and "usage" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help tells what a command does and takes a workspace."""
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0 and "--workspace" in capsys.readouterr().out


def test_help_names_units_designs_and_presets(capsys: pytest.CaptureFixture[str]) -> None:
    """What can be rendered, and how, is listed where it is asked for."""
    with pytest.raises(SystemExit):
        main(["synthesize", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for word in (
        "mixed4b:465",
        "logits:207",
        "random:4/branch",
        "borowski2021-exp1",
        "quick",
        "maco",
        "accentuate",
        "--queue",
        "--precision",
    ):
        assert word in shown


def test_an_interrupt_says_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C says that what was finished is kept."""
    monkeypatch.setattr("core.cli.index_images", interrupted)
    run(tmp_path / "w", "index", tmp_path, "--name", "x")
    assert "kept" in capsys.readouterr().err


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_has_status_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C is told apart from errors, by its status and on standard error."""
    monkeypatch.setattr("core.cli.index_images", interrupted)
    assert run(tmp_path / "w", "index", tmp_path, "--name", "x") == 130
    out, err = capsys.readouterr()
    assert out == "" and "Stopped" in err


def test_reading_commands_do_not_import_torch(built_study: Workplace) -> None:
    """Showing a unit answers at once."""
    code = "import sys; from core.cli import main; main(sys.argv[1:]); print('torch' in sys.modules)"
    arguments = ("--workspace", built_study.workspace.root, "show", "mixed3a:0")
    assert output_of(python(code, *arguments)).splitlines()[-1] == "False"
