"""Synthetic images as files in a folder or in memory, each saying how it was made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import imaging
from core.domain import EXTREMES, Extreme, Layer, RenderCourse, Unit, digest
from core.errors import NotReady, StaleWork, UnknownName, UsageError
from core.png_text import spec_of_png
from core.render_json import spec_from_json
from core.services.renders import export_source, exporting
from core.services.renders.export_source import file_stem
from core.services.renders.exporting import export_renders
from core.services.units import units
from core.services.units.units import RenderSet, UnitView
from core.store import artifacts, catalogue_write, render_read
from core.store.publication import CatalogueReader, publish
from tests.studies import LAYERS, MAIN_UNITS, Workplace, picture, put_synthetic

UNIT = MAIN_UNITS[1]
PLAIN = Unit("conv2d2", 3)  # without synthetic images


def view_of(place: Workplace, unit: Unit = UNIT) -> UnitView:
    """Return the unit's view."""
    return units.unit_view(CatalogueReader(place.workspace), place.study, unit)


def put_course(
    place: Workplace, *, unit: Unit = UNIT, extreme: Extreme = "max", group: int = 0, steps: Sequence[int] = (0, 8, 128)
) -> RenderCourse:
    """Store and publish a made-up course of a unit's newest set; return it."""
    rng = np.random.default_rng([group, len(extreme)])
    snapshots = tuple((step, artifacts.put_image(place.workspace, picture(rng, (32, 32)))) for step in steps)
    spec_digest = view_of(place, unit).render_sets[0].spec_digest
    course = RenderCourse(unit, extreme, group, spec_digest, 128, (0, 64), (0.5, 3.0), (0.5, 2.5), snapshots, 0.25, 18, "cpu")
    publish(place.workspace, lambda cursor: catalogue_write.put_courses(cursor, card=place.study.network, courses=[course]))
    return course


# --- a folder -----------------------------------------------------------------------------------------------------------------


def test_every_image_is_written_with_how_it_was_made(built_study: Workplace, tmp_path: Path) -> None:
    """The same pixels, under a name that says what it is; unit, activation, standing and the whole spec are in the file."""
    study, out = built_study.study, tmp_path / "new" / "pictures"
    report = export_renders(built_study.workspace, study, [UNIT], out)
    names = {f"tiny_mixed3a-1_{extreme}_{index}.png" for extreme in EXTREMES for index in range(9)}
    assert set(report.files) == names == {path.name for path in out.iterdir()}
    chosen = view_of(built_study).render_sets[0]
    one = chosen.min_images[4]
    png = (out / "tiny_mixed3a-1_min_4.png").read_bytes()
    stored = artifacts.get_image(built_study.workspace, one.address)
    assert stored and np.array_equal(np.asarray(imaging.decode(png)), np.asarray(imaging.decode(stored)))
    found = spec_of_png(png)
    assert found is not None
    assert (found["study"], found["unit"], found["extreme"], found["index"]) == ("tiny/shapes", "mixed3a:1", "min", 4)
    assert (found["activation"], found["address"], found["course"]) == (one.activation, one.address, None)
    assert found["standing"]["is_beyond"] is True and found["natural_activation"]["n"] == 120
    assert found["network_digest"] == study.network.network_digest
    spec = render_read.render_spec(CatalogueReader(built_study.workspace).cursor(), chosen.spec_digest)
    assert spec_from_json(found["spec"]) == spec and digest(spec) == found["spec_digest"] == chosen.spec_digest


def test_no_local_path_is_handed_on(built_study: Workplace, tmp_path: Path) -> None:
    """Files that are shared say nothing of the folders of the machine they come from."""
    report = export_renders(built_study.workspace, built_study.study, [UNIT], tmp_path, sheet=True)
    assert all(str(built_study.workspace.root.parent).encode() not in (tmp_path / name).read_bytes() for name in report.files)


