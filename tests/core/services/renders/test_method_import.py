"""Importing what a visualization method made: what becomes of each file, and that images are measured, kept and found again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.domain import EXTREMES, Unit, digest
from core.errors import StaleWork, UsageError
from core.imaging import decode, pixels
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import build, unit_counts
from core.services.experiment.materials import images_of, rendered_units
from core.services.experiment.session_plans import session_plan
from core.services.networks import open_network
from core.services.observers.observing import ObserveRequest, observe
from core.services.renders import methods
from core.services.renders.method_import import MethodReport, MethodRequest, import_method
from core.services.renders.synthesis import synthesize
from core.services.units import units
from core.settings import Settings
from core.store import artifacts, render_read
from core.store.observations import unit_scores
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.mining import measure
from tests.core.services.computed import asked, renders_of, study_of, write_small
from tests.core.services.method_folders import METHOD, write_method
from tests.studies import encoded, picture

UNITS = (Unit("body", 0), Unit("body", 3), Unit("stem", 2))
SIDE_PX = 32  # of the small network's input


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_method(tmp_path / "images", UNITS)


def bring(settings: Settings, folder: Path, **more: object) -> MethodReport:
    return import_method(settings, MethodRequest(METHOD, folder, "small", **more))  # type: ignore[arg-type]


def reader_of(settings: Settings) -> CatalogueReader:
    return CatalogueReader(Workspace(settings.workspace))


def version(settings: Settings) -> int:
    return reader_of(settings).version


def test_images_become_renders_with_their_measured_activation(small: Settings, folder: Path) -> None:
    """Every image is stored at the network's size, in the order of its name, with the unit's activation for the stored image."""
    report = bring(small, folder)
    found = renders_of(small)
    assert (report.n_images, report.n_units, report.n_complete, report.skipped, report.one_sided) == (54, 3, 3, (), ())
    assert len(found) == 54 and {one.spec_digest for one in found} == {report.spec_digest} and {one.preset for one in found} == {METHOD}
    loaded = open_network(small, "small")
    for one in found[::7]:
        stored = artifacts.get_image(Workspace(small.workspace), one.address) or b""
        original = decode((folder / one.unit.layer / str(one.unit.channel) / one.extreme / f"img{one.index}.png").read_bytes())
        shown = pixels(decode(stored), 3)
        assert np.array_equal(shown, pixels(original.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR), 3))
        activation = measure(loaded, shown[None], layers=[loaded.layer(one.unit.layer)], batch=1)[0, one.unit.channel]
        assert one.activation == pytest.approx(float(activation), rel=1e-5, abs=1e-6)


def test_the_same_images_again_are_nothing_to_do(small: Settings, folder: Path, tmp_path: Path) -> None:
    """Also from another folder and in other files: the same pixels are the same images. A lost file is brought again."""
    first = bring(small, folder)
    before = version(small)
    for path in sorted(folder.rglob("*.png")):
        flat = tmp_path / "flat" / ("_".join(path.relative_to(folder).with_suffix("").parts) + ".webp")
        flat.parent.mkdir(exist_ok=True)
        flat.write_bytes(encoded(decode(path.read_bytes()), "WEBP", lossless=True))
    again = bring(small, tmp_path / "flat")
    assert again == replace(first, is_changed=False) and version(small) == before
    lost = artifacts.image_path(Workspace(small.workspace), renders_of(small)[0].address)
    lost.unlink()
    assert bring(small, folder).is_changed and lost.is_file()


def test_other_images_under_the_name_are_refused_unless_they_replace(small: Settings, folder: Path, tmp_path: Path) -> None:
    """Nothing changes at a refusal; with --replace the former ones are gone from the catalogue, and another name is always free."""
    first = bring(small, folder)
    other = write_method(tmp_path / "other", UNITS[:2], seed=2)
    with pytest.raises(StaleWork, match="--replace"):
        bring(small, other)
    assert {one.spec_digest for one in renders_of(small)} == {first.spec_digest}
    beside = import_method(small, MethodRequest("second", other, "small"))
    report = bring(small, other, replace=True)
    assert report.n_units == 2 and report.spec_digest not in (first.spec_digest, beside.spec_digest)
    assert {one.spec_digest for one in renders_of(small)} == {report.spec_digest, beside.spec_digest}
    assert [one.name for one in methods.methods(reader_of(small), study_of(small))] == ["grad", "second"]


def test_what_cannot_be_used_is_skipped_with_its_reason(small: Settings, folder: Path) -> None:
    """No unit in the path, not square, torn, twice the same image: each file is told; hidden ones are passed over."""
    place = folder / "body" / "0" / "max"
    (folder / "readme.txt").write_text("made by us")
    (folder / ".DS_Store").write_bytes(b"x")
    (place / "wide.png").write_bytes(picture(np.random.default_rng(3), (40, 30)))
    (place / "torn.png").write_bytes((place / "img0.png").read_bytes()[:80])
    shutil.copy(place / "img0.png", place / "img00.png")
    report = bring(small, folder)
    reasons = {file.path: file.reason for file in report.skipped}
    assert set(reasons) == {"readme.txt", *(f"body/0/max/{name}.png" for name in ("wide", "torn", "img00"))}
    assert "40 x 30" in reasons["body/0/max/wide.png"] and "decoded" in reasons["body/0/max/torn.png"]
    assert "same image as body/0/max/img0.png" in reasons["body/0/max/img00.png"] and report.n_images == 54


def test_few_images_and_missing_extremes_are_told(small: Settings, tmp_path: Path) -> None:
    """They are imported, shown and counted, but no trial is made of a unit that lacks an extreme."""
    folder = write_method(tmp_path / "images", UNITS[:1], n=3)
    write_method(folder, UNITS[1:2], extremes=("max",))
    report = bring(small, folder)
    assert (report.n_units, report.n_complete, report.one_sided) == (2, 0, (UNITS[1],))
    found = images_of(reader_of(small), study_of(small), METHOD, n_references=3)
    assert set(found.addresses) == {UNITS[0]}


@pytest.mark.parametrize("name", ["natural", "synthetic", "none", "Grad", "gr/ad", "", "x" * 41])
def test_names_that_are_taken_or_unfit_are_refused(small: Settings, folder: Path, name: str) -> None:
    """A method is a condition beside natural, synthetic and none."""
    with pytest.raises(UsageError, match="lower-case"):
        import_method(small, MethodRequest(name, folder, "small"))


def test_a_folder_without_images_and_a_strange_unit_are_refused(small: Settings, tmp_path: Path) -> None:
    """Nothing is stored; the sentence says what is wrong."""
    before = version(small)
    with pytest.raises(UsageError, match="is not there; give the folder"):
        bring(small, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="No image"):
        bring(small, tmp_path / "empty")
    with pytest.raises(UsageError, match="body of small ends at 7"):
        bring(small, write_method(tmp_path / "strange", (*UNITS, Unit("body", 8))))
    assert version(small) == before


def test_imported_images_are_no_synthetic_ones_and_are_never_completed(small: Settings, folder: Path) -> None:
    """They are left out of the synthetic condition, `synthesize` makes its own beside them, and their spec cannot be rendered."""
    report = bring(small, folder)
    study, reader = study_of(small), reader_of(small)
    assert rendered_units(reader, study, n_references=9).spec_digest is None
    (made,) = synthesize(small, asked("body:0", n_images=9, steps=1))
    assert rendered_units(reader, study, n_references=9).spec_digest == made.spec_digest != report.spec_digest
    assert unit_counts(reader, study).n_methods == {METHOD: 3}
    spec = render_read.render_spec(reader.cursor(), report.spec_digest)
    path = folder.parent / "spec.json"
    shown = units.as_json(reader, study, units.unit_view(reader, study, UNITS[0]), root=small.workspace)["renders"]
    path.write_text(json.dumps(next(one["spec"] for one in shown if one["spec_digest"] == digest(spec))))
    with pytest.raises(UsageError, match="made elsewhere"):
        synthesize(small, asked("body:0", spec=str(path), n_images=None, steps=None))


def test_a_unit_shows_its_imported_images_beside_the_natural_ones(small: Settings, folder: Path) -> None:
    """With the method's name, their standing and their path through the network."""
    report = bring(small, folder)
    view = units.unit_view(reader_of(small), study_of(small), UNITS[0])
    (shown,) = view.render_sets
    assert (shown.method, shown.preset, shown.spec_digest, shown.shows_activation) == (METHOD, METHOD, report.spec_digest, True)
    assert all(view.standing(one) is not None and view.path(one) is not None for extreme in EXTREMES for one in shown.of(extreme))
    (listed,) = methods.methods(reader_of(small), study_of(small))
    beyond = [view.standing(one) for extreme in EXTREMES for one in shown.of(extreme)]
    assert (listed.n_units, listed.n_images, listed.n_complete, listed.n_judged) == (3, 54, 3, 54)
    assert listed.n_beyond is not None and listed.n_beyond >= sum(one is not None and one.is_beyond for one in beyond)


