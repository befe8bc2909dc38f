"""Maps of a mined study: their means are the mined activations; computed once; by this process, the warm one, or the command."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import imaging
from core.activation_map import Box, MapRequest
from core.cli import main
from core.domain import EXTREMES, Study, Unit
from core.errors import StaleWork, UsageError
from core.png_text import spec_of_png
from core.services.maps import map_making
from core.services.maps.map_export import export_maps
from core.services.maps.map_making import MapMaker
from core.services.maps.map_worker import answering
from core.services.maps.maps import MapDesk, request_maps
from core.services.renders.synthesis import synthesize
from core.services.units.units import UnitView, unit_view
from core.settings import Settings
from core.store import map_files
from core.store.artifacts import image_path
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.core.services.computed import SMALL_PX, asked, study_of
from tests.processes import wait_until

UNIT = Unit("body", 3)


def view_of(settings: Settings, unit: Unit = UNIT) -> tuple[Study, UnitView]:
    study = study_of(settings)
    return study, unit_view(CatalogueReader(Workspace(settings.workspace)), study, unit)


def request_of(settings: Settings, unit: Unit = UNIT, n: int = 9) -> MapRequest:
    study, view = view_of(settings, unit)
    return request_maps(study, unit, "max", view.max_exemplars[:n])


@pytest.mark.parametrize("unit", [Unit("stem", 2), UNIT], ids=str)
def test_means_are_the_mined_activations(small: Settings, unit: Unit) -> None:
    """The mean over each exemplar's map is the activation it was ranked by."""
    study, view = view_of(small, unit)
    for extreme in EXTREMES:
        exemplars = view.exemplars(extreme)[:9]
        maps = MapMaker(small).make(request_maps(study, unit, extreme, exemplars))
        np.testing.assert_allclose(maps.values.mean(axis=(1, 2)), [one.activation for one in exemplars], rtol=1e-4, atol=1e-5)


def test_receptive_fields_are_those_of_the_kernels(small: Settings) -> None:
    """The first layer's unit sees 5 x 5 pixels, the second's 7 x 7; what matters lies in as many."""
    for unit, size in ((Unit("stem", 2), 5), (UNIT, 7)):
        maps = MapMaker(small).make(request_of(small, unit))
        assert (maps.field.width, maps.field.height, maps.side_px) == (size, size, SMALL_PX)
        assert all(box is not None and max(box.width, box.height) <= size for box in maps.boxes)