def test_sheets_and_animations_are_written_when_asked_for(study_workspace: Workplace, tmp_path: Path) -> None:
    """A sheet a unit, an animation a course that has snapshots; units of which no course is stored are named."""
    for extreme in EXTREMES:
        put_course(study_workspace, extreme=extreme)
    put_course(study_workspace, group=1)
    put_course(study_workspace, unit=MAIN_UNITS[3], steps=(128,))
    chosen = [UNIT, *MAIN_UNITS[2:4]]
    report = export_renders(study_workspace.workspace, study_workspace.study, chosen, tmp_path / "out", png=False, sheet=True, gif=True)
    sheets = [f"tiny_mixed3a-{unit.channel}_sheet.png" for unit in chosen]
    gifs = [f"tiny_mixed3a-1_{name}.gif" for name in ("max_course", "max_course-1", "min_course")]
    assert sorted(report.files) == sorted([*sheets, *gifs]) == sorted(path.name for path in (tmp_path / "out").iterdir())
    assert report.without_course == MAIN_UNITS[2:4]
    assert report.as_dict() | {"files": []} == {
        "study": "tiny/shapes",
        "folder": str(tmp_path / "out"),
        "units": ["mixed3a:1", "mixed3a:2", "mixed3a:3"],
        "files": [],
        "without_course": ["mixed3a:2", "mixed3a:3"],
    }


def test_an_image_says_how_its_group_was_optimised(study_workspace: Workplace, tmp_path: Path) -> None:
    """The weight that held and the machine's facts come from the course of the image's own group."""
    put_course(study_workspace, extreme="max")
    put_course(study_workspace, extreme="max", group=1)
    export_renders(study_workspace.workspace, study_workspace.study, [UNIT], tmp_path)
    course = {"group": 0, "n_steps": 128, "diversity_weight": 0.25, "n_at_once": 18, "device": "cpu"}
    found = [spec_of_png((tmp_path / f"tiny_mixed3a-1_{extreme}_0.png").read_bytes()) for extreme in EXTREMES]
    assert [one and one["course"] for one in found] == [course, None]


def test_writing_again_replaces(built_study: Workplace, tmp_path: Path) -> None:
    """The same export gives the same bytes, leaves other files alone and no temporary ones behind."""
    (tmp_path / "notes.txt").write_text("mine")
    contents = []
    for _ in range(2):
        report = export_renders(built_study.workspace, built_study.study, [UNIT], tmp_path, sheet=True)
        contents.append({name: (tmp_path / name).read_bytes() for name in report.files})
    assert contents[0] == contents[1]
    assert {path.name for path in tmp_path.iterdir()} == {*report.files, "notes.txt"}


