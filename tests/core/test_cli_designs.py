"""`exemplary design` lists what a study can run, and makes, keeps and shows designs of one's own."""

from __future__ import annotations

import json

import pytest

from core.cli import main
from core.store import design_files
from tests.studies import MAIN_UNITS, RESERVED_UNITS, Workplace


def run(place: Workplace, *arguments: object) -> int:
    return main(["--workspace", str(place.workspace.root), "design", *map(str, arguments)])


def test_designs_are_listed_with_what_is_missing(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """Every preset has a line: its length, or sentences that say what it lacks; the same as JSON."""
    assert run(study_workspace) == 0
    out = capsys.readouterr().out
    assert "quick" in out and "not yet" in out and "too few" in out
    assert run(study_workspace, "--json") == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["quick"]["missing"] == [] and found["borowski2021-exp2"]["missing"]


def test_a_design_is_made_kept_and_shown(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """What was asked for is in the file and on the screen; it is listed from then on, and its name is taken."""
    made = ("short", "--preset", "quick", "--main", 4, "--units", "mixed3a:0-3", "--feedback", "none", "--no-breaks", "--catch", 0)
    assert run(study_workspace, *made) == 0
    assert "4 main trials" in capsys.readouterr().out
    spec = design_files.read_saved(study_workspace.workspace, "short")
    assert (spec.feedback, spec.breaks, spec.n_main("natural"), spec.lists("main")[0].units[0]) == ("none", False, 4, "mixed3a:0")
    assert run(study_workspace, "short") == 0 and run(study_workspace) == 0
    assert capsys.readouterr().out.count("short") == 2
    assert run(study_workspace, "short", "--preset", "quick", "--main", 5) == 1
    assert "--replace" in capsys.readouterr().err


def test_uncertain_units_are_taken_from_answers(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """uncertain:4 names four units that have all images and are not reserved; with other units beside it, it is refused in a sentence."""
    natural = ("--conditions", "natural")
    assert run(study_workspace, "open", "--preset", "quick", "--main", 4, "--units", "uncertain:4", *natural) == 0
    units = design_files.read_saved(study_workspace.workspace, "open").lists("main")[0].parsed
    assert len(units) == 4 and not set(units) & set(RESERVED_UNITS)
    assert run(study_workspace, "both", "--preset", "quick", "--main", 4, "--units", "uncertain:4") == 0
    assert set(design_files.read_saved(study_workspace.workspace, "both").lists("main")[0].parsed) < set(MAIN_UNITS)
    assert run(study_workspace, "two", "--preset", "quick", "--main", 4, "--units", "uncertain:4", "mixed3a:1", *natural) == 1
    assert "named alone" in capsys.readouterr().err


def test_a_careless_request_gets_a_sentence(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """Too many trials, an unknown name and a paper's design with other numbers are refused with status 1."""
    for arguments, word in [
        (("long", "--preset", "quick", "--main", 300), "only 8"),
        (("unheard-of",), "no saved design"),
        (("quick", "--preset", "quick", "--main", 4), "a preset's name"),
        (("imi",), "images"),
        (("p", "--preset", "borowski2021-exp1"), "units"),
        (("../p", "--preset", "quick", "--main", 4), "letters"),
    ]:
        assert run(study_workspace, *arguments) == 1
        assert word in capsys.readouterr().err


def test_presets_are_shown_and_files_that_are_none_are_named(study_workspace: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """A preset is shown by its name like a saved design; the list says which files hold no design."""
    assert run(study_workspace, "quick") == 0 and "24 trials" in capsys.readouterr().out
    assert run(study_workspace, "short", "--preset", "quick", "--main", 4) == 0
    folder = study_workspace.workspace.designs
    text = (folder / "short.json").read_text()
    (folder / "copy.json").write_text(text)
    (folder / "words.json").write_text(text.replace('"n_sets": 2', '"n_sets": "2"').replace('"short"', '"words"'))
    capsys.readouterr()
    assert run(study_workspace) == 0
    out = capsys.readouterr().out
    assert "the design called 'short'" in out and "The field n_sets of a design cannot be '2'" in out