def test_maps_are_computed_once(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked before is read, without a network."""
    request = request_of(small)
    first = MapMaker(small).make(request)
    monkeypatch.setattr(map_making, "open_network", lambda *_: pytest.fail("the network was loaded"))
    again = MapMaker(small).make(request)
    assert (again.values == first.values).all() and again.boxes == first.boxes


def test_a_network_is_loaded_once(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A maker that has the network at hand keeps it for other units."""
    loads = []
    load = map_making.open_network
    monkeypatch.setattr(map_making, "open_network", lambda *given: loads.append(given) or load(*given))
    maker = MapMaker(small)
    for unit in (UNIT, Unit("body", 4), Unit("stem", 0)):
        maker.make(request_of(small, unit))
    assert len(loads) == 1


def test_a_changed_network_is_refused(small: Settings) -> None:
    """Maps of other weights than those that ranked the images would show something else."""
    request = replace(request_of(small), network_digest="f" * 16)
    with pytest.raises(StaleWork, match=r"was f{16}"):
        MapMaker(small).make(request)


def test_an_image_that_is_gone_is_a_sentence(small: Settings) -> None:
    """An address that the workspace does not know cannot be looked at."""
    request = replace(request_of(small), addresses=("0" * 32,))
    with pytest.raises(StaleWork, match="not in the workspace any more"):
        MapMaker(small).make(request)


# --- the warm process ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(small: Settings) -> Iterator[MapDesk]:
    made = MapDesk(Workspace(small.workspace))
    yield made
    made.close()


def test_the_warm_process_answers(small: Settings, desk: MapDesk) -> None:
    """Asked for several units, one process computes all maps into the workspace, and stays for more."""
    requests = [request_of(small, unit) for unit in (UNIT, Unit("body", 4))]
    assert all(desk.look(request).is_pending for request in requests)
    wait_until(lambda: not any(desk.look(request).is_pending for request in requests), "the maps")
    states = [desk.look(request) for request in requests]
    assert [state.error for state in states] == [None, None]
    pid = desk.process.pid
    assert pid is not None
    own = MapMaker(replace(small, workspace=small.workspace)).make(requests[0])
    assert states[0].maps is not None and states[0].maps.addresses == own.addresses
    third = request_of(small, Unit("stem", 1))
    wait_until(lambda: desk.look(third).maps is not None, "a third unit's maps")
    assert desk.process.pid == pid


def test_the_warm_process_tells_errors(small: Settings, desk: MapDesk) -> None:
    """What cannot be computed comes back as the sentence, and the process goes on."""
    bad = replace(request_of(small), network_digest="f" * 16)
    desk.look(bad)
    wait_until(lambda: not desk.look(bad).is_pending, "the error")
    assert "was ffffffffffffffff" in str(desk.look(bad).error)
    good = request_of(small)
    wait_until(lambda: desk.look(good).maps is not None, "maps after an error")


def test_a_users_broken_network_is_a_sentence(small: Settings) -> None:
    """Whatever a user's own code raises is told in one line."""
    answer = answering(small)
    said = json.loads(answer(b'{"no": "request"}'))
    assert said["error"].startswith("The maps could not be computed: ") and "\n" not in said["error"]


# --- files --------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rendered(small_built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a workspace where the unit has synthetic images too."""
    where = tmp_path_factory.mktemp("rendered") / "workspace"
    shutil.copytree(small_built.workspace, where)
    made = replace(small_built, workspace=where)
    synthesize(made, asked(str(UNIT)))
    return made


def test_files_are_written(rendered: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes overlays and crops of natural and synthetic images, the maps, and what they are, and nothing twice."""
    command = [
        "--workspace",
        str(rendered.workspace),
        "maps",
        str(UNIT),
        "--out",
        str(tmp_path),
        "--images",
        "2",
        "--device",
        "cpu",
        "--json",
    ]
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    grids = [f"{condition}_{extreme}" for condition in ("natural", "synthetic") for extreme in EXTREMES]
    pictures = {f"small_body-3_{grid}_{place}_{kind}.png" for grid in grids for place in (0, 1) for kind in ("overlay", "crop")}
    assert (
        {path.name for path in tmp_path.iterdir()} == pictures | {"small_body-3_maps.npz", "small_body-3_maps.json"} == set(report["files"])
    )
    about = json.loads((tmp_path / "small_body-3_maps.json").read_text())
    maps = np.load(tmp_path / "small_body-3_maps.npz")
    assert set(maps.files) == set(grids)
    for grid in about["grids"]:
        values = maps[f"{grid['condition']}_{grid['extreme']}"]
        assert grid["limit"] == pytest.approx(float(np.abs(values).max()))
        for one, of_image in zip(grid["images"], values, strict=True):
            row, column = one["position"]
            assert of_image[row, column] == (of_image.max() if grid["extreme"] == "max" else of_image.min())
            assert one["map_mean"] == pytest.approx(one["activation"], rel=1e-3, abs=1e-4)
    overlay = tmp_path / "small_body-3_natural_max_0_overlay.png"
    with Image.open(overlay) as image:
        assert image.size == (320, 320)
    said = spec_of_png(overlay.read_bytes())
    assert said is not None and said["unit"] == "body:3" and said["index"] == 0


def test_a_crop_is_of_the_image(rendered: Settings, tmp_path: Path) -> None:
    """The crop's pixels are those of the image in the square around its effective receptive field."""
    study, view = view_of(rendered)
    export_maps(rendered, study, UNIT, tmp_path, n_images=1)
    about = json.loads((tmp_path / "small_body-3_maps.json").read_text())["grids"][0]["images"][0]
    box = Box(**about["effective_receptive_field"])
    stored = image_path(Workspace(rendered.workspace), view.max_exemplars[0].address)
    part = imaging.decode(stored.read_bytes()).crop((box.left, box.top, box.right, box.bottom))
    crop = imaging.decode((tmp_path / "small_body-3_natural_max_0_crop.png").read_bytes())
    inside = {tuple(colour) for colour in np.asarray(part).reshape(-1, 3).tolist()}
    assert inside <= {tuple(colour) for colour in np.asarray(crop).reshape(-1, 3).tolist()}


def test_a_second_export_is_read(rendered: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same maps are not computed again for another folder."""
    study, _ = view_of(rendered)
    first = export_maps(rendered, study, UNIT, tmp_path / "a", n_images=2)
    monkeypatch.setattr(map_making, "open_network", lambda *_: pytest.fail("the network was loaded"))
    second = export_maps(rendered, study, UNIT, tmp_path / "b", n_images=2)
    assert [(tmp_path / "a" / name).read_bytes() for name in first.files] == [(tmp_path / "b" / name).read_bytes() for name in second.files]


@pytest.mark.parametrize(("n_images", "out", "hint"), [(0, "folder", "At least one image"), (1, "file", "is a file")])
def test_what_cannot_be_written_is_a_sentence(small: Settings, tmp_path: Path, n_images: int, out: str, hint: str) -> None:
    """Nothing is computed for no images or a folder that is none."""
    (tmp_path / "file").write_text("text")
    with pytest.raises(UsageError, match=hint):
        export_maps(small, study_of(small), UNIT, tmp_path / out, n_images=n_images)


def test_a_look_costs_little(small: Settings) -> None:
    """Maps that are kept are there in milliseconds: without torch, without a process."""
    request = request_of(small)
    MapMaker(small).make(request)
    desk = MapDesk(Workspace(small.workspace), ask=lambda _: pytest.fail("asked"))
    began = time.perf_counter()
    assert desk.look(request).maps is not None
    assert time.perf_counter() - began < 0.2
    assert map_files.has_maps(Workspace(small.workspace), request.key)