def test_units_without_images_are_refused_with_the_command(built_study: Workplace, tmp_path: Path) -> None:
    """One sentence names the command that makes all that is missing, and nothing is written."""
    wanted = [UNIT, PLAIN, Unit("conv2d2", 2), Unit("conv2d2", 0), Unit("mixed4a", 6)]
    command = "`exemplary synthesize --network tiny --units conv2d2:0 conv2d2:2-3 mixed4a:6`"
    with pytest.raises(NotReady, match=command):
        export_renders(built_study.workspace, built_study.study, wanted, tmp_path / "out")
    with pytest.raises(NotReady, match="conv2d2:3 has no synthetic images yet"):
        export_renders(built_study.workspace, built_study.study, [PLAIN], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_set_is_chosen_by_its_spec(study_workspace: Workplace, tmp_path: Path) -> None:
    """By default the fullest set, else the one whose digest begins as given; one that is not there lists those that are."""
    workspace, study = study_workspace
    few = digest(put_synthetic(workspace, study.network, [UNIT], n_images=2, seed=3))
    view = view_of(study_workspace)
    assert view.render_sets[0].spec_digest == few
    fullest = view.render_sets[1].spec_digest
    assert export_source.choose_set(view).spec_digest == fullest
    assert len(export_renders(workspace, study, [UNIT], tmp_path, spec_digest=few[:8]).files) == 4
    with pytest.raises(UnknownName, match=fullest):
        export_renders(workspace, study, [UNIT], tmp_path / "none", spec_digest="nowhere")
    with pytest.raises(NotReady, match="--network tiny --units conv2d2:3"):
        export_source.choose_set(view_of(study_workspace, PLAIN))
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_written_is_refused(built_study: Workplace, tmp_path: Path) -> None:
    """No units, no kind of file, or a file in place of the folder."""
    workspace, study = built_study
    (tmp_path / "file").write_text("here")
    for wanted, out, png in (([], tmp_path, True), ([UNIT], tmp_path, False), ([UNIT], tmp_path / "file", True)):
        with pytest.raises(UsageError, match="name"):
            export_renders(workspace, study, wanted, out, png=png)


def test_an_image_that_is_gone_is_stale(study_workspace: Workplace, tmp_path: Path) -> None:
    """A synthetic image that the catalogue knows but the workspace lacks is named."""
    course = put_course(study_workspace)
    for address in (course.snapshots[1][1], view_of(study_workspace).render_sets[0].max_images[0].address):
        artifacts.image_path(study_workspace.workspace, address).unlink()
    with pytest.raises(StaleWork, match="synthesise again"):
        export_renders(study_workspace.workspace, study_workspace.study, [UNIT], tmp_path)
    with pytest.raises(StaleWork, match=course.snapshots[1][1]):
        exporting.course_gif_bytes(study_workspace.workspace, course)


# --- names --------------------------------------------------------------------------------------------------------------------


def test_names_of_files_are_safe_and_different(built_study: Workplace) -> None:
    """Slashes and dots never reach a file's name; layers that would then read alike, also in capitals, stay apart."""
    study = built_study.study
    names = ("features.3", "features/3", "Features-3", "blocks.0/mlp", "../..", "a b")
    layers = tuple(Layer(name, 8, LAYERS[1].branches, pre_relu=False) for name in names)
    study = replace(study, network=replace(study.network, name="my/net.v2", layers=layers))
    stems = [file_stem(study, Unit(name, 1)) for name in names]
    assert len({stem.casefold() for stem in stems}) == len(names)
    assert stems[3:] == ["my-net-v2_blocks-0-mlp-1", "my-net-v2_unnamed-1", "my-net-v2_a-b-1"]
    assert all(stem.startswith(("my-net-v2_features-3-", "my-net-v2_Features-3-")) for stem in stems[:3])


# --- in memory ----------------------------------------------------------------------------------------------------------------


def test_a_sheet_in_memory_is_that_of_the_folder(built_study: Workplace, tmp_path: Path) -> None:
    """The dashboard's download gives the command's file, sized for a slide and saying what it shows."""
    workspace, study = built_study
    view = view_of(built_study)
    png = exporting.sheet_png(workspace, CatalogueReader(workspace), study, view, view.render_sets[0])
    export_renders(workspace, study, [UNIT], tmp_path, png=False, sheet=True)
    assert png == (tmp_path / "tiny_mixed3a-1_sheet.png").read_bytes()
    assert 1000 < Image.open(io.BytesIO(png)).width < 2000
    found = spec_of_png(png)
    assert found and found["unit"] == "mixed3a:1" and found["spec"]["preset"] == "quick"


@pytest.mark.parametrize("kept", [(9, 0), (1, 3), None])
def test_a_sheet_of_a_unit_that_lacks_images_is_drawn(built_study: Workplace, kept: tuple[int, int] | None) -> None:
    """With fewer images, with one extreme only, or before anything was rendered."""
    workspace, study = built_study
    view = view_of(built_study, UNIT if kept else PLAIN)
    chosen: RenderSet | None = None
    if kept:
        whole = view.render_sets[0]
        chosen = replace(whole, max_images=whole.max_images[: kept[0]], min_images=whole.min_images[: kept[1]])
    png = exporting.sheet_png(workspace, CatalogueReader(workspace), study, view, chosen)
    found = spec_of_png(png)
    assert found and (found["spec"] is None) == (kept is None)


def test_a_course_is_an_animation_of_its_snapshots(study_workspace: Workplace) -> None:
    """One frame a snapshot; a course without snapshots is refused."""
    course = put_course(study_workspace)
    assert view_of(study_workspace).render_sets[0].courses == (course,)
    gif = Image.open(io.BytesIO(exporting.course_gif_bytes(study_workspace.workspace, course)))
    assert (gif.format, gif.n_frames) == ("GIF", 3)
    with pytest.raises(NotReady, match="mixed3a:1"):
        exporting.course_gif_bytes(study_workspace.workspace, replace(course, snapshots=()))


def test_a_zip_has_all_files_of_the_unit(study_workspace: Workplace, tmp_path: Path) -> None:
    """The archive holds what the command writes, byte for byte, readable when unpacked; equal images give equal archives."""
    workspace, study = study_workspace
    put_course(study_workspace)
    view, reader = view_of(study_workspace), CatalogueReader(workspace)
    content = exporting.renders_zip(workspace, reader, study, view, view.render_sets[0])
    report = export_renders(workspace, study, [UNIT], tmp_path, sheet=True, gif=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == sorted(report.files)
        assert all(archive.read(name) == (tmp_path / name).read_bytes() for name in report.files)
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o644}
    assert content == exporting.renders_zip(workspace, reader, study, view, view.render_sets[0])