def test_a_design_shows_the_method_and_an_observer_judges_it(small: Settings, folder: Path) -> None:
    """References of the method's condition are its images, in order; the observer answers as many of its tasks as natural ones."""
    bring(small, folder)
    study, reader = study_of(small), reader_of(small)
    request = DesignRequest(conditions=("natural", METHOD), n_main=2, n_practice=0, n_catch=0, n_references=3, units=UNITS[:2])
    spec = build(reader, study, request)
    trials = session_plan(Workspace(small.workspace), reader, study, spec, participant_number=1).trials
    images = {(one.unit, one.extreme, one.index): one.address for one in renders_of(small)}
    shown = [trial for trial in trials if trial.condition == METHOD]
    assert len(shown) == 2
    for trial in shown:
        assert trial.max_references == tuple(images[trial.unit, "max", index] for index in range(3))
        assert trial.min_references == tuple(images[trial.unit, "min", index] for index in range(3))
    (report,) = observe(small, study, ObserveRequest(("own",)))
    assert report.scores["natural"][1] > report.scores[METHOD][1] > 0 and "synthetic" not in report.scores
    found = unit_scores(Workspace(small.workspace), study.key, report.card.name)
    judged = found.condition == METHOD
    assert {Unit(*one) for one in zip(found.layer[judged], found.channel[judged].tolist(), strict=True)} == set(UNITS)


