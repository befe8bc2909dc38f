"""`exemplary synthesize`, `work` and `pictures`: careless use is one sentence with status 1, and nothing is lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.services.renders.synthesis import synthesize
from core.settings import Settings
from core.store.activations import read_layer, write_shard
from core.store.database import connect_memory
from core.store.publication import publish
from core.store.workspace import Workspace
from tests.core.services.computed import asked, renders_of


def run(settings: Settings, *arguments: object) -> int:
    return main(["--workspace", str(settings.workspace), *map(str, arguments)])


def printed_json(capsys: pytest.CaptureFixture[str]) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(capsys.readouterr().out, parse_constant=refuse)


@pytest.fixture(scope="module")
def rendered(small_built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace with the images of one unit; tests must not change it."""
    path = tmp_path_factory.mktemp("rendered") / "workspace"
    shutil.copytree(small_built.workspace, path)
    settings = Settings(path, device="cpu", threads=2)
    synthesize(settings, asked("body:1"))
    return settings


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--units", "body:1", "--preset", "quik"], "quick"),
        ([], "--for-preset"),
        (["--units", "body:1", "--for-preset", "quick"], "one of the two"),
        (["--units", "body:1", "--steps", "0"], "--steps 0"),
        (["--units", "body:1", "--images", "0"], "--images 0"),
        (["--units", "body:8"], "0 to 7"),
        (["--units", "bodi:1"], "body"),
        (["--units", "body:1", "--image-set", "shap"], "did you mean shapes"),
        (["--units", "body:1", "--spec", "no-such.json"], "no-such.json"),
        (["--units", "body:1", "--direction", "no-such.npy"], "no-such.npy"),
        (["--for-preset", "borowski2021-exp1"], "units"),
        (["--for-preset", "quick", "--images", "2"], "--images"),
    ],
)
def test_careless_requests_are_one_sentence(
    rendered: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str], hint: str
) -> None:
    """Status 1, nothing on standard output, no job left behind, and the images that were there stay."""
    before, jobs = renders_of(rendered), sorted(Workspace(rendered.workspace).jobs.iterdir())
    assert run(rendered, "synthesize", "--network", "small", *arguments) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("exemplary: ") and err.count("\n") == 1 and hint in err
    assert renders_of(rendered) == before != () and sorted(Workspace(rendered.workspace).jobs.iterdir()) == jobs


def test_pictures_do_not_overwrite_a_file_with_a_folder(rendered: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the place of the folder is named and stays; so do units without images."""
    place = tmp_path / "out"
    place.write_text("mine")
    assert run(rendered, "pictures", "body:1", "--out", place) == 1
    assert str(place) in capsys.readouterr().err and place.read_text() == "mine"
    assert run(rendered, "pictures", "body:1", "body:2", "--out", tmp_path / "new") == 1
    assert "synthesize --network small --units body:2" in capsys.readouterr().err and not (tmp_path / "new").exists()


def test_a_request_is_reported_for_people_and_as_data(small: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a spec and the count beyond nature; as JSON a list of reports with the whole spec."""
    arguments = ["synthesize", "--network", "small", "--units", "body:1", "--images", "2", "--steps", "4", "--device", "cpu"]
    assert run(small, *arguments) == 0
    out = capsys.readouterr().out
    assert "4 images of 1 units rendered by preset quick" in out and "of 2 groups go beyond" in out
    assert run(small, *arguments, "--json", "--precision", "full") == 0
    (report,) = printed_json(capsys)
    assert (report["n_rendered"], report["n_present"], report["spec"]["optimiser"]["steps"]) == (0, 4, 4)


def test_classes_are_shown_once_they_are_mined(small: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Rendered first and mined later, a class is a unit like others."""
    assert run(small, "synthesize", "--network", "small", "--units", "logits:3", "--images", "2", "--steps", "3", "--device", "cpu") == 0
    assert run(small, "show", "logits:3") == 1
    assert run(small, "mine", "--network", "small", "--images", "shapes", "--layers", "logits", "--top", "30", "--device", "cpu") == 0
    capsys.readouterr()
    assert run(small, "show", "logits:3", "--json") == 0
    shown = printed_json(capsys)
    assert (shown["unit"], shown["activation"]["n"], len(shown["renders"])) == ("logits:3", 60, 4)
    assert all(one["standing"] is not None for one in shown["renders"])


def test_undefined_numbers_are_null(small: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the natural activations have no spread, or exemplars are no more alike than random images, JSON stays JSON."""
    synthesize(small, asked("body:1"))
    workspace = Workspace(small.workspace)
    publish(workspace, lambda cursor: cursor.execute("UPDATE path_similarities SET exemplars_alike = random_alike"))
    for path in workspace.activations("small/shapes").rglob("body/*.parquet"):
        flatten(path)
    assert run(small, "show", "body:1", "--json") == 0
    for one in printed_json(capsys)["renders"]:
        assert one["standing"]["margin"] != 0 and one["standing"]["margin_sd"] is None
        assert set(one["path_similarity"].values()) == {None}


def flatten(path: Path) -> None:
    """Make all activations of a layer equal."""
    write_shard(path, 0 * read_layer(connect_memory(), [path]), first_image=0)