def test_the_command_imports_lists_and_explains(small: Settings, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments, the list with and without methods, JSON, and a sentence where the folder is missing."""

    def run(*arguments: object) -> int:
        return main(["--workspace", str(small.workspace), "import-references", *map(str, arguments)])

    assert run() == 0 and "none yet" in capsys.readouterr().out
    assert run(folder, "--method", METHOD, "--network", "small", "--device", "cpu") == 0
    assert "54 images of 3 units" in capsys.readouterr().out
    assert run(folder, "--method", METHOD, "--network", "small", "--json") == 0
    assert json.loads(capsys.readouterr().out)["is_changed"] is False
    assert run("--network", "small") == 0 and "54 images of 3 units, 3 of them complete" in capsys.readouterr().out
    assert run(folder) == 1 and f"import-references {folder} --method NAME --network NETWORK" in capsys.readouterr().err
    assert run("--method", METHOD) == 1 and "import-references FOLDER --method grad" in capsys.readouterr().err


def test_a_csv_lists_images_wherever_they_lie(small: Settings, folder: Path, tmp_path: Path) -> None:
    """The same images by a table are the same import; what is listed but not there is skipped; a wrong row is named, and nothing stored."""
    first = bring(small, folder)
    table = tmp_path / "tables" / "images.csv"
    table.parent.mkdir()
    paths = sorted(folder.rglob("*.png"))
    for path in paths:
        shutil.copy(path, table.parent / f"{digest(str(path))}.png")
    rows = [f"{path.parts[-4]}:{path.parts[-3]},{path.parts[-2]},{digest(str(path))}.png,{path.stem[3:]}" for path in reversed(paths)]
    table.write_text("\n".join(["unit,extreme,file,index", *rows, "body:0,max,lost.png,99"]), encoding="utf-8-sig")
    report = bring(small, table)
    assert replace(report, skipped=()) == replace(first, is_changed=False)
    assert [(file.path, file.reason) for file in report.skipped] == [("lost.png", "is not there")]
    table.write_text("\n".join(["unit,extreme,file,index", *rows, "body:0,maximum,lost.png,99"]))
    with pytest.raises(UsageError, match=r"Row 56 of images\.csv: extreme is 'maximum'; wanted is max or min"):
        bring(small, table)
    table.write_bytes(paths[0].read_bytes())
    with pytest.raises(UsageError, match="no text in UTF-8"):
        bring(small, table)


def test_a_network_that_is_not_mined_takes_images_too(tmp_path: Path) -> None:
    """In a new workspace there is nothing to compare with yet; grayscale networks get gray images."""
    settings = Settings(tmp_path / "workspace", device="cpu", threads=1)
    source = write_small(tmp_path / "networks", "gray", toml="input_channels = 1\ninput_px = 32\n")
    folder = write_method(tmp_path / "images", [Unit("stem", 0)], n=2)
    report = import_method(settings, MethodRequest(METHOD, folder, source))
    assert report.n_images == 4
    (address, *_) = [one.address for one in renders_of(settings, network="gray")]
    with Image.open(artifacts.image_path(Workspace(settings.workspace), address)) as image:
        assert image.mode == "L"
